"""Prepares the environment before Prefect is imported, because Prefect reads it on import."""

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
    """Prepare the environment for Prefect and its HTTP client.

    Turns telemetry off, bypasses proxies for connections to this machine, creates Prefect's home.

    Raises:
        SystemExit: Prefect's home is not writable, or httpx cannot use a proxy or a certificate
            file; the message names the variable to set.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    _bypass_proxies()
    # Prefect's worker has imported Prefect already, and so has a usable environment.
    if "prefect" not in sys.modules:
        _check_connections()
        _check_home()
        sys.excepthook = _print_exception


def make_child_environment() -> dict[str, str]:
    """Return the environment for a child process whose output is captured: in UTF-8.

    Prefect's commands fail on a character that the encoding of their output lacks.
    """
    return os.environ | {"PYTHONIOENCODING": "utf-8"}


def _bypass_proxies() -> None:
    """Bypass proxies for connections to this machine, in this process and its children."""
    names = ("NO_PROXY", "no_proxy")
    server = _find_loopback(os.environ.get("PREFECT_API_URL", ""))
    listed = [host.strip() for name in names for host in os.environ.get(name, "").split(",")]
    # In an IPv6 address in brackets, httpx takes the part after a colon for a port.
    hosts = [host.strip("[]") for host in listed if host and not _is_ipv6_network(host)]
    os.environ |= dict.fromkeys(names, ",".join(dict.fromkeys([*hosts, *LOOPBACK, *server])))


def _find_loopback(url: str) -> list[str]:
    """Return the host of a URL if it is a loopback address, such as 127.0.0.2."""
    with contextlib.suppress(ValueError):
        host = urlsplit(url).hostname or ""
        if host.rstrip(".").endswith("localhost"):
            return [host]
        address = ipaddress.ip_address(host)
        return [host] if address.is_loopback or address.is_unspecified else []
    return []


def _is_ipv6_network(host: str) -> bool:
    """Return whether a host is a range of IPv6 addresses; httpx cannot read these (issue 3221)."""
    with contextlib.suppress(ValueError):
        return "/" in host and bool(ipaddress.IPv6Network(host, strict=False))
    return False


def _check_connections() -> None:
    """Check that httpx can use the proxies and certificates in the environment."""
    present = [name for name in (*PROXIES, *CERTIFICATES) if os.environ.get(name)]
    if not present and set(os.environ["NO_PROXY"].split(",")) <= set(LOOPBACK):
        return
    # The import takes a quarter of a second.
    import httpx

    try:
        httpx.Client().close()
    except OSError as error:
        from tasks.configuration.system_errors import explain_system_error

        names = " or ".join(name for name in present if name in CERTIFICATES)
        why = explain_system_error(error)
        _refuse(f"cannot read the certificates ({why}): correct or unset {names}")
    except (httpx.InvalidURL, ValueError) as error:
        names = " or ".join([*(name for name in present if name in PROXIES), "NO_PROXY"])
        _refuse(f"cannot use the proxies ({error}): correct or unset {names}")


def _check_home() -> None:
    """Check that Prefect's home is writable; set HOME to it for a user without a home folder."""
    advice = "set PREFECT_HOME to a writable folder"
    prefect_home = os.environ.get("PREFECT_HOME")
    try:
        Path.home()
    except RuntimeError:
        if not prefect_home:
            _refuse(f"this user has no home folder: {advice}")
        os.environ["HOME"] = prefect_home
    try:
        home = Path(prefect_home or "~/.prefect").expanduser()
    except RuntimeError:
        _refuse(f"{prefect_home} names a user who does not exist: {advice}")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        from tasks.configuration.system_errors import explain_system_error

        _refuse(f"{home} cannot be used ({explain_system_error(error)}): {advice}")


def _refuse(reason: str) -> NoReturn:
    raise SystemExit(f"error: {reason}")


def explain_settings_error(error: BaseException) -> str:
    """Return a message if Prefect cannot read its settings; empty for any other error."""
    if not isinstance(error, Exception):
        # Ctrl-C may come while Prefect reads a setting.
        return ""
    frames = traceback.walk_tb(error.__traceback__)
    files = [Path(frame.f_code.co_filename) for frame, _ in frames]
    if not any(file.parts[-3:-1] == ("prefect", "settings") for file in files):
        return ""
    # The message shows no value, because a setting may be a secret.
    problems = error.errors()[:1] if hasattr(error, "errors") else []
    messages = [f"{' '.join(map(str, p['loc']))} {p['msg']}".strip() for p in problems]
    reason = messages[0] if messages else " ".join(str(error).split())
    advice = "correct the PREFECT_ variables, or prefect.toml and profiles.toml"
    return f"Prefect cannot read its settings ({reason}): {advice}"


def _print_exception(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print one line if Prefect cannot read its settings; print other errors as Python does."""
    if message := explain_settings_error(error):
        sys.stderr.write(f"error: {message}\n")
    else:
        sys.__excepthook__(kind, error, trace)
