"""The flows. Telemetry is off unless the environment says otherwise: Prefect reads it on import."""

import os

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
