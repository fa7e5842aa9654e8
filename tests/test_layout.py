"""What each folder is for: rules that hold for stages yet to be written too."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest

from flows.retraining import retraining
from tasks.configuration.settings import Settings
from tasks.engine.stages import STAGES

ROOT = Path(__file__).parents[1]
PACKAGES = ("flows", "tasks", "data_contracts")
STEPS = sorted(f"tasks.{path.stem}" for path in (ROOT / "tasks").glob("[!_]*.py"))
"""Modules at the top of `tasks/`."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_knows_no_other_step_and_nothing_of_mlflow(
    graph: grimp.ImportGraph, step: str
) -> None:
    others = [*STEPS, "tasks.tracking", "mlflow"]
    reached = [other for other in others if other != step and other in graph.modules]
    chains = [graph.find_shortest_chain(step, other) for other in reached]
    assert [chain for chain in chains if chain] == []


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    own = {m for m in graph.modules if m.partition(".")[0] in PACKAGES}
    left = {m: graph.find_modules_directly_imported_by(m) & own for m in own}
    while ends := {module for module, imported in left.items() if not imported}:
        left = {m: imported - ends for m, imported in left.items() if m not in ends}
    assert left == {}


def test_only_stages_and_housekeeping_stand_at_the_top_of_tasks() -> None:
    others = {"tasks.score", "tasks.housekeeping"}
    assert {f"tasks.{name}" for name in STAGES} | others == set(STEPS)


def test_a_flow_takes_the_settings_of_each_stage_and_names_of_stages() -> None:
    properties = retraining.parameters.properties
    assert properties.keys() >= Settings.model_fields.keys()
    assert set(properties["refresh"]["items"]["enum"]) == set(STAGES)
    described = [properties[name].get("description") for name in Settings.model_fields]
    assert described == [field.description for field in Settings.model_fields.values()]
