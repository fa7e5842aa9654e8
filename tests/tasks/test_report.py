"""The report of runs whose outputs were put together by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import unquote

import pytest

from tasks.report import list_scores
from tasks.storage.store import Store
from tests.parsed_page import read
from tests.reported_runs import FIGURES, put_together, report

pytestmark = pytest.mark.heavy


def test_the_candidate_stands_first_and_each_model_has_all_figures() -> None:
    candidate, median, ridge = list_scores(FIGURES)
    assert candidate == {"name": "Candidate", "every": 1.2345, "unseen": 1.3456, "fair": 1.4567}
    assert (median["name"], median["fair"]) == ("Training median", 2.7)
    assert (ridge["every"], ridge["unseen"], ridge["fair"]) == (1.75, 1.8, 1.9)


def test_links_lead_to_files_beside_the_page(store: Store) -> None:
    folder = report(store, put_together(store))
    page = read((folder / "report.html").read_text(encoding="utf-8"))
    targets = [str(attributes["href"]) for tag, attributes in page.elements if tag == "a"]
    assert targets == ["data_quality.html"]
    assert all((folder / unquote(target)).is_file() for target in targets)


@pytest.mark.parametrize("ridge_rows", [60, 50])
def test_a_baseline_that_was_trained_on_a_sample_is_told(store: Store, ridge_rows: int) -> None:
    arguments = put_together(store)
    facts = {"facts": {"ridge_rows": ridge_rows}}
    arguments["baselines"] = arguments["baselines"].model_copy(update=facts)
    folder = report(store, arguments)
    said = "Ridge regression was trained on a sample of 50 of the 60 training reviews"
    for name in ("report.html", "report.md"):
        text = (folder / name).read_text(encoding="utf-8")
        assert (said in text) == (ridge_rows == 50)
        assert ("trained on a sample" in text) == (ridge_rows == 50)


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
        "rejects.csv",
        "report.html",
        "report.md",
    }
    assert first == second


def test_facts_name_the_verdict_and_the_mae(store: Store) -> None:
    folder = report(store, put_together(store))
    manifest = json.loads((folder.parent / "manifest.json").read_bytes())
    facts = json.loads(manifest["manifest"])["facts"]
    assert facts == {"verdict": "Promoted", "test_mae": 1.2345}


def test_import_is_light() -> None:
    program = "import sys, tasks.report; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"matplotlib", "sklearn", "keras", "tensorflow", "great_expectations", "pandas"}
    assert heavy.isdisjoint(loaded.stdout.split())
