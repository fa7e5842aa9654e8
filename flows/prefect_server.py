"""The Prefect server that a command reports to: the one that is set, or a temporary one."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from prefect.client.base import ServerType, determine_server_type
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.temporary_server import start_temporary_server
from tasks.configuration.errors import ServerError
from tasks.sources.redaction import redact_url

PATIENCE_SECONDS = 5.0
NO_API = "is not the API of a Prefect server: correct PREFECT_API_URL, which ends in /api"


def ensure_server(meanwhile: Callable[[], object] = lambda: None) -> None:
    """Make sure that there is a server, before a run begins.

    Args:
        meanwhile: called while a temporary server starts.

    Raises:
        ServerError: the server named by PREFECT_API_URL does not answer, or none is named and no
            temporary one can be started.
    """
    kind = determine_server_type()
    if kind is ServerType.EPHEMERAL:
        start_temporary_server(meanwhile)
    elif kind is ServerType.SERVER:
        ask_server(str(PREFECT_API_URL.value()))
    elif kind is ServerType.UNCONFIGURED:
        raise ServerError(
            "no Prefect server is set, and a temporary one is not allowed: set PREFECT_API_URL, or"
            " PREFECT_SERVER_ALLOW_EPHEMERAL_MODE=true"
        )


def ask_server(url: str) -> str:
    """Make sure that a Prefect server answers at the URL of its API, and lets us in.

    Returns:
        The server's version.

    Raises:
        ServerError: none does, or it wants other credentials.
    """
    shown = redact_url(url)
    try:
        # Its health is told to everyone, its version to those who may know it.
        health = httpx.get(f"{url.rstrip('/')}/health", timeout=PATIENCE_SECONDS).raise_for_status()
        with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
            version = client.api_version()
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        if code in (401, 403):
            raise ServerError(
                f"the Prefect server at {shown} wants other credentials (HTTP {code}): set"
                " PREFECT_API_AUTH_STRING, or PREFECT_API_KEY for Prefect Cloud"
            ) from error
        raise ServerError(f"{shown} {NO_API} (HTTP {code})") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ServerError(
            f"the Prefect server at {shown} does not answer ({type(error).__name__}):"
            " start it, or correct or unset PREFECT_API_URL"
        ) from error
    except ValueError as error:
        raise ServerError(f"{shown} {NO_API}") from error
    if health.text.strip() != "true":
        raise ServerError(f"{shown} {NO_API}")
    return version
