"""HTTP requests: redirects and error statuses.

This module follows redirects itself. httpx would send the conditions for one file to another,
follow redirects from https to http, and load the body of each redirect into memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from tasks.configuration.errors import SourceError, TransientError
from tasks.configuration.system_errors import explain_system_error, find_system_error
from tasks.sources.redaction import printable, quiet_wire_logs, redact_url
from tasks.sources.source_records import parse_http_date

if TYPE_CHECKING:
    import httpx

PORT_MAX = 65_535
REDIRECTS_MAX = 5
SMALL_SECONDS = 30.0
"""Timeout of downloads into memory, and the longest wait that a server may ask for."""
# Uncompressed: compression by the server would change size and digest.
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "wine-points"}
TRANSIENT_STATUSES = frozenset({408, 425, 429})
UNKNOWN_AUTHORITY = range(18, 22)
"""OpenSSL's codes of certificates that an authority unknown here has signed."""
TRUST = "name the authority that signed it in the environment variable SSL_CERT_FILE"
MEND = "check the address and this machine's clock, or download the file by hand"
ADVICE = {
    401: "download it with a tool that knows the credentials, and name the file",
    403: "check that the file is public or that the credentials in the address are right",
    404: "check the address: the file may have been moved or renamed",
    410: "the file was removed for good: find another source",
}


@contextlib.contextmanager
def ask(
    method: str,
    url: str,
    headers_for: Callable[[str], dict[str, str]],
    seconds: float,
    slower: str = " or raise fetch.timeout_seconds",
) -> Iterator[httpx.Response]:
    """Send a request, follow its redirects, and yield the answer with an unread body.

    Args:
        method: GET or HEAD.
        url: http or https.
        headers_for: returns the headers for an address, given as `locate` digests it.
        seconds: timeout of connecting and of each read.
        slower: advice to raise it.

    Raises:
        TransientError: the network failed, also while the body is read.
        SourceError: the URL is invalid, or the server's certificate is not trusted.
    """
    import httpx

    with _guarded(url, seconds, slower), httpx.Client(timeout=seconds, headers=HEADERS) as client:
        target = httpx.URL(url)

        def turn(response: httpx.Response) -> None:
            nonlocal target
            if response.has_redirect_location:
                target = follow(target, response.headers["location"])

        # In a hook: httpx parses redirects even without following them, and fails on invalid ones.
        client.event_hooks = {"response": [turn]}
        for _ in range(REDIRECTS_MAX + 1):
            request = client.build_request(method, target, headers=headers_for(locate(target)))
            with contextlib.closing(client.send(request, stream=True)) as response:
                if not response.has_redirect_location:
                    yield response
                    return
    raise SourceError(
        f"{redact_url(url)}: more than {REDIRECTS_MAX} redirects; check the address, or name the"
        " file's own"
    )


