"""Cached, verified and resumable stages over the store."""
