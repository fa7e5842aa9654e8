"""What a run tells: its summary, its record in the store, and its artifacts in Prefect's UI."""
