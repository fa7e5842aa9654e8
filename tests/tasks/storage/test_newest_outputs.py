"""The newest output of a stage: the one that the runs of a contract used last."""

from __future__ import annotations

import os

import pytest

from tasks.storage.artifacts import Artifact, Output
from tasks.storage.run_names import RUNS_SHOWN
from tasks.storage.store import MANIFEST, Store
from tests.store_contents import end_run


def publish(store: Store, digit: int, stage: str = "split") -> Artifact:
    draft = Artifact(stage=stage, address=str(digit) * 32, digest="")
    with store.workspace(stage, draft.address) as workspace:
        workspace.write_text(str(digit), "file")
        return store.publish(draft, workspace, Output())


def test_the_last_run_that_used_the_stage_counts(any_store: Store) -> None:
    assert any_store.newest("split") is None
    one, other = publish(any_store, 1), publish(any_store, 2)
    assert any_store.newest("split") is None
    end_run(any_store, other)
    end_run(any_store, one)
    end_run(any_store, publish(any_store, 3, "splitter"))
    assert any_store.newest("split") == one


def test_each_contract_has_its_own(any_store: Store) -> None:
    stars = any_store.scoped("stars-1")
    one = publish(any_store, 1)
    end_run(any_store, one)
    assert stars.newest("split") is None
    other = publish(stars, 2)
    end_run(stars, other)
    assert (any_store.newest("split"), stars.newest("split")) == (one, other)
    end_run(stars, one)
    assert stars.newest("split") == one


@pytest.mark.parametrize("last", [1, 2])
def test_of_several_in_a_run_the_one_used_last_counts(store: Store, last: int) -> None:
    made = {digit: publish(store, digit) for digit in (1, 2)}
    for digit, artifact in made.items():
        then = 9 if digit == last else 8
        os.utime(store.root / artifact.path / MANIFEST, (then, then))
    end_run(store, *made.values())
    assert store.newest("split") == made[last]


def test_what_was_removed_or_damaged_is_passed_over(store: Store) -> None:
    one, other = publish(store, 1), publish(store, 2)
    end_run(store, one)
    end_run(store, other)
    store.records.write(end_run(store), b"no record")
    assert store.newest("split") == other
    (store.root / other.path / MANIFEST).unlink()
    assert store.newest("split") == one


def test_only_the_newest_runs_are_searched(store: Store) -> None:
    made = publish(store, 1)
    end_run(store, made)
    for _ in range(RUNS_SHOWN - 1):
        end_run(store)
    assert store.newest("split") == made
    end_run(store)
    assert store.newest("split") is None
