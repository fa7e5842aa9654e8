"""The report of runs whose outputs were put together by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import unquote

import pyarrow as pa
import pytest

from tasks.engine.store import Store
from tasks.parameters import EvaluationParameters
from tasks.report import list_scores
from tests.parsed_page import read
from tests.reported_runs import FIGURES, put_together, report


def test_unseen_interval_is_of_the_unseen_rows_alone() -> None:
    predictions = pa.table({"error": [0.5, -0.5, 9.0, 0.5], "seen": [False, False, True, False]})
    network, *baselines = list_scores(FIGURES, predictions, EvaluationParameters())
    assert network["unseen_interval"] == (0.5, 0.5)
    assert network["every_interval"] == [1.1111, 1.3333]
    assert [b["unseen_interval"] for b in baselines] == [None, None]


def test_links_lead_to_files_beside_the_page(store: Store) -> None:
    folder = report(store, put_together(store))
    page = read((folder / "report.html").read_text(encoding="utf-8"))
    targets = [str(attributes["href"]) for tag, attributes in page.elements if tag == "a"]
    assert targets == ["data_quality.html"]
    assert all((folder / unquote(target)).is_file() for target in targets)


@pytest.mark.parametrize("source", ["demo", "demo.csv"])
def test_demo_data_is_called_made_up(store: Store, source: str) -> None:
    arguments = put_together(store)
    arguments["source"] = source
    folder = report(store, arguments)
    for name in ("report.html", "report.md"):
        text = (folder / name).read_text(encoding="utf-8")
        assert ("Demo data: made-up reviews." in text) == (source == "demo")


def test_same_inputs_give_the_same_bytes(store: Store) -> None:
    arguments = put_together(store)
    first, second = (
        {path.name: path.read_bytes() for path in report(store, arguments).rglob("*.*")}
        for _ in range(2)
    )
    assert first.keys() == {
        "data_quality.html",
        "index.html",
        "manifest.json",
        "rejects.csv",
        "report.html",
        "report.md",
    }
    assert first == second


def test_facts_name_the_verdict_and_the_mae(store: Store) -> None:
    folder = report(store, put_together(store))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["facts"] == {"verdict": "Promoted", "test_mae": 1.2345}


def test_import_is_light() -> None:
    program = "import sys, tasks.report; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"matplotlib", "sklearn", "keras", "tensorflow", "great_expectations", "pandas"}
    assert heavy.isdisjoint(loaded.stdout.split())
