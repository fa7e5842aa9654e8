"""Runs whose outputs were put together by hand from made-up reviews, and their reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.tokens import tokenize
from tasks.configuration.parameters import EvaluationParameters
from tasks.configuration.settings import Settings
from tasks.modelling.texts import DIGESTS
from tasks.report import write_report
from tasks.sources.demo_reviews import make_demo_reviews
from tasks.storage.artifacts import Artifact, Output, canonical_json
from tasks.storage.store import Store
from tests.contracts import WINE
from tests.parsed_page import Page, read

NASTY = (
    '<script>window.pwned=1</script> <img src=x onerror="window.pwned=1;alert(1)">'
    ' [x](javascript:alert(1)) ![y](http://evil.example/y.png) =HYPERLINK("http://evil.example")'
    " www.evil.example | a@evil.example `code` **bold** </td></blockquote> {{ 7 * 7 }} & \u202e"
)
from tests.digests import digest_text

SIDES = ("train", "validation", "test")


def make_reviews(rows: int) -> pa.Table:
    """Made-up reviews as the stages see them, all texts distinct in effect."""
    reviews = make_demo_reviews(rows, seed=0)
    reviews = reviews.rename_columns(["review_index", *reviews.column_names[1:]])
    reviews = reviews.add_column(0, "row_number", pa.array(range(rows), pa.int64()))
    digests = [digest_text(text) for text in reviews["description"].to_pylist()]
    return reviews.append_column(DIGESTS, pa.array(digests, pa.binary(32)))


def replace(reviews: pa.Table, row: int, **values: object) -> pa.Table:
    """The reviews with other values in one row."""
    for name, value in values.items():
        column = reviews[name].to_pylist()
        column[row] = value
        place = reviews.column_names.index(name)
        reviews = reviews.set_column(place, name, pa.array(column, reviews[name].type))
    return reviews


def publish(store: Store, stage: str, files: dict[str, Any], facts: dict[str, Any]) -> Artifact:
    ingredients = {
        "inputs": {"reviews": "5" * 64},
        "code": {f"tasks/{stage}.py": "c0de" * 16},
        "libraries": {"pyarrow": "20.0.1", f"lib-of-{stage}": "1.2"},
    }
    draft = Artifact(
        stage=stage, address=f"{stage}0123", digest="", ingredients=ingredients, seconds=2.5
    )
    with store.workspace(stage, draft.address) as workspace:
        for name, content in files.items():
            if isinstance(content, pa.Table):
                pq.write_table(content, workspace.output / name)
            else:
                (workspace.output / name).parent.mkdir(exist_ok=True)
                (workspace.output / name).write_bytes(canonical_json(content))
        return store.publish(draft, workspace, Output(facts=facts))


def predict_by_hand(test: pa.Table) -> pa.Table:
    """Predictions that are off by a known amount: row by row 0.1, 0.2, ... points too high."""
    errors = np.round(np.arange(1, test.num_rows + 1) * 0.1, 1)
    points = test["points"].to_numpy()
    return pa.table(
        {
            "row_number": test["row_number"],
            "actual": test["points"],
            "estimated": points + errors,
            DIGESTS: test[DIGESTS],
            "predicted": points + errors,
            "error": errors,
            "seen": pa.array(np.arange(test.num_rows) % 4 == 0),
        }
    )


FIGURES: dict[str, Any] = {
    "test_mae": 1.2345,
    "test_mae_unseen": 1.3456,
    "fair": {
        "rows": 15,
        "mae": {"network": 1.4567, "median": 2.7, "ridge": 1.9},
        "interval": [1.1111, 1.3333],
    },
    "rows": 20,
    "seen_rows": 5,
    "baselines": {
        "median": {"test_mae": 2.5, "test_mae_unseen": 2.6},
        "ridge": {"test_mae": 1.75, "test_mae_unseen": 1.8},
    },
    "intervals": [
        {"level": "80", "half_width": 2.1, "coverage": 0.8125, "coverage_unseen": 0.8},
        {"level": "95", "half_width": 3.6, "coverage": 0.9625, "coverage_unseen": 0.95},
    ],
    "calibration_rows": 1234,
    "slices": [
        {"by": "country", "slice": "Italy", "rows": 12, "mae": 1.2, "bias": -0.25}
        | {"coverage": {"80": 0.75, "95": 1.0}},
        {"by": "price", "slice": "120 USD or more", "rows": 7, "mae": 1.5, "bias": 0.125}
        | {"coverage": {"80": 0.5, "95": 0.875}},
    ],
}
DECISION: dict[str, Any] = {
    "verdict": "Promoted",
    "reason": "The candidate beats the champion.",
    "checks": [
        {
            "name": "beats ridge regression",
            "passed": True,
            "detail": "MAE 1.346 against 1.800",
            "figures": {"mae": 1.346},
        },
        {
            "name": "is better than the champion",
            "passed": True,
            "detail": "gain 0.1 & more",
            "figures": {
                "loss_max": 0.1,
                "slices": [
                    {
                        "by": "country",
                        "slice": "<Chile>",
                        "rows": 1200,
                        "loss": 0.5,
                        "lower_limit": 0.25,
                        "passed": False,
                    }
                ],
            },
        },
    ],
    "champion_before": "aaaa1111",
    "champion_after": "bbbb2222",
}
SETTINGS = Settings(evaluation=EvaluationParameters(worst_count=3))


def put_together(
    store: Store,
    reviews: pa.Table | None = None,
    predictions: pa.Table | None = None,
    figures: dict[str, Any] = FIGURES,
    decision: dict[str, Any] = DECISION,
) -> dict[str, Any]:
    """Publish the outputs of a run, and return the report's arguments.

    Of the reviews the last 20 are the test set, the 20 before them the validation set.
    """
    reviews = make_reviews(100) if reviews is None else reviews
    rows = reviews.num_rows
    sets = dict(
        zip(SIDES, map(reviews.slice, (0, rows - 40, rows - 20), (rows - 40, 20, 20)), strict=True)
    )
    words = set(tokenize(sets["train"]["description"].combine_chunks()).flatten().to_pylist())
    predictions = predict_by_hand(sets["test"]) if predictions is None else predictions
    history = [{"loss": 2.5, "validation_mae": 1.9}, {"loss": 1.5, "validation_mae": 1.625}]
    trained = {"parameters": 12345, "best_epoch": 2, "validation_mae": 1.625, "epochs": 2}
    trained |= {"devices": ["CPU:0"], "precision": "float32", "cudnn": "there is no GPU"}
    data = {"verdict": "Accepted", "rows": rows, "rejected": 3, "reasons": [], "failures": []}
    pages = dict.fromkeys(("data_quality.html", "rejects.csv", "data_docs/index.html"), 0)
    return {
        "checked": publish(store, "validate", pages, data),
        "splits": publish(
            store, "split", {f"{s}.parquet": t for s, t in sets.items()}, {"train": rows - 40}
        ),
        "vocabulary": publish(store, "vectorize", {"vocabulary.json": sorted(words)}, {}),
        "trained": publish(store, "train", {"history.json": history, "model.keras": 0}, trained),
        "baselines": publish(store, "baselines", {}, {"ridge_rows": rows - 40}),
        "evaluated": publish(
            store, "evaluate", {"predictions.parquet": predictions, "figures.json": figures}, {}
        ),
        "decision": publish(store, "promote", {"decision.json": decision}, {}),
        "curve": None,
        "contract_name": "wine_reviews",
        "dataset": WINE.dataset,
        "settings": SETTINGS,
        "chosen": [],
        "device": "cpu",
        "source": "reviews.csv",
    }


def report(store: Store, arguments: dict[str, Any]) -> Path:
    """Write the report of these arguments and publish it; returns its folder."""
    given = {name: value for name, value in arguments.items() if name != "source"}
    with store.workspace("report", "report0123", arguments["source"]) as workspace:
        output = write_report.__wrapped__(workspace, **given)  # type: ignore[attr-defined]
        draft = Artifact(stage="report", address="report0123", digest="")
        artifact = store.publish(draft, workspace, output, replace=True)
    return store.root / artifact.folder


def page_of(store: Store, arguments: dict[str, Any]) -> Page:
    return read((report(store, arguments) / "report.html").read_text(encoding="utf-8"))


def put_together_nastily(store: Store) -> dict[str, Any]:
    """A run that holds NASTY and a very long word in every place that a stranger can write to."""
    reviews = make_reviews(100)
    for row in (0, 60, 80, 99):
        values = dict.fromkeys(
            ("description", "title", "variety", "country"), f"{NASTY} {'x' * 900}"
        )
        reviews = replace(reviews, row, **values)
    slices = [s | {"slice": f"{NASTY} {'x' * 300}"} for s in FIGURES["slices"]]
    arguments = put_together(store, reviews, figures=FIGURES | {"slices": slices})
    return arguments | {"source": f"{NASTY}/{'y' * 300}.csv"}
