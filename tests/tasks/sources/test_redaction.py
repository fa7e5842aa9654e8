"""Neither messages nor records nor logs show what may be secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.configuration.errors import SourceError, TransientError
from tasks.configuration.parameters import FetchParameters
from tasks.sources.download import download
from tasks.sources.redaction import redact_url, redact_within
from tasks.sources.source_records import PART_VALIDATORS
from tests.http_server import Fault, LocalServer, Resource, serve

PATH = "/reviews.csv"
USUAL = FetchParameters(timeout_seconds=5)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@example.org/a.csv?b=c#d", "https://example.org/a.csv?b=…"),
        ("https://token@example.org:8443/", "https://example.org:8443/"),
        ("https://[::1]:80/a;b", "https://[::1]:80/a;b"),
        ("https://[::1/a", "https://…"),
        ("https://me:p/w@example.org/a", "https://…"),
        ("https://me:p?w@example.org/a", "https://…"),
        ("https://me:#w@example.org/a", "https://…"),
        ("https:///a", "https://…"),
        ("data:,secret", "data://…"),
        ("https://example.org/a\u2028b\x1b", "https://example.org/a?b?"),
    ],
)
def test_redacted_url(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@pytest.mark.parametrize(
    ("text", "url", "shown"),
    [
        ("no way to https://me:pw@h/a", "https://me:pw@h/a", "no way to https://h/a"),
        ("pw is wrong for me", "https://me:pw@h/a", "… is wrong for me"),
        ("p/w is wrong", "https://me:p%2Fw@h/a", "… is wrong"),
        ("tok3n: no such user", "https://tok3n@h/a", "…: no such user"),
        ("bad key k3y", "https://h/a?key=k3y", "bad key …"),
        ("bad folder ./mlruns", "./mlruns", "bad folder ./mlruns"),
        ("at https://u:p%C3%A4%20s@h/a", "https://u:pä s@h/a", "at https://u:…@h/a"),
        ("nothing quoted", "https://h/a?b", "nothing quoted"),
    ],
)
def test_redacted_text_of_others(text: str, url: str, shown: str) -> None:
    assert redact_within(text, url) == shown


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with serve() as running:
        running.resources[PATH] = Resource(bytes(range(256)) * 2_000, etag='"v1"')
        yield running


def test_secrets_show_nowhere(
    server: LocalServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = server.url(PATH + "?token=hush&bare").replace("http://", "http://me:psst@")
    for fault in (
        Fault(cut_after=1000),
        Fault(302, {"Location": "/moved?key=hush", "Set-Cookie": "hush=1"}),
        Fault(404),
        Fault(302, {"Location": "ftp://me:psst@example.org/?key=hush"}),
    ):
        server.faults.append(fault)
    shown = []
    for _ in range(3):
        with pytest.raises((TransientError, SourceError)) as caught:
            download(url, tmp_path, USUAL)
        shown.append(str(caught.value))
    download(url, tmp_path, USUAL)
    logging.getLogger("httpx").info("others still log")
    record = (tmp_path / PART_VALIDATORS).read_text()
    for text in (*shown, record, caplog.text):
        assert "hush" not in text
        assert "psst" not in text
        assert "bWU6cHNzdA" not in text
    assert "reviews.csv?token=…&…" in caplog.text
    assert "others still log" in caplog.text
    assert server.requests[0].path == PATH + "?token=hush&bare"
    assert server.requests[0].headers["Authorization"] == "Basic bWU6cHNzdA=="
