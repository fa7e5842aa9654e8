"""The HTML pages: data quality, a run, and the metrics over runs."""
