"""The store, and the cached, verified and resumable stages over it."""
