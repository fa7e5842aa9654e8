"""Accepted deliveries, and the references that the next delivery is compared with."""
