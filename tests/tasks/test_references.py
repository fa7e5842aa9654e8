from __future__ import annotations

import json
from pathlib import Path

import pytest

from data_contracts.profile import Profile
from tasks.engine.artifacts import Artifact, Output
from tasks.engine.run import Run
from tasks.engine.store import Store
from tasks.errors import StoreError
from tasks.references import (
    Comparison,
    profile_of,
    read_references,
    remember_acceptance,
    settle_comparison,
)

URL = "https://example.org/reviews.csv"


def reviews(name: str) -> Artifact:
    return Artifact(stage="ingest", address=name, digest=name)


def checked(store: Store, name: str, rows: int) -> Artifact:
    """Publish what a check leaves behind of a file of so many rows."""
    if found := store.look_up("validate", name):
        return found
    profile = Profile(
        rows=rows,
        null_fractions={},
        points={88: rows},
        price_bins=[],
        token_bins=[],
        countries={},
        tokens={},
    )
    with store.workspace("validate", name) as workspace:
        workspace.write_json(profile.model_dump(mode="json"), "profile.json")
        draft = Artifact(stage="validate", address=name, digest="")
        return store.publish(draft, workspace, Output(digest=name))


def accept(run: Run, name: str, rows: int) -> Comparison:
    """Go through the gate as a flow does."""
    comparison = settle_comparison(run, reviews(name), "last")
    remember_acceptance(run, reviews(name), checked(run.store, name, rows), comparison)
    return comparison


def rows_of_last(store: Store, comparison: Comparison) -> int | None:
    known = read_references(store.root, comparison).get("last")
    return known.profile.rows if known else None


def test_the_first_file_is_compared_with_nothing(store: Store) -> None:
    assert accept(Run(store, URL), "first", 100) == Comparison()


def test_the_next_file_is_compared_with_the_last(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    accept(run, "second", 200)
    assert rows_of_last(store, settle_comparison(run, reviews("third"), "last")) == 200


def test_an_accepted_file_is_compared_again_with_what_it_was_accepted_under(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    under = accept(run, "second", 200)
    for _ in range(3):
        again = accept(run, "second", 200)
        assert again.model_dump() == under.model_dump()
        assert rows_of_last(store, again) == 100
    history = json.loads((store.root / "accepted/accepted.json").read_text())
    assert [entry["delivery"] for entry in history] == ["first", "second"]


def test_an_old_file_is_known_for_one(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    accept(run, "second", 200)
    old = settle_comparison(run, reviews("first"), "last")
    assert old.last is not None
    assert old.last.accepted_before is not None
    new = settle_comparison(run, reviews("third"), "last")
    assert new.last is not None
    assert new.last.accepted_before is None


def test_a_trial_with_another_source_changes_nothing_for_the_first(store: Store) -> None:
    scheduled, trial = Run(store, URL), Run(store, "trial.csv")
    accept(scheduled, "first", 100)
    assert rows_of_last(store, accept(trial, "large", 9000)) == 100
    assert rows_of_last(store, settle_comparison(scheduled, reviews("second"), "last")) == 100
    # A source of which nothing was accepted takes the newest file of any.
    newcomer = Run(store, "newcomer.csv")
    assert rows_of_last(store, settle_comparison(newcomer, reviews("x"), "last")) == 9000


def test_made_up_and_real_reviews_do_not_meet(store: Store) -> None:
    accept(Run(store, "demo"), "made up", 100)
    assert settle_comparison(Run(store, URL), reviews("real"), "last") == Comparison()
    accept(Run(store, URL), "real", 300)
    again = settle_comparison(Run(store, "demo"), reviews("more made up"), "last")
    assert rows_of_last(store, again) == 100


def test_a_chosen_profile_or_none_takes_the_place_of_the_last(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    assert settle_comparison(run, reviews("second"), "none") == Comparison()
    chosen = profile_of(checked(store, "other", 777), "other.csv")
    comparison = settle_comparison(run, reviews("second"), chosen)
    assert rows_of_last(store, comparison) == 777


def test_only_what_will_be_compared_with_again_is_kept(store: Store) -> None:
    run = Run(store, URL)
    for number in range(8):
        accept(run, f"file {number}", 100 + number)
    kept = [p for p in (store.root / "accepted").glob("*.json") if p.stem != "accepted"]
    assert len(kept) == 2
    assert rows_of_last(store, settle_comparison(run, reviews("file 7"), "last")) == 106


def test_the_memory_outlives_the_outputs(store: Store) -> None:
    import shutil

    run = Run(store, URL)
    accept(run, "first", 100)
    shutil.rmtree(store.root / "validate")
    assert rows_of_last(store, settle_comparison(run, reviews("second"), "last")) == 100


@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_a_damaged_profile_is_named_with_what_to_do(store: Store, content: bytes | None) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    comparison = settle_comparison(run, reviews("second"), "last")
    (profile,) = [p for p in (store.root / "accepted").glob("*.json") if p.stem != "accepted"]
    profile.unlink()
    if content is not None:
        profile.write_bytes(content)
    with pytest.raises(StoreError, match="--reference none") as caught:
        read_references(store.root, comparison)
    assert str(profile) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[{}]", b"{", b"[1]", b'{"a": 1}'])
def test_a_damaged_memory_is_named_and_left_as_it_is(store: Store, content: bytes) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    path: Path = store.root / "accepted/accepted.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"accepted\.json: damaged"):
        settle_comparison(run, reviews("second"), "last")
    with pytest.raises(StoreError):
        remember_acceptance(run, reviews("x"), checked(store, "x", 1), Comparison())
    assert path.read_bytes() == content
