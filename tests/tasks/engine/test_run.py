from __future__ import annotations

import pytest

from tasks.engine.run import PENDING, Run
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tests.store_contents import end_run

ONE, OTHER = "1" * 32, "2" * 32
MADE_OF = {
    "inputs": {"valid": "abc"},
    "parameters": {"parameters": {"seed": 0, "fraction": 0.1}},
    "code": {"tasks/split.py": "abc"},
    "libraries": {"numpy": "2.4", "pandas": "3.0"},
    "formats": [1],
}


def draft(address: str = ONE, **changes: object) -> Artifact:
    return Artifact(stage="split", address=address, digest="", ingredients=MADE_OF | changes)


@pytest.fixture
def run(store: Store) -> Run:
    """A run of its contract used the one output in its store."""
    with store.workspace("split", ONE) as workspace:
        workspace.write_text("1", "file")
        end_run(store, store.publish(draft(), workspace, Output()))
    return Run(store, "demo")


def test_the_first_output_has_a_reason_before_and_after(store: Store) -> None:
    told = Run(store, "demo").explain(draft())
    assert told == "its output is not in the store"


def test_a_damaged_or_removed_output_has_a_reason_before_and_after(run: Run) -> None:
    said = "its output was damaged or incomplete"
    assert run.explain(draft()) == said
    gone = "its earlier output was gone"
    assert run.explain(draft(OTHER)) == gone


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"inputs": {"valid": "abd"}}, "inputs changed: valid"),
        ({"inputs": {"valid": PENDING}}, "runs if its inputs (valid) change"),
        ({"code": {"tasks/split.py": "abd"}}, "code changed: tasks/split.py"),
        (
            {"parameters": {"parameters": {"seed": 1, "fraction": None}}},
            "parameters changed: parameters.fraction from 0.1 to None, parameters.seed from 0 to 1",
        ),
        (
            {"parameters": {"parameters": {"seed": list(range(99)), "fraction": 0.1}}},
            "parameters changed: parameters.seed",
        ),
        (
            {"libraries": {"numpy": "2.5", "python": "3.11"}},
            "libraries changed: numpy from 2.4 to 2.5, pandas 3.0 left out, python 3.11 added",
        ),
    ],
)
def test_what_changed_is_named(run: Run, changes: dict[str, object], said: str) -> None:
    assert run.explain(draft(OTHER, **changes)) == said


def test_outputs_of_another_contract_are_not_compared_with(run: Run) -> None:
    other = Run(run.store.scoped("stars-1"), "reviews.csv")
    assert other.explain(draft(OTHER, formats=[2])) == "its output is not in the store"


def test_what_is_asked_for_is_said(run: Run) -> None:
    told = Run(run.store, "demo", refresh=["split"]).explain(draft())
    assert told == "asked for by refresh"
