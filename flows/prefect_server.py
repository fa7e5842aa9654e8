"""The Prefect server of a command: the one named by PREFECT_API_URL, or a temporary one."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from prefect.client.base import ServerType, determine_server_type
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.temporary_server import start_temporary_server
from tasks.configuration.errors import ServerError
from tasks.sources.redaction import redact_url

TIMEOUT_SECONDS = 5.0
NO_API = "is not the API of a Prefect server: correct PREFECT_API_URL, which ends in /api"


def ensure_server(while_starting: Callable[[], object] = lambda: None) -> None:
    """Check that the server answers, or start a temporary one.

    Args:
        while_starting: called while a temporary server starts.

    Raises:
        ServerError: the server does not answer, or the temporary server does not start.
    """
    kind = determine_server_type()
    if kind is ServerType.EPHEMERAL:
        start_temporary_server(while_starting)
    elif kind is ServerType.SERVER:
        read_server_version(str(PREFECT_API_URL.value()))
    elif kind is ServerType.UNCONFIGURED:
        raise ServerError(
            "there is no Prefect server: set PREFECT_API_URL, or allow a temporary server with"
            " PREFECT_SERVER_ALLOW_EPHEMERAL_MODE=true"
        )


def read_server_version(url: str) -> str:
    """Return the version of the Prefect server whose API is at the URL.

    Raises:
        ServerError: the server does not answer or refuses the credentials, or the URL is not an
            API of Prefect.
    """
    shown = redact_url(url)
    try:
        # The server reports its health to everyone, and its version only with credentials.
        health = httpx.get(f"{url.rstrip('/')}/health", timeout=TIMEOUT_SECONDS).raise_for_status()
        with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
            version = client.api_version()
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        if code in (401, 403):
            raise ServerError(
                f"the Prefect server at {shown} refuses the credentials (HTTP {code}): set"
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
