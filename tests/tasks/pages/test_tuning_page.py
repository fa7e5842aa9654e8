"""The page of a tuning, its pictures, and the same as Markdown."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.pages.tuning_content import tabulate, to_markdown, write_headline
from tasks.pages.tuning_figures import PICTURES_MAX, draw_setting, draw_trials, rank_dimensions
from tasks.pages.tuning_page import to_html
from tasks.trials.results import Trial
from tasks.trials.search_space import Dimension
from tests.contracts import POINTS
from tests.parsed_page import read
from tests.reported_runs import NASTY
from tests.tasks.pages.test_figures import label_of, texts_of

UNITS = Dimension("network.lstm_units", (16, 32, 48))
POOLING = Dimension("network.pooling", ("last", "mean_max"))
DIMENSIONS = [UNITS, POOLING]


def trial(number: int, mae: float | None, units: int, pooling: str, **changes: Any) -> Trial:
    fields = {
        "number": number,
        "values": {"network.lstm_units": units, "network.pooling": pooling},
        "planned_epochs": 3,
        "state": "complete",
        "maes": () if mae is None else (mae + 0.2, mae + 0.1, mae),
        "validation_mae": mae,
        "seconds": 1234.5,
    }
    return Trial.model_validate(fields | changes)


TRIALS = [
    trial(1, 1.6, 32, "last"),
    trial(2, 1.5, 16, "mean_max"),
    trial(3, 1.9, 16, "last", state="pruned", maes=(1.9,)),
    trial(4, None, 48, "last", state="diverged"),
    trial(5, 1.4, 48, "mean_max"),
    trial(6, 1.4, 48, "mean_max", repeats=5),
    trial(7, 1.61, 16, "last"),
]


def content(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "trials": TRIALS,
        "dimensions": DIMENSIONS,
        "base": "notebook",
        "preset": "base: notebook\nnetwork:\n  lstm_units: 48\n",
        "rows": {"train": 10_000, "validation": 2_000},
        "source": "reviews.csv",
        "target": POINTS,
    }
    return fields | changes


def test_the_headline_names_the_best_trial_beside_the_preset() -> None:
    assert write_headline(TRIALS, "notebook", POINTS) == (
        "Trial 5 has the lowest validation MAE, 1.400, beside 1.600 of the preset notebook"
    )
    first = write_headline(TRIALS[:1], "demo", POINTS)
    assert first == "No trial is better than the preset demo, with a validation MAE of 1.600"


def test_the_table_says_how_each_trial_ended() -> None:
    rows = tabulate(TRIALS, DIMENSIONS, POINTS)
    told = [(r["state"], r["validation MAE"], r["epochs"], r["network.lstm_units"]) for r in rows]
    assert told[1:6] == [
        ("complete", "1.500", "3 of 3", "16"),
        ("pruned", "1.900", "1 of 3", "16"),
        ("diverged", "–", "–", "48"),
        ("complete", "1.400", "3 of 3", "48"),
        ("as trial 5", "1.400", "3 of 3", "48"),
    ]
    assert rows[0]["seconds"] == "1,234"


def test_the_pictures_say_in_words_what_they_show() -> None:
    assert label_of(draw_trials(TRIALS, POINTS)) == (
        "Validation MAE of 7 trials. The first has 1.600; the lowest is 1.400, of trial 5."
    )
    assert {"best so far", "complete", "pruned"} <= set(texts_of(draw_trials(TRIALS, POINTS)))
    shown = texts_of(draw_setting(TRIALS, UNITS, POINTS))
    assert [text for text in shown if text in ("16", "32", "48")] == ["16", "32", "48"]
    assert "pruned" not in texts_of(draw_trials(TRIALS[:2], POINTS))


def test_the_setting_that_explains_most_comes_first() -> None:
    ranked = rank_dimensions(TRIALS, DIMENSIONS)
    assert [dimension.name for dimension in ranked] == ["network.pooling", "network.lstm_units"]
    assert rank_dimensions(TRIALS[:2], DIMENSIONS) == []
    same = Dimension("network.pooling", ("last", "mean_max"))
    assert len(rank_dimensions(TRIALS, [same] * (PICTURES_MAX + 2))) == PICTURES_MAX


@pytest.mark.parametrize("trials", [TRIALS, TRIALS[:1], TRIALS[1:2] * 3])
def test_the_page_shows_the_file_the_pictures_and_the_table(trials: list[Trial]) -> None:
    page = read(to_html(content(trials=trials)))
    assert "network:\n  lstm_units: 48" in page.text or "lstm_units: 48" in page.text
    assert "10,000 training reviews" in page.text
    assert "Demo data" not in page.text
    assert "Demo data" in read(to_html(content(source="demo"))).text


def test_what_a_stranger_wrote_stays_text() -> None:
    hostile = content(source=NASTY, base=NASTY, preset=NASTY)
    page = to_html(hostile)
    assert "<script" not in page
    assert "<img" not in page
    assert "Trial 5" in read(page).text


def test_the_markdown_has_the_file_and_a_row_for_each_trial() -> None:
    text = to_markdown(content())
    assert "~~~~yaml\nbase: notebook\nnetwork:\n  lstm_units: 48\n~~~~" in text
    assert text.count("\n| ") == len(TRIALS) + 2
    assert "mean\\_max" in text
