"""Housekeeping as a flow; the command's tests stand beside those of pruning."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from prefect.exceptions import ParameterTypeError

from flows.housekeeping import Store as StoreCommand
from flows.housekeeping import housekeeping
from tasks.configuration.errors import StoreError
from tasks.housekeeping import Rule
from tasks.reporting.housekeeping_summary import HousekeepingSummary
from tasks.storage.store import Store
from tests.tasks.storage.test_pruning import note_run, publish

pytestmark = pytest.mark.heavy


def test_flow_and_command_keep_the_same_by_themselves() -> None:
    of_flow = {n: p.default for n, p in inspect.signature(housekeeping.fn).parameters.items()}
    of_command = StoreCommand(_cli_parse_args=[]).model_dump()
    assert of_flow.pop("store") is None
    assert of_flow == Rule()._asdict()
    assert {name: of_command[name] for name in of_flow} == of_flow


@pytest.mark.usefixtures("prefect_server")
def test_the_flow_prunes_and_says_in_its_state_what_it_found(store: Store) -> None:
    gone, used = publish(store, "split", 1), publish(store, "train", 2)
    note_run(store, "20260105T050000-0123abcd-retraining-Promoted", used)
    young = publish(store, "evaluate", 3, age_hours=1)
    state = housekeeping(store=str(store.root), return_state=True)
    assert state.name == "Pruned"
    assert state.is_completed()
    assert state.message == (
        f"1 entry gone, 0.0 MiB freed; left in {store.root}: 3 entries, 0.0 MiB."
    )
    assert (gone.exists(), used.exists(), young.exists()) == (False, True, True)
    summary = state.result()
    assert isinstance(summary, HousekeepingSummary)
    assert summary.freed_bytes > 1000
    folders = {name: (went, held) for name, went, _, held, _ in summary.folders}
    assert folders == {"evaluate": (0, 1), "runs": (0, 1), "split": (1, 0), "train": (0, 1)}
    assert "| split | 1 | 0\\.0 | 0 | 0\\.0 |" in summary.to_markdown()


@pytest.mark.usefixtures("prefect_server")
def test_without_a_store_the_flow_fails_and_makes_none(tmp_path: Path) -> None:
    state = housekeeping(store=str(tmp_path / "none"), return_state=True)
    assert state.is_failed()
    with pytest.raises(StoreError, match="no store is here yet"):
        state.result()
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("wrong", [{"keep_runs": -1}, {"keep_hours": -0.5}, {"store": ""}])
def test_what_is_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ParameterTypeError):
        housekeeping.validate_parameters(wrong)
