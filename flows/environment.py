"""The environment of a command, made fit before Prefect is imported, which reads it then."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def prepare_environment() -> None:
    """Switch telemetry off, reach this machine without a proxy, and see that Prefect has a home.

    Raises:
        SystemExit: Prefect has no folder that it may write to; a line says which variable to set.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    _bypass_proxies()
    # Where Prefect was imported before, as by its worker, it has found its home.
    if "prefect" not in sys.modules:
        _check_home()


def _bypass_proxies() -> None:
    """Let no connection to this machine use a proxy, in this process and its children."""
    both = ("NO_PROXY", "no_proxy")
    listed = [host for name in both for host in os.environ.get(name, "").split(",") if host]
    hosts = ",".join(dict.fromkeys([*listed, *LOOPBACK]))
    os.environ |= dict.fromkeys(both, hosts)


def _check_home() -> None:
    try:
        home = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    except RuntimeError:
        _refuse("this user has no home folder")
    try:
        home.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=home).close()
    except OSError as error:
        _refuse(f"{home} cannot be written to ({error.strerror})")


def _refuse(reason: str) -> NoReturn:
    raise SystemExit(
        f"error: {reason}: set PREFECT_HOME to a folder for what Prefect keeps between runs"
    )
