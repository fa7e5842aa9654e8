"""Serve the deployments on this machine: a server, a work pool, the deployments and a worker.

    python -m flows.serve            until Ctrl-C, or until --stop in another terminal
    python -m flows.serve --stop     take it down, and what a killed one left running

Everything is Prefect's own command line; this adds the order, the waiting, and the end. With
PREFECT_API_URL set, in the environment or in Prefect's profile, that server is used and left alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
from prefect.settings import PREFECT_API_URL, PREFECT_HOME
from pydantic import Field
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict

from flows.deployment.processes import Processes
from flows.deployment.workplace import WORK_POOL, enter_project
from flows.prefect_server import ask_server
from tasks.errors import PipelineError, ServerError

START_SECONDS_MAX = 120
PREFECT = (sys.executable, "-m", "prefect", "--no-prompt")


class Serve(BaseSettings):
    """Bring up a Prefect server, a worker and the deployments on this machine, until Ctrl-C."""

    model_config = SettingsConfigDict(
        cli_implicit_flags=True,
        cli_kebab_case=True,
        cli_prog_name="python -m flows.serve",
        env_prefix="WINE_POINTS_",
        extra="ignore",
    )

    store: str = Field(
        default="store", description="store of runs that name none: a folder, or a bucket's URL"
    )
    port: int = Field(default=4200, ge=1, le=65535, description="port of the server's API and UI")
    stop: bool = Field(default=False, description="take down what is served in this PREFECT_HOME")
