"""Removing passwords, tokens and control characters from messages, logs and records."""

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
    """Return untrusted text as one line of bounded length."""
    line = "".join(character if character.isprintable() else "?" for character in text)
    return line[:SHOWN_CHARACTERS_MAX]


def redact_url(url: str) -> str:
    """Return a URL without user, password and the values of its query."""
    hidden = printable(url.partition(":")[0]) + "://…"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        # The port is not a number, as in user:pa/ss@host: the host may be part of a password.
        return hidden
    host = parts.netloc.rpartition("@")[2]
    if not host or host.endswith(":"):
        return hidden
    pairs = (pair.partition("=") for pair in parts.query.split("&"))
    query = "&".join(f"{name}=…" if equals else "…" for name, equals, _ in pairs)
    return printable(f"{parts.scheme}://{host}{parts.path}" + (f"?{query}" if parts.query else ""))


def redact_within(text: str, url: str) -> str:
    """Return untrusted text without the secrets of a URL that it may quote."""
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
    """Drop the logs of HTTP libraries in this thread; their URLs and headers hold secrets."""
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
