"""The pipeline on real reviews, wherever they lie beside the project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import retrain

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

NOTEBOOK = (
    "--preset=notebook",
    "--vectorizer.vocabulary-size=10000",
    "--network.embedding-units=50",
    "--network.lstm-units=16",
    "--training.epochs=2",
)


def test_the_notebooks_rows_train_a_network_that_beats_the_median(
    real_reviews: Path, tmp_path: Path, capfd
) -> None:
    store = tmp_path / "store"
    ended = retrain(capfd, store, f"--source={real_reviews}", *NOTEBOOK)
    assert ended.code == 0, ended.errors
    rows = ended.answer["rows"]
    assert rows["source"] == 109_209
    # Two texts in a wrong encoding, one of them by one letter; one with a control character.
    assert rows["rejected"] == 3
    valid = rows["source"] - rows["rejected"]
    assert rows["train"] == 10_000
    assert (rows["validation"], rows["test"]) == pytest.approx(
        (0.154 * valid, 0.231 * valid), abs=1
    )
    assert 0 < rows["test_seen_in_train"] < 800
    median = ended.answer["baselines"]["median"]["test_mae"]
    assert median == pytest.approx(2.68, abs=0.03)
    assert ended.answer["test_mae"] < 2.1
    assert ended.answer["test_mae_unseen"] >= ended.answer["test_mae"] - 0.05
    (figures,) = store.glob("evaluate/*/*/figures.json")
    for interval in json.loads(figures.read_bytes())["intervals"]:
        promised = float(interval["level"]) / 100
        assert interval["coverage"] == pytest.approx(promised, abs=0.015)
        assert interval["coverage_unseen"] == pytest.approx(promised, abs=0.015)
    again = retrain(capfd, store, f"--source={real_reviews}", *NOTEBOOK)
    assert again.answer["verdict"] == "Unchanged"
    assert again.worked == set()


def test_a_file_too_short_for_the_end_rows_is_told_so(
    real_reviews: Path, tmp_path: Path, capfd
) -> None:
    short = real_reviews.with_name("wine_reviews_2k.csv")
    positional = ("--preset=full", "--split.strategy=positional")
    ended = retrain(capfd, tmp_path / "store", f"--source={short}", *positional)
    assert ended.code == 2
    assert "the file ends at row 1999" in ended.errors.strip().splitlines()[-1]


def test_a_short_file_trains_with_the_hash_split(real_reviews: Path, tmp_path: Path, capfd) -> None:
    short = real_reviews.with_name("wine_reviews_2k.csv")
    ended = retrain(capfd, tmp_path / "store", f"--source={short}")
    assert ended.code == 0, ended.errors
    assert ended.answer["rows"]["source"] == 2_000
    assert ended.answer["rows"]["test_seen_in_train"] == 0
