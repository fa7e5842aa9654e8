"""The stage that fetches, over a real store and, for URLs, a real server."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.configuration.errors import SourceError, TransientError, UsageError
from tasks.configuration.parameters import FetchParameters
from tasks.engine.run import PENDING, Run
from tasks.fetch import SourceName, describe_source, fetch, plan_fetch
from tasks.sources import demo_reviews
from tasks.sources.local_files import measure_file
from tasks.storage.artifacts import Artifact
from tests.http_server import Fault, LocalServer, Resource
from tests.schemas import passes
from tests.store_contents import BODY, copies, published, tree

OTHER = b"country,points\nSpain,90\n" * 10_000
USUAL = FetchParameters(timeout_seconds=5, demo_rows=20)
WRONG = USUAL.model_copy(update={"sha256": "0" * 64})


def test_file_that_changes_while_it_is_read_is_not_published(
    run: Run, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure_then_grow(path: Path, shown: str) -> str:
        digest = measure_file(path, shown)
        with source.open("ab") as file:
            file.write(b"Chile,91\n")
        return digest

    monkeypatch.setattr("tasks.sources.fetching.measure_file", measure_then_grow)
    with pytest.raises(TransientError, match="changed while it was read"):
        fetch(run, str(source), USUAL)
    assert not (run.store.root / "fetch").exists()
    assert not copies(run)


@pytest.mark.parametrize(
    "source",
    ["ftp://me:psst@example.org/x", "s3://me:psst/x", "file:///x", "FILE:///x", "gopher+x://y"],
)
@pytest.mark.parametrize("act", [fetch, plan_fetch])
def test_other_schemes_are_wrong_usage(
    run: Run, act: Callable[[Run, str, FetchParameters], object], source: str
) -> None:
    with pytest.raises(UsageError, match=r"name demo, a path .* http:// or https://") as caught:
        act(run, source, USUAL)
    assert "psst" not in str(caught.value) + describe_source(source)
    assert not passes(SourceName, source)


def test_empty_source_is_wrong_usage(run: Run) -> None:
    with pytest.raises(UsageError, match="the source is empty"):
        fetch(run, " ", USUAL)
    assert not passes(SourceName, " ")


@pytest.mark.parametrize("source", ["demo", "a b.csv", "C:/x.csv", "HTTPS://example.org/x", "x://"])
def test_a_server_lets_pass_what_can_be_a_source(source: str) -> None:
    assert passes(SourceName, source) == (source != "x://")


def test_demo_is_made_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first, cached = fetch(run, "demo", USUAL)
    assert not cached
    assert published(run, first).startswith(b",country,description,")
    other, _ = fetch(run, "demo", USUAL.model_copy(update={"demo_seed": 1}))
    assert other.digest != first.digest

    def fail(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(demo_reviews, "write_demo_csv", fail)
    assert fetch(run, "demo", USUAL) == (first, False)
    assert plan_fetch(run, "demo", USUAL) == first
    with pytest.raises(AssertionError, match="made again"):
        fetch(Run(run.store, "demo", refresh=frozenset({"fetch"})), "demo", USUAL)


def test_damaged_demo_is_made_again(run: Run) -> None:
    first, _ = fetch(run, "demo", USUAL)
    content = published(run, first)
    run.store.path_of(first, "source").write_bytes(b"rot")
    again, _ = fetch(run, "demo", USUAL)
    assert published(run, again) == content


def test_unchanged_url_sends_no_body(run: Run, server: LocalServer) -> None:
    url = server.url("/reviews.csv")
    first, cached = fetch(run, url, USUAL)
    assert not cached
    assert published(run, first) == BODY
    server.body_bytes = 0
    before = tree(run)
    assert fetch(run, url, USUAL) == (first, True)
    assert server.body_bytes == 0
    assert server.requests[-1].headers["If-None-Match"] == '"v1"'
    assert tree(run) == before


def test_url_with_only_a_date_is_asked_by_date(run: Run, server: LocalServer) -> None:
    changed = "Mon, 01 Jan 2024 00:00:00 GMT"
    server.resources["/reviews.csv"] = Resource(BODY, last_modified=changed)
    fetch(run, server.url("/reviews.csv"), USUAL)
    assert fetch(run, server.url("/reviews.csv"), USUAL)[1]
    assert server.requests[-1].headers["If-Modified-Since"] == changed
    assert server.body_bytes == len(BODY)


def test_changed_url_is_published_beside_the_old(run: Run, server: LocalServer) -> None:
    old, _ = fetch(run, server.url("/reviews.csv"), USUAL)
    server.resources["/reviews.csv"] = Resource(OTHER, etag='"v2"')
    new, cached = fetch(run, server.url("/reviews.csv"), USUAL)
    assert not cached
    assert (published(run, old), published(run, new)) == (BODY, OTHER)
    assert fetch(run, server.url("/reviews.csv"), USUAL) == (new, True)


def test_url_is_asked_for_all_when_the_store_lost_it(run: Run, server: LocalServer) -> None:
    first, _ = fetch(run, server.url("/reviews.csv"), USUAL)
    run.store.path_of(first, "source").write_bytes(b"rot")
    again, cached = fetch(run, server.url("/reviews.csv"), USUAL)
    assert not cached
    assert published(run, again) == BODY
    fetch(Run(run.store, "x", refresh=frozenset({"fetch"})), server.url("/reviews.csv"), USUAL)
    assert all("If-None-Match" not in seen.headers for seen in server.requests)


def test_cut_download_goes_on_and_leaves_nothing_behind(run: Run, server: LocalServer) -> None:
    server.faults.append(Fault(cut_after=100_000))
    with pytest.raises(TransientError):
        fetch(run, server.url("/reviews.csv"), USUAL)
    assert not (run.store.root / "fetch").exists()
    artifact, _ = fetch(run, server.url("/reviews.csv"), USUAL)
    assert server.requests[-1].headers["Range"] == "bytes=100000-"
    assert published(run, artifact) == BODY
    assert len(copies(run)) == 1
    assert not list((run.store.root / ".work").rglob("*/*/*"))


def test_wrong_download_is_not_retried_from_its_part(run: Run, server: LocalServer) -> None:
    server.faults.append(Fault(cut_after=100_000))
    with pytest.raises(TransientError):
        fetch(run, server.url("/reviews.csv"), WRONG)
    with pytest.raises(SourceError, match="SHA-256"):
        fetch(run, server.url("/reviews.csv"), WRONG)
    assert len(server.requests) == 2
    assert not copies(run)
    fetch(run, server.url("/reviews.csv"), USUAL)
    assert "Range" not in server.requests[-1].headers


def test_two_runs_at_once_download_once(run: Run, server: LocalServer) -> None:
    server.faults.append(Fault(silent_seconds=0.2))
    found: list[tuple[Artifact, bool]] = []

    def act() -> None:
        found.append(fetch(run, server.url("/reviews.csv"), USUAL))

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(cached for _, cached in found) == [False, True]
    assert server.body_bytes == len(BODY)


def test_plan_of_a_file_and_of_the_demo_tells_what_a_run_gives(run: Run, source: Path) -> None:
    for named in (str(source), "demo"):
        before = tree(run)
        planned = plan_fetch(run, named, USUAL)
        assert tree(run) == before
        made, _ = fetch(run, named, USUAL)
        assert (planned.address, planned.digest) == (made.address, made.digest)
        assert plan_fetch(run, named, USUAL) == made
        anew = Run(run.store, "", {"fetch"}, recalling=True)
        assert plan_fetch(anew, named, USUAL).digest == PENDING


def test_plan_of_a_url_downloads_nothing(run: Run, server: LocalServer) -> None:
    url = server.url("/reviews.csv")
    assert plan_fetch(run, url, USUAL).digest == PENDING
    assert not server.requests
    made, _ = fetch(run, url, USUAL)
    before = tree(run)
    server.body_bytes = 0
    assert plan_fetch(run, url, USUAL) == made
    server.faults.append(Fault(503, {"Retry-After": "20"}))
    with pytest.raises(TransientError, match="asks to wait 20 s"):
        plan_fetch(run, url, USUAL)
    server.resources["/reviews.csv"] = Resource(OTHER, etag='"v2"')
    assert plan_fetch(run, url, USUAL).digest == PENDING
    assert [seen.method for seen in server.requests[1:]] == ["HEAD"] * 3
    assert server.body_bytes == 0
    assert tree(run) == before


def test_import_is_light() -> None:
    code = (
        "import sys, tasks.sources.download;"
        "print({'httpx', 'pyarrow', 'prefect'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
