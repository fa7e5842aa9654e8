"""The environment of a command, made fit before Prefect is imported, which reads it then."""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import os
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType
from typing import NoReturn
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def prepare_environment() -> None:
    """Make the environment one that Prefect and its HTTP client can work in.

    Telemetry is off, this machine is reached without a proxy, and Prefect has a home.

    Raises:
        SystemExit: Prefect has no folder that it may write to, or no connection can be made as a
            variable says; a line says which variable to set.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    _bypass_proxies()
    # Where Prefect was imported before, as by its worker, it has found all this.
    if "prefect" not in sys.modules:
        _check_connections()
        _check_home()
        sys.excepthook = _explain_settings


def environment_of_a_child() -> dict[str, str]:
    """Return the environment of a process whose output is kept: in UTF-8, whatever the locale.

    Prefect's commands fail where their output has a letter that its encoding lacks.
    """
    return os.environ | {"PYTHONIOENCODING": "utf-8"}


def _bypass_proxies() -> None:
    """Let no connection to this machine use a proxy, in this process and its children."""
    both = ("NO_PROXY", "no_proxy")
    server = _find_loopback(os.environ.get("PREFECT_API_URL", ""))
    listed = [host.strip() for name in both for host in os.environ.get(name, "").split(",")]
    # Others write an address of IPv6 in brackets; httpx takes what follows its colon for a port.
    hosts = [host.strip("[]") for host in listed if host and not _is_ipv6_network(host)]
    os.environ |= dict.fromkeys(both, ",".join(dict.fromkeys([*hosts, *LOOPBACK, *server])))


def _find_loopback(url: str) -> list[str]:
    """Return the host of a URL if it is another name of this machine, such as 127.0.0.2."""
    with contextlib.suppress(ValueError):
        host = urlsplit(url).hostname or ""
        if host.rstrip(".").endswith("localhost"):
            return [host]
        address = ipaddress.ip_address(host)
        return [host] if address.is_loopback or address.is_unspecified else []
    return []


def _is_ipv6_network(host: str) -> bool:
    """Tell whether it is a range of IPv6 addresses, which httpx cannot read (its issue 3221)."""
    with contextlib.suppress(ValueError):
        return "/" in host and bool(ipaddress.IPv6Network(host, strict=False))
    return False


def _check_connections() -> None:
    """See that httpx can use the proxies and certificates that are set."""
    given = [name for name in (*PROXIES, *CERTIFICATES) if os.environ.get(name)]
    if not given and set(os.environ["NO_PROXY"].split(",")) <= set(LOOPBACK):
        return
    # Takes a quarter of a second, which few need.
    import httpx

    try:
        httpx.Client().close()
    except OSError as error:
        names = [name for name in given if name in CERTIFICATES]
        _refuse(
            f"no certificates are read ({error.strerror}): correct or unset {' or '.join(names)}"
        )
    except (httpx.InvalidURL, ValueError) as error:
        names = [*(name for name in given if name in PROXIES), "NO_PROXY"]
        _refuse(f"no proxy can be used ({error}): correct or unset {' or '.join(names)}")


def _check_home() -> None:
    """See that Prefect's home can be written; it becomes HOME for a user who has none."""
    advice = "set PREFECT_HOME to a folder for what Prefect keeps between runs"
    named = os.environ.get("PREFECT_HOME")
    try:
        Path.home()
    except RuntimeError:
        if not named:
            _refuse(f"this user has no home folder: {advice}")
        os.environ["HOME"] = named
    try:
        home = Path(named or "~/.prefect").expanduser()
    except RuntimeError:
        _refuse(f"{named} names a user who does not exist: {advice}")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        _refuse(f"{home} cannot be used ({error.strerror}): {advice}")


def _refuse(reason: str) -> NoReturn:
    raise SystemExit(f"error: {reason}")


def explain_settings(error: BaseException) -> str:
    """Say in a line that Prefect cannot read its settings; empty where it is another error."""
    frames = traceback.walk_tb(error.__traceback__)
    files = [Path(frame.f_code.co_filename) for frame, _ in frames]
    if not any(file.parts[-3:-1] == ("prefect", "settings") for file in files):
        return ""
    # What was given is left out: settings may hold secrets.
    problems = error.errors()[:1] if hasattr(error, "errors") else []
    said = [f"{' '.join(map(str, p['loc']))} {p['msg']}".strip() for p in problems]
    reason = said[0] if said else " ".join(str(error).split())
    advice = "correct the PREFECT_ variables, or prefect.toml and profiles.toml"
    return f"Prefect cannot read its settings ({reason}): {advice}"


def _explain_settings(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say in a line that Prefect cannot read its settings; show another error as Python does."""
    if line := explain_settings(error):
        sys.stderr.write(f"error: {line}\n")
    else:
        sys.__excepthook__(kind, error, trace)
