"""Units: each is found or made by itself, whatever happens to the others."""

from __future__ import annotations

import os

import pytest

from tasks.configuration.errors import SourceError, StoreError
from tasks.engine import caching
from tasks.engine.units import Unit, run_units
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace

made: list[str] = []


def write_word(workspace: Workspace, word: str) -> Output:
    if word == "bad":
        raise SourceError("it cannot be read")
    made.append(word)
    workspace.write_text(word, "word.txt")
    return Output(facts={"letters": len(word)})


WORDS = Unit("words", write_word)


@pytest.fixture(autouse=True)
def _own_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a module of the tests define a unit, which has made nothing yet."""
    monkeypatch.setattr(caching, "reached_code", lambda module: ({module: "c0de"}, {}))
    made.clear()


@pytest.fixture
def workspace(store: Store) -> Workspace:
    return Workspace(store.objects, store.root / "work", "the source")


def run_words(workspace: Workspace, *words: str) -> dict[str, Artifact]:
    return run_units(workspace, WORDS, {f"the {word}": (word,) for word in words})


def test_a_unit_runs_once_for_the_same_arguments(store: Store, workspace: Workspace) -> None:
    first = run_words(workspace, "one", "two")
    again = Workspace(store.objects, store.root / "other", "the source")
    second = run_words(again, "two", "three")
    assert made == ["one", "two", "three"]
    assert second["the two"] == first["the two"]
    assert store.path_of(second["the three"], "word.txt").read_text() == "three"
    assert [*again.units] == [second["the two"].path, second["the three"].path]


def test_the_units_before_a_failure_are_kept(workspace: Workspace) -> None:
    with pytest.raises(SourceError, match=r"^the bad: it cannot be read$"):
        run_words(workspace, "one", "bad", "two")
    run_words(workspace, "one", "two")
    assert made == ["one", "two"]


def test_an_error_without_a_name_stays_as_it_is(workspace: Workspace) -> None:
    with pytest.raises(SourceError, match=r"^it cannot be read$"):
        run_units(workspace, WORDS, {"": ("bad",)})


def test_a_refreshed_stage_runs_its_units_again(store: Store, workspace: Workspace) -> None:
    (before,) = run_words(workspace, "one").values()
    workspace.refreshing = True
    (after,) = run_words(workspace, "one").values()
    assert made == ["one", "one"]
    assert (after.path, after.digest) == (before.path, before.digest)
    assert store.look_up(after.stage, after.address) == after


def test_a_damaged_output_is_made_again(store: Store, workspace: Workspace) -> None:
    (before,) = run_words(workspace, "one").values()
    store.path_of(before, "word.txt").write_text("damaged")
    (after,) = run_words(workspace, "one").values()
    assert made == ["one", "one"]
    assert store.path_of(after, "word.txt").read_text() == "one"


def test_a_found_unit_counts_as_used(store: Store, workspace: Workspace) -> None:
    (found,) = run_words(workspace, "one").values()
    manifest = store.root / found.path / "manifest.json"
    os.utime(manifest, (0, 0))
    run_words(workspace, "one")
    assert manifest.stat().st_mtime > 0


def test_an_error_of_the_store_is_told_as_one(store: Store, workspace: Workspace) -> None:
    (store.root / "words").write_text("a file where the folder of the unit belongs")
    with pytest.raises(StoreError):
        run_words(workspace, "one")
