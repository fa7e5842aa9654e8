"""What messages, logs and records may show of a source: one line, no passwords, no tokens."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from urllib.parse import quote, unquote, urlsplit

SHOWN_CHARACTERS_MAX = 300
WIRE_LOGGERS = (
    "httpx",
    "urllib3.connectionpool",
    *(f"httpcore.{name}" for name in ("connection", "http11", "proxy", "socks")),
)


def printable(text: str) -> str:
    """Return text of strangers as one line of bounded length."""
    line = "".join(character if character.isprintable() else "?" for character in text)
    return line[:SHOWN_CHARACTERS_MAX]


def redact_url(url: str) -> str:
    """Return the URL as messages, logs and records may show it: without what may be secret."""
    hidden = printable(url.partition(":")[0]) + "://…"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        # No port after the ":" as in user:pa/ss@host: a password stands in the host's place.
        return hidden
    host = parts.netloc.rpartition("@")[2]
    if not host or host.endswith(":"):
        return hidden
    pairs = (pair.partition("=") for pair in parts.query.split("&"))
    query = "&".join(f"{name}=…" if equals else "…" for name, equals, _ in pairs)
    return printable(f"{parts.scheme}://{host}{parts.path}" + (f"?{query}" if parts.query else ""))


def redact_within(text: str, url: str) -> str:
    """Return text of others without what may be secret in a URL that it may quote."""
    login = url.partition("://")[2].rpartition("@")[0]
    _, colon, password = login.partition(":")
    query = [pair.partition("=")[2] for pair in url.partition("?")[2].split("&")]
    parts = [login, password if colon else login, *query]
    plain = {form for part in parts for form in (part, unquote(part))}
    forms = plain | {quote(form, safe="") for form in plain}
    secrets = {form for form in forms if form}
    text = text.replace(url, redact_url(url) if "://" in url else url)
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


@contextlib.contextmanager
def quiet_wire_logs() -> Iterator[None]:
    """Drop what HTTP libraries log for this thread: whole URLs and headers, where secrets stand."""
    thread = threading.get_ident()

    def is_foreign(record: logging.LogRecord) -> bool:
        return record.thread != thread

    loggers = [logging.getLogger(name) for name in WIRE_LOGGERS]
    for logger in loggers:
        logger.addFilter(is_foreign)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(is_foreign)
