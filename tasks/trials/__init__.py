"""The trials of a tuning: their settings, their results, and what is tried next."""
