"""The mirror of the history in MLflow."""
