"""What servers answer and where they send, against a real one that misbehaves."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tasks.configuration.errors import SourceError, TransientError
from tasks.configuration.parameters import FetchParameters
from tasks.sources.download import download
from tasks.sources.source_records import PART, Validators
from tasks.sources.web import follow, parse_retry_after
from tests.http_server import Fault, LocalServer, Resource, serve

BODY = bytes(range(256)) * 2_000
PATH = "/reviews.csv"
USUAL = FetchParameters(timeout_seconds=5)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with serve() as running:
        running.resources[PATH] = Resource(BODY, etag='"v1"')
        yield running


def get(
    server: LocalServer, folder: Path, path: str = PATH, unless: Validators | None = None
) -> Validators | None:
    return download(server.url(path), folder, USUAL, unless)


def part(folder: Path) -> bytes:
    return (folder / PART).read_bytes()


def redirect(server: LocalServer, path: str, location: str) -> None:
    server.faults.append(Fault(302, {"Location": location}))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_passing_failure_is_transient_and_the_next_try_succeeds(
    server: LocalServer, tmp_path: Path, status: int
) -> None:
    server.faults.append(Fault(status))
    with pytest.raises(TransientError, match=f"answers {status} "):
        get(server, tmp_path)
    assert get(server, tmp_path)
    assert part(tmp_path) == BODY


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 404, 410, 451, 499])
def test_lasting_failure_is_no_transient(server: LocalServer, tmp_path: Path, status: int) -> None:
    server.faults.append(Fault(status))
    with pytest.raises(SourceError, match=rf"reviews\.csv: the server answers {status} .+; \w+"):
        get(server, tmp_path)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("asked", "waited"), [("7", 7.0), ("3600", 30.0), ("soon", 0.0), ("", 0)])
def test_retry_after_is_honoured_within_bounds(
    server: LocalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    waited: float,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("tasks.sources.web.time.sleep", waits.append)
    server.faults.append(Fault(503, {"Retry-After": asked}))
    with pytest.raises(TransientError):
        get(server, tmp_path)
    assert waits == [waited]


def test_retry_after_may_be_a_date() -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC)
    assert parse_retry_after("Mon, 01 Jan 2024 00:00:12 GMT", now) == 12
    assert parse_retry_after("Sun, 31 Dec 2023 00:00:00 GMT", now) == 0


def test_redirects_are_followed_and_conditions_go_to_the_file_itself(
    server: LocalServer, tmp_path: Path
) -> None:
    for location in ("/a", "/b", "/c", "/d", PATH):
        redirect(server, "/latest", location)
    whole = get(server, tmp_path, "/latest")
    assert part(tmp_path) == BODY
    (tmp_path / PART).unlink()
    redirect(server, "/latest", PATH + "?signature=2")
    assert get(server, tmp_path, "/latest", unless=whole) is None
    first, last = server.requests[-2:]
    assert "If-None-Match" not in first.headers
    assert last.headers["If-None-Match"] == '"v1"'


def test_validators_say_nothing_of_another_file(server: LocalServer, tmp_path: Path) -> None:
    server.resources["/other.csv"] = Resource(BODY[::-1], etag='"v1"')
    redirect(server, "/latest", PATH)
    server.faults.append(Fault(cut_after=1000))
    with pytest.raises(TransientError):
        get(server, tmp_path, "/latest")
    redirect(server, "/latest", "/other.csv")
    other = get(server, tmp_path, "/latest")
    assert part(tmp_path) == BODY[::-1]
    (tmp_path / PART).unlink()
    redirect(server, "/latest", PATH)
    assert get(server, tmp_path, "/latest", unless=other)
    assert part(tmp_path) == BODY


def test_redirect_loop_ends(server: LocalServer, tmp_path: Path) -> None:
    for _ in range(20):
        redirect(server, "/loop", "/loop")
    with pytest.raises(SourceError, match="more than 5 redirects"):
        get(server, tmp_path, "/loop")
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://example.org/x", "data:,x", "http://x:99999/", "http://[::1/"],
)
def test_redirect_out_of_the_web_is_refused(
    server: LocalServer, tmp_path: Path, location: str
) -> None:
    redirect(server, "/x", location)
    with pytest.raises(SourceError, match="redirects to"):
        get(server, tmp_path, "/x")
    assert not (tmp_path / PART).exists()


def test_redirect_keeps_encryption_and_gives_credentials_to_no_other_host() -> None:
    secure = httpx.URL("https://me:secret@example.org/a")
    with pytest.raises(SourceError, match=r"redirects to http://example\.org/b, which is not"):
        follow(secure, "http://example.org/b")
    assert follow(secure, "https://example.org/b").userinfo == b"me:secret"
    assert follow(secure, "/b").userinfo == b"me:secret"
    assert follow(secure, "https://elsewhere.org/b").userinfo == b""
    assert follow(httpx.URL("http://example.org/a"), "https://example.org/b").scheme == "https"


def test_server_that_is_away_is_transient(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/reviews.csv"
        with pytest.raises(TransientError, match=r"no connection \(the server refuses it\); che"):
            download(url, tmp_path, USUAL)


def test_silent_server_is_transient(server: LocalServer, tmp_path: Path) -> None:
    server.faults.append(Fault(silent_seconds=5))
    with pytest.raises(TransientError, match=r"silent for 0\.1 s"):
        download(server.url(PATH), tmp_path, FetchParameters(timeout_seconds=0.1))


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///a",
        "http://me:p/w@x/",
        "http://[::1/",
        "http://x:99999/",
        "http://\udcff/",
    ],
)
def test_bad_address_is_a_source_error(tmp_path: Path, url: str) -> None:
    with pytest.raises(SourceError, match="not a valid address"):
        download(url, tmp_path, USUAL)


def test_gzipped_file_passes_untouched(server: LocalServer, tmp_path: Path) -> None:
    packed = b"\x1f\x8b" + BODY
    server.resources[PATH] = Resource(packed, headers={"Content-Encoding": "gzip"})
    get(server, tmp_path)
    assert part(tmp_path) == packed


def test_unknown_packing_is_refused(server: LocalServer, tmp_path: Path) -> None:
    server.resources[PATH].headers["Content-Encoding"] = "br"
    with pytest.raises(SourceError, match="packs its answer as 'br'"):
        get(server, tmp_path)
