"""The page of a run."""

from __future__ import annotations

import re
from typing import Literal

import pyarrow as pa
import pytest

from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store
from tests.reported_runs import (
    DECISION,
    FIGURES,
    make_reviews,
    page_of,
    predict_by_hand,
    publish,
    put_together,
    report,
)

pytestmark = pytest.mark.heavy

TOO_FEW = "There are too few validation reviews for some levels"


def test_page_shows_every_slice_beside_the_champion(store: Store) -> None:
    arguments = put_together(store)
    page = page_of(store, arguments)
    assert "1 slice beside the champion" in page.text
    assert "country <Chile> 1,200 +0.500 +0.250 ✗" in page.text
    markdown = (report(store, arguments) / "report.md").read_text(encoding="utf-8")
    assert r"| country | \<Chile\> | 1200 | 0.500 | 0.250 |" in markdown


def test_page_begins_with_the_verdict_and_keeps_its_order(store: Store) -> None:
    page = page_of(store, put_together(store))
    assert page.text.startswith(
        "Retraining report · wine_reviews The candidate is the new champion. Promoted"
        " The candidate beats the champion. ✓ The candidate beats ridge regression: yes"
        " – MAE 1.346 against 1.800"
    )
    assert "The champion bbbb2222 replaces aaaa1111." in page.text
    assert page.texts_of("h2") == [
        "Mean absolute error",
        "The candidate beside the baselines",
        "Epochs",
        "Predicted against actual",
        "Prediction intervals",
        "Slices",
        "Worst predictions",
        "What the model saw",
        "What went in",
    ]


@pytest.mark.parametrize(
    ("signs", "sentence"),
    [
        ("strip", "removes ASCII punctuation"),
        ("keep", "Numbers and punctuation marks are separate tokens"),
    ],
)
def test_page_says_what_becomes_of_punctuation(
    store: Store, signs: Literal["strip", "keep"], sentence: str
) -> None:
    arguments = put_together(store)
    vectorizer = arguments["settings"].vectorizer.model_copy(update={"punctuation": signs})
    settings = arguments["settings"].model_copy(update={"vectorizer": vectorizer})
    text = page_of(store, arguments | {"settings": settings}).text
    said = {"removes ASCII punctuation", "Numbers and punctuation marks are separate tokens"}
    assert {one for one in said if one in text} == {sentence}


@pytest.mark.parametrize(
    ("verdict", "before", "after", "sentences"),
    [
        ("Promoted", None, "b1", ["is the new champion.", "b1 is the first champion. The reviews"]),
        (
            "KeptChampion",
            "a1",
            "a1",
            ["The champion stays.", "The champion is still a1. The reviews"],
        ),
        ("NotPromoted", None, None, ["does not become one.", "There is no champion."]),
    ],
)
def test_page_says_what_became_of_the_champion(
    store: Store, verdict: str, before: str | None, after: str | None, sentences: list[str]
) -> None:
    decision = {
        "verdict": verdict,
        "reason": "For a reason.",
        "checks": [
            {"name": "beats it", "passed": verdict == "Promoted", "detail": "by 1", "figures": {}}
        ],
        "champion_before": before,
        "champion_after": after,
    }
    page = page_of(store, put_together(store, decision=decision))
    assert all(sentence in page.text for sentence in sentences)
    mark = (
        "✓ The candidate beats it: yes" if verdict == "Promoted" else "✗ The candidate beats it: no"
    )
    assert mark in page.text


@pytest.mark.parametrize(
    ("strategy", "sentence"),
    [
        ("hash", "The file is split by the texts: equal texts are in the same set. The texts of"),
        ("positional", "split by the position of the rows: equal texts may be in two sets. The"),
    ],
)
def test_page_says_how_the_file_was_split(
    store: Store, strategy: Literal["hash", "positional"], sentence: str
) -> None:
    arguments = put_together(store)
    split = arguments["settings"].split.model_copy(update={"strategy": strategy})
    settings = arguments["settings"].model_copy(update={"split": split})
    assert sentence in page_of(store, arguments | {"settings": settings}).text


def test_page_marks_the_values_that_the_preset_chose(store: Store) -> None:
    arguments = put_together(store)
    assert "chosen by" not in page_of(store, arguments).text
    text = page_of(store, arguments | {"chosen": ["network.lstm_units", "training.epochs"]}).text
    assert "The preset auto chose the marked values for the number and the length" in text
    assert text.count("chosen by auto") == 2
    epochs = arguments["settings"].training.epochs
    assert f"training.epochs {epochs} chosen by auto" in text


def test_page_shows_the_figures_of_the_evaluation(store: Store) -> None:
    page = page_of(store, put_together(store))
    for expected in (
        "The 15 texts of the promotion 1.457 95% interval 1.111 to 1.333",
        "All 20 test rows 1.234 The 15 unseen rows 1.346 Validation",
        "The texts of 5 of the 20 test reviews are also in the training set",
        "Candidate 1.457 1.234 1.346 – Training median 2.700 2.500 2.600 +1.266"
        " Ridge on TF-IDF of words and bigrams 1.900 1.750 1.800 +0.516",
        "1 2.500 1.900 2 (kept) 1.500 1.625",
        "Split-conformal intervals, measured on the 1,234 validation reviews",
        "80 % 2.100 81.2 % 80.0 % 95 % 3.600 96.2 % 95.0 %",
        "country Rows MAE Bias In 80 % In 95 % Italy 12 1.200 −0.250 75 % 100 %",
        "price (USD) Rows MAE Bias In 80 % In 95 % 120 USD or more 7 1.500 +0.125 50 % 88 %",
        "100 rows, 3 of them left out by the contract",
    ):
        assert expected in page.text
    assert TOO_FEW not in page.text
    markdown = (report(store, put_together(store)) / "report.md").read_text(encoding="utf-8")
    assert r"| 80 | 2.100 | 81\.25% | 80\.00% |" in markdown
    assert r"| country | Italy | 12 | 1.200 | -0.250 | 75\.00% | 100% |" in markdown
    pictures = [a["aria-label"] for tag, a in page.elements if tag == "svg"]
    assert [str(label).split()[0] for label in pictures] == [
        "MAE",
        "Training",
        "Predicted",
        "Error",
    ]


