"""Downloads against a real server that breaks off, resumes badly and changes its files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.configuration.errors import SourceError, TransientError
from tasks.configuration.parameters import FetchParameters
from tasks.sources.download import download, is_unchanged
from tasks.sources.source_records import PART, Validators
from tests.http_server import Fault, LocalServer, Resource, serve

BODY = bytes(range(256)) * 2_000
PATH = "/reviews.csv"
LONG_AGO = "Mon, 01 Jan 2024 00:00:00 GMT"
LATER = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
USUAL = FetchParameters(timeout_seconds=5)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with serve() as running:
        running.resources[PATH] = Resource(BODY, etag='"v1"')
        yield running


def get(server: LocalServer, folder: Path, unless: Validators | None = None) -> Validators | None:
    return download(server.url(PATH), folder, USUAL, unless)


def part(folder: Path) -> bytes:
    return (folder / PART).read_bytes()


def cut(server: LocalServer, folder: Path, after: int = 100_000) -> None:
    server.faults.append(Fault(cut_after=after))
    with pytest.raises(TransientError, match="connection broke off"):
        get(server, folder)


def test_whole_file_arrives_with_its_validators(server: LocalServer, tmp_path: Path) -> None:
    whole = get(server, tmp_path)
    assert part(tmp_path) == BODY
    assert whole is not None
    assert (whole.etag, whole.strong, whole.last_modified) == ('"v1"', '"v1"', None)
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


def test_cut_download_is_resumed(server: LocalServer, tmp_path: Path) -> None:
    cut(server, tmp_path)
    assert part(tmp_path) == BODY[:100_000]
    whole = get(server, tmp_path)
    assert server.requests[1].headers["Range"] == "bytes=100000-"
    assert server.requests[1].headers["If-Range"] == '"v1"'
    assert part(tmp_path) == BODY
    assert server.body_bytes == len(BODY)
    assert whole is not None
    assert whole.etag == '"v1"'


def test_cut_download_is_resumed_by_date(server: LocalServer, tmp_path: Path) -> None:
    server.resources[PATH] = Resource(BODY, last_modified=LONG_AGO)
    cut(server, tmp_path)
    get(server, tmp_path)
    assert server.requests[1].headers["If-Range"] == LONG_AGO
    assert part(tmp_path) == BODY
    assert server.body_bytes == len(BODY)


def test_changed_file_is_not_mixed_with_the_old_part(server: LocalServer, tmp_path: Path) -> None:
    cut(server, tmp_path)
    changed = BODY[::-1]
    server.resources[PATH] = Resource(changed, etag='"v2"')
    whole = get(server, tmp_path)
    assert part(tmp_path) == changed
    assert whole is not None
    assert whole.etag == '"v2"'


@pytest.mark.parametrize(
    ("fault", "resource"),
    [
        pytest.param(Fault(), Resource(BODY[::-1], '"v2"', if_range=False), id="ignores If-Range"),
        pytest.param(Fault(), Resource(BODY[:1000], '"v2"', if_range=False), id="416"),
        pytest.param(Fault(), Resource(BODY, '"v1"', ranges=False), id="ignores Range"),
        pytest.param(
            Fault(headers={"Content-Range": f"bytes 99999-{len(BODY) - 1}/{len(BODY)}"}),
            Resource(BODY, '"v1"'),
            id="another part",
        ),
        pytest.param(
            Fault(headers={"Content-Range": f"bytes 100000-{len(BODY) - 1}/*"}),
            Resource(BODY, '"v1"'),
            id="unknown total",
        ),
    ],
)
def test_server_that_resumes_badly_is_asked_for_the_whole(
    server: LocalServer, tmp_path: Path, fault: Fault, resource: Resource
) -> None:
    cut(server, tmp_path)
    server.faults.append(fault)
    server.resources[PATH] = resource
    get(server, tmp_path)
    assert part(tmp_path) == resource.body
    assert "Range" not in server.requests[-1].headers or not resource.ranges


def test_part_nobody_asked_for_is_refused(server: LocalServer, tmp_path: Path) -> None:
    server.faults.append(Fault(206, {"Content-Range": "bytes 0-0/1"}))
    with pytest.raises(TransientError, match="a part of the file where the whole was asked for"):
        get(server, tmp_path)


@pytest.mark.parametrize(
    "resource",
    [
        Resource(BODY),
        Resource(BODY, etag='W/"v1"'),
        Resource(BODY, etag='W/"v1"', last_modified=LONG_AGO),
        Resource(BODY, last_modified=LATER),
        Resource(BODY, etag="not quoted"),
        Resource(BODY, etag='"' + "x" * 5_000 + '"'),
    ],
    ids=["none", "weak tag", "weak tag and date", "fresh date", "bad tag", "huge tag"],
)
def test_part_without_a_strong_validator_is_not_kept(
    server: LocalServer, tmp_path: Path, resource: Resource
) -> None:
    server.resources[PATH] = resource
    cut(server, tmp_path)
    assert not (tmp_path / PART).exists()
    get(server, tmp_path)
    assert part(tmp_path) == BODY
    assert "Range" not in server.requests[1].headers


def test_body_shorter_than_announced_is_transient_and_kept(
    server: LocalServer, tmp_path: Path
) -> None:
    server.faults.append(Fault(headers={"Content-Length": str(len(BODY) + 10)}))
    with pytest.raises(TransientError):
        get(server, tmp_path)
    server.faults.append(Fault(206, {"Content-Range": f"bytes {len(BODY)}-{len(BODY)}/1000000"}))
    with pytest.raises(TransientError, match=r"\d+ bytes arrived where 1000000 were announced"):
        get(server, tmp_path)
    get(server, tmp_path)
    assert part(tmp_path) == BODY


def test_body_longer_than_announced_ends_where_it_was_announced(
    server: LocalServer, tmp_path: Path
) -> None:
    """The announced length is where a message ends (RFC 9112, section 6.2); sha256 tells more."""
    server.faults.append(Fault(headers={"Content-Length": str(len(BODY) - 10)}))
    get(server, tmp_path)
    assert part(tmp_path) == BODY[:-10]


def test_part_longer_than_its_total_is_thrown_away(server: LocalServer, tmp_path: Path) -> None:
    cut(server, tmp_path)
    server.faults.append(Fault(headers={"Content-Range": "bytes 100000-100001/100002"}))
    with pytest.raises(TransientError, match="bytes arrived where 100002 were announced"):
        get(server, tmp_path)
    assert not (tmp_path / PART).exists()


def test_answer_without_length_is_read_to_its_end(server: LocalServer, tmp_path: Path) -> None:
    server.resources[PATH].length = False
    get(server, tmp_path)
    assert part(tmp_path) == BODY


@pytest.mark.parametrize("length", [True, False], ids=["announced", "while streaming"])
def test_too_large_a_file_is_refused(server: LocalServer, tmp_path: Path, length: bool) -> None:
    server.resources[PATH].length = length
    with pytest.raises(SourceError, match=r"larger than the 1000 bytes .* raise it"):
        download(server.url(PATH), tmp_path, FetchParameters(bytes_max=1000))
    assert not (tmp_path / PART).exists()


def test_empty_answer_is_refused(server: LocalServer, tmp_path: Path) -> None:
    server.resources[PATH] = Resource(b"")
    with pytest.raises(SourceError, match="the answer is empty"):
        get(server, tmp_path)


@pytest.mark.parametrize(
    "resource",
    [
        Resource(BODY, etag='"v1"'),
        Resource(BODY, etag='W/"v1"'),
        Resource(BODY, last_modified=LONG_AGO),
        Resource(BODY, etag='"v1"', last_modified=LONG_AGO, conditions=False),
        Resource(BODY, last_modified=LONG_AGO, conditions=False),
        Resource(BODY, etag='"v1"', head=False),
    ],
    ids=["tag", "weak tag", "date", "200, same tag", "200, same date", "no HEAD"],
)
def test_unchanged_file_is_not_downloaded_again(
    server: LocalServer, tmp_path: Path, resource: Resource
) -> None:
    server.resources[PATH] = resource
    whole = get(server, tmp_path)
    assert whole is not None
    assert is_unchanged(server.url(PATH), whole, USUAL) is resource.head
    server.body_bytes = 0
    assert get(server, tmp_path, unless=whole) is None
    if resource.conditions:
        assert server.body_bytes == 0


@pytest.mark.parametrize("etag", ['"v2"', None])
def test_changed_file_is_downloaded_again(
    server: LocalServer, tmp_path: Path, etag: str | None
) -> None:
    whole = get(server, tmp_path)
    assert whole is not None
    server.resources[PATH] = Resource(BODY[::-1], etag, last_modified=LONG_AGO)
    assert not is_unchanged(server.url(PATH), whole, USUAL)
    assert get(server, tmp_path, unless=whole)
    assert part(tmp_path) == BODY[::-1]


@settings(max_examples=10, deadline=None)
@given(st.binary(min_size=1, max_size=5_000), st.lists(st.integers(0, 2_000), max_size=4))
def test_any_sequence_of_cuts_ends_in_the_same_bytes(body: bytes, cuts: list[int]) -> None:
    with serve() as server, tempfile.TemporaryDirectory() as name:
        server.resources[PATH] = Resource(body, etag='"v1"')
        server.faults.extend(Fault(cut_after=count) for count in cuts)
        for _ in range(len(cuts) + 1):
            try:
                if get(server, Path(name)):
                    break
            except TransientError:
                continue
        assert part(Path(name)) == body
        assert server.body_bytes == len(body)