@contextlib.contextmanager
def _guarded(url: str, seconds: float, slower: str) -> Iterator[None]:
    """Reject invalid URLs, silence httpx's logs, and turn its exceptions into PipelineErrors."""
    import ssl

    import httpx

    shown = redact_url(url)
    try:
        if not is_on_web(httpx.URL(url)):
            raise httpx.InvalidURL("no address on the web")
        with quiet_wire_logs():
            yield
    except httpx.TimeoutException as error:
        raise TransientError(
            f"{shown}: the server stayed silent for {seconds:g} s; run again later{slower}"
        ) from error
    except httpx.ConnectError as error:
        why, cause = explain_system_error(error), find_system_error(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            advice = TRUST if cause.verify_code in UNKNOWN_AUTHORITY else MEND
            raise SourceError(
                f"{shown}: the server's certificate is not trusted, as {why}; {advice}"
            ) from error
        raise TransientError(
            f"{shown}: no connection ({why}); check the address, the network, and that the server"
            " is up"
        ) from error
    except httpx.ProxyError as error:
        raise TransientError(
            f"{shown}: the proxy refuses ({printable(str(error))}); check the proxy's variables,"
            " such as HTTPS_PROXY"
        ) from error
    except httpx.TransportError as error:
        raise TransientError(
            f"{shown}: the connection broke off; run again later, what"
            " arrived is continued if the server allows it"
        ) from error
    except (httpx.InvalidURL, UnicodeError):
        # Not chained: the message of httpx quotes the URL with its secrets.
        raise SourceError(f"{shown}: this is not a valid address; check it") from None


def fetch_small(url: str, bytes_max: int) -> bytes:
    """Download a small file into memory.

    Raises:
        TransientError: the network failed, or the server is busy.
        SourceError: the URL is invalid, the server refuses, or the file is larger than `bytes_max`.
    """
    content = b""
    with ask("GET", url, lambda _: {}, SMALL_SECONDS, slower="") as response:
        check_answer(response, redact_url(url), SMALL_SECONDS)
        for part in response.iter_bytes():
            content += part
            if len(content) > bytes_max:
                raise SourceError(
                    f"{redact_url(url)}: more than {bytes_max:,} bytes; check the address"
                )
    return content


def locate(target: httpx.URL) -> str:
    """Digest a URL without user and query, which change in signed links."""
    address = f"{target.scheme}://{target.host}:{target.port}{target.path}"
    return hashlib.sha256(address.encode()).hexdigest()[:32]


def is_on_web(target: httpx.URL) -> bool:
    """Return whether a URL is http or https, with a host and a valid port."""
    has_place = bool(target.host) and (target.port or 0) <= PORT_MAX
    return target.scheme in ("http", "https") and has_place


def follow(target: httpx.URL, location: str) -> httpx.URL:
    """Return the target of a redirect.

    Raises:
        SourceError: the redirect leads from https to http, or to an invalid URL.
    """
    import httpx

    try:
        found = target.join(location)
        allowed = is_on_web(found) and (target.scheme, found.scheme) != ("https", "http")
    except (httpx.InvalidURL, ValueError):
        allowed = False
    if not allowed:
        raise SourceError(
            f"{redact_url(str(target))}: redirects to {redact_url(location)}, which is not followed"
            f" from {target.scheme}; if you trust it, name the file's own address as the source"
        )
    same_origin = all(getattr(target, n) == getattr(found, n) for n in ("scheme", "host", "port"))
    if same_origin and not found.userinfo:
        return found.copy_with(userinfo=target.userinfo)
    return found


def check_answer(response: httpx.Response, shown: str, wait_seconds_max: float) -> None:
    """Raise an exception unless the answer contains the file.

    Waits first if the server asks for it with Retry-After.

    Raises:
        TransientError: the status is temporary.
        SourceError: the status is permanent, or the answer has an unsupported encoding.
    """
    import httpx

    status, headers = response.status_code, response.headers
    if status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        encoding = headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise SourceError(
                f"{shown}: the server packs its answer as {printable(encoding)!r} unasked;"
                " download the file by hand"
            )
        return
    phrase = httpx.codes.get_reason_phrase(status) or "(an unknown status)"
    answer = f"{shown}: the server answers {status} {phrase}"
    if status in TRANSIENT_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        seconds = parse_retry_after(headers.get("retry-after", ""), datetime.now(UTC))
        response.close()
        time.sleep(min(seconds, wait_seconds_max))
        asks = f" and asks to wait {seconds:.0f} s" if seconds else ""
        raise TransientError(f"{answer}{asks}; run again later")
    raise SourceError(f"{answer}; {ADVICE.get(status, 'check the address')}")


def parse_retry_after(text: str, now: datetime) -> float:
    """Return the seconds to wait by a Retry-After header, or 0 if it is invalid."""
    if re.fullmatch("[0-9]{1,9}", text):
        return float(text)
    moment = parse_http_date(text)
    return max(0.0, (moment - now).total_seconds()) if moment else 0.0
