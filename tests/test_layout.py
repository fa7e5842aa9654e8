"""What each folder is for: rules that hold for stages yet to be written too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from data_contracts.contract import load_contract
from flows.retraining import TUNING, retraining
from flows.tuning import tuning
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
    assert set(properties["refresh"]["items"]["enum"]) == set(STAGES) - TUNING
    assert set(tuning.parameters.properties["refresh"]["items"]["enum"]) >= TUNING
    described = [properties[name].get("description") for name in Settings.model_fields]
    assert described == [field.description for field in Settings.model_fields.values()]


# The contract alone knows the data

NAMES = {*load_contract().schema.names, "points", "USD"}
COMMON = {"title", "description"}
"""Names that are words of any program."""
WORDS = re.compile(rf"\b({'|'.join(NAMES - COMMON)})\b")
PROJECT = re.compile(r"wine[-_]points|percentage points")
SCHEMA_KEYS = {
    ("flows/command_line.py", "description"),
    ("tasks/configuration/base_parameters.py", "title"),
    ("data_contracts/roles.py", "title"),
    ("data_contracts/drafting/columns.py", "title"),
    ("data_contracts/drafting/drafted_columns.py", "title"),
    ("data_contracts/drafting/draft.py", "description"),
    ("data_contracts/drafting/drafted_columns.py", "description"),
    ("data_contracts/drafting/rules.py", "description"),
    ("data_contracts/written_rules.py", "description"),
}
"""Keys of JSON schemas and of contracts, and the role."""


def list_texts(path: Path) -> Iterator[str]:
    """List the strings and names of a module, without docstrings, or the lines of a template."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from text.splitlines()
        return
    tree = ast.parse(text)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in said:
                yield text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield from {name} - COMMON


def names_data(text: str) -> bool:
    return text in NAMES or bool(WORDS.search(PROJECT.sub("", text)))


@pytest.mark.parametrize("package", PACKAGES)
def test_code_names_no_column_and_no_unit_of_the_wine_contract(package: str) -> None:
    files = [path for path in (ROOT / package).rglob("*") if path.suffix in (".py", ".html")]
    assert len(files) > 10
    found = {
        (str(path.relative_to(ROOT)), text)
        for path in files
        if path.name != "demo_reviews.py"
        for text in list_texts(path)
        if names_data(text)
    }
    assert found - SCHEMA_KEYS == set()


def test_a_column_that_code_names_is_found() -> None:
    found = set(filter(names_data, list_texts(ROOT / "tasks/sources/demo_reviews.py")))
    assert {"points", "price", "country", "variety"} <= found
    assert all(map(names_data, ("points", "in USD", "the price of", "title")))
    assert not any(map(names_data, ("wine-points deploy", "a title", "5 percentage points", "")))