def test_a_learning_curve_says_whether_more_reviews_would_help(store: Store) -> None:
    measured = [
        {"rows": 500, "network": 2.125, "ridge": 2.0},
        {"rows": 1_000, "network": 1.875, "ridge": 1.75},
    ]
    curve = publish(store, "learning_curve", {"learning_curve.json": measured}, {})
    arguments = put_together(store) | {"curve": curve}
    page = page_of(store, arguments)
    assert "Would more reviews help?" in page.texts_of("h2")
    advice = "Both gained: more reviews are likely to help, but ridge as well."
    for expected in ("500 2.125 2.000 1,000 1.875 1.750", advice):
        assert expected in page.text
    pictures = [a["aria-label"] for tag, a in page.elements if tag == "svg"]
    assert any(str(label).startswith("Learning curve from 500 to 1,000") for label in pictures)
    assert "learning_curve" in page.text
    markdown = (report(store, arguments) / "report.md").read_text(encoding="utf-8")
    assert "## Would more reviews help?" in markdown
    assert advice in markdown
    chosen = "The model's MAE is that of its best epoch on the same validation set"
    assert page.text.count(chosen) == markdown.count(chosen) == 1


def test_page_of_a_run_with_every_row_seen_and_no_slices(store: Store) -> None:
    predictions = predict_by_hand(make_reviews(100).slice(80))
    place = predictions.column_names.index("seen")
    predictions = predictions.set_column(place, "seen", pa.array([True] * 20))
    scores = {name: s | {"test_mae_unseen": None} for name, s in FIGURES["baselines"].items()}
    figures = FIGURES | {
        "test_mae_unseen": None,
        "seen_rows": 20,
        "fair": {"rows": 0, "mae": dict.fromkeys(FIGURES["fair"]["mae"]), "interval": None},
        "slices": [],
        "baselines": scores,
        "intervals": [i | {"coverage_unseen": None} for i in FIGURES["intervals"]],
    }
    page = page_of(store, put_together(store, predictions=predictions, figures=figures))
    assert "The 0 unseen rows – Validation" in page.text
    assert "Training median – 2.500 – +1.266" in page.text
    assert "No slice is that large." in page.text


def test_page_says_so_where_validation_is_too_small_for_an_interval(store: Store) -> None:
    wide = FIGURES["intervals"][1] | {"half_width": None, "coverage": 1.0}
    figures = FIGURES | {"intervals": [FIGURES["intervals"][0], wide]}
    page = page_of(store, put_together(store, figures=figures))
    assert TOO_FEW in page.text
    assert "95 % the whole scale 100.0 % 95.0 %" in page.text


def test_page_says_so_when_no_test_review_stands_in_train(store: Store) -> None:
    page = page_of(store, put_together(store, figures=FIGURES | {"seen_rows": 0}))
    assert "None of the 20 test reviews has a text of the training set" in page.text


def test_settings_and_types_are_written_without_a_programs_words(store: Store) -> None:
    page = page_of(store, put_together(store))
    for said in ("interval_levels 0.8 and 0.95", "ingest.nulls none", "deterministic no", "Type"):
        assert said in page.text
    assert not re.search(r"\b(True|False|None|Arrow|int64|fixed_size_binary)\b|\(\)", page.text)


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        ((True, True), "All checks passed.\n\n| The candidate | detail |"),
        ((False, False), "No check passed.\n\n| The candidate | detail |"),
        ((True, False), "\\.\n\n| The candidate | passed | detail |"),
    ],
)
def test_checks_with_the_same_result_have_no_column_for_it(
    store: Store, passed: tuple[bool, bool], said: str
) -> None:
    checks = [c | {"passed": p} for c, p in zip(DECISION["checks"], passed, strict=True)]
    arguments = put_together(store, decision=DECISION | {"checks": checks})
    assert said in (report(store, arguments) / "report.md").read_text(encoding="utf-8")


def test_page_names_all_that_went_in(store: Store) -> None:
    arguments = put_together(store)
    page = page_of(store, arguments)
    for value in arguments.values():
        if isinstance(value, Artifact):
            assert f"{value.stage} {value.address} {value.digest} 2.5" in page.text
            assert f"tasks/{value.stage}.py c0dec0de" in page.text
            assert f"lib-of-{value.stage} 1.2" in page.text
    assert "Trained on the device cpu (CPU:0) in float32; cuDNN: there is no GPU." in page.text
    assert "The model has 12,345 weights; the best of 2 epochs was number 2" in page.text
    assert "have the digest 5555" in page.text
    meaning = "Number of worst predictions that the report shows with their text."
    assert f"evaluation.worst_count 3 {meaning}" in page.text
