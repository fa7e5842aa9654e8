"""Bytes of sources in a real store: published once, at an address of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import FetchParameters
from tasks.engine.run import Run
from tasks.fetch import fetch, plan_fetch
from tests.http_server import LocalServer
from tests.store_contents import BODY, copies, published, tree

USUAL = FetchParameters(timeout_seconds=5, demo_rows=20)
WRONG = USUAL.model_copy(update={"sha256": "0" * 64})


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_file_is_published_at_the_address_of_its_bytes(run: Run, source: Path) -> None:
    artifact, cached = fetch(run, str(source), USUAL)
    assert published(run, artifact) == BODY
    assert artifact.digest == sha256(BODY) == artifact.files["source"].sha256
    assert artifact.address == sha256(BODY)[:32]
    assert artifact.facts == {"size_bytes": len(BODY)}
    assert (artifact.ingredients, artifact.seconds, cached) == ({}, 0.0, False)


def test_second_fetch_copies_nothing(run: Run, source: Path, tmp_path: Path) -> None:
    first, _ = fetch(run, str(source), USUAL)
    before = tree(run)
    renamed = source.rename(tmp_path / "renamed.csv.gz")
    assert fetch(run, str(renamed), USUAL) == (first, False)
    assert tree(run) == before


def test_damaged_copy_is_replaced(run: Run, source: Path) -> None:
    artifact, _ = fetch(run, str(source), USUAL)
    run.store.path_of(artifact, "source").write_bytes(b"rot")
    again, _ = fetch(run, str(source), USUAL)
    assert published(run, again) == BODY


def test_same_bytes_from_anywhere_are_one_artifact(
    run: Run, source: Path, server: LocalServer
) -> None:
    local, _ = fetch(run, str(source), USUAL)
    assert fetch(run, server.url("/reviews.csv"), USUAL) == (local, False)
    assert len(copies(run)) == 1


@pytest.mark.parametrize("name", ["demo", "file", "url"])
def test_expected_digest_is_checked_for_every_source(
    run: Run, source: Path, server: LocalServer, name: str
) -> None:
    named = {"demo": "demo", "file": str(source), "url": server.url("/reviews.csv")}[name]
    with pytest.raises(SourceError, match=rf"SHA-256 is \w{{64}}, not {'0' * 64}"):
        fetch(run, named, WRONG)
    assert not copies(run)
    artifact, _ = fetch(run, named, USUAL)
    for act in (fetch, plan_fetch):
        with pytest.raises(SourceError, match=r"fetch\.sha256"):
            act(run, named, WRONG)
        act(run, named, USUAL.model_copy(update={"sha256": artifact.digest}))
