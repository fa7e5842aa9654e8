from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from flows.diagnosis import sources
from flows.diagnosis.checks import Check, Finding, run_checks
from tests import http_server
from tests.http_server import Fault, LocalServer, Resource


@pytest.fixture
def website() -> Iterator[LocalServer]:
    with http_server.serve() as server:
        yield server


def source_of(source: str | None) -> Finding:
    ((_, finding),) = run_checks([Check("source", partial(sources.check_source, source))])
    return finding


def test_a_source_on_the_web_is_asked_for_but_not_read(
    website: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(httpx.Response, "iter_raw")
    changed = "Fri, 01 Aug 2025 10:00:00 GMT"
    website.resources["/a.csv"] = Resource(b"x" * 1024**2, last_modified=changed)
    url = website.url("/a.csv?token=hidden").replace("http://", "http://user:hidden@")
    level, found, _ = source_of(url)
    assert (level, "1.0 MiB, modified Fri, 01 Aug 2025" in found) == ("ok", True)
    assert "hidden" not in found
    assert [request.method for request in website.requests] == ["GET"]


def test_a_source_that_cannot_be_had_is_a_problem(
    website: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "404 Not Found" in source_of(website.url("/none.csv")).found
    website.faults.append(Fault(status=503, headers={"Retry-After": "3600"}))
    assert source_of(website.url("/none.csv")).level == "problem"
    website.faults.append(Fault(silent_seconds=60))
    monkeypatch.setattr(sources, "TIMEOUT_SECONDS", 0.1)
    assert "stayed silent" in source_of(website.url("/none.csv")).found
    assert "no connection" in source_of("http://127.0.0.1:9/a.csv?key=hidden").found
    assert "there is no such file" in source_of(str(tmp_path / "none.csv")).found


def test_a_file_and_demo_reviews_are_sources_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    assert source_of(str(tmp_path / "a.csv")).level == "ok"
    assert source_of("demo").level == "ok"
