"""Reviews of other things: from an unknown file to scores, beside wine reviews in one store."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.champion import main as champion
from flows.contract import main as contract
from flows.export import main as export
from tasks.champions.champion import ChampionRegistry
from tasks.storage.opening import open_store
from tests.commands import check_data, last_object, retrain, score
from tests.other_reviews import halves, make_reviews, write_csv
from tests.trained_stores import GOOD

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

OPTIONS = (*GOOD[1:], "--split.test-fraction=0.2")


@pytest.fixture
def beers(tmp_path: Path) -> tuple[str, str]:
    """Options that name a drafted contract and its file."""
    file = write_csv(make_reviews(halves, rows=1_500), tmp_path / "beers.csv")
    output = tmp_path / "beers.odcs.yaml"
    words = ["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]
    assert contract(words) == 0
    return f"--contract={output}", f"--source={file}"


@pytest.fixture
def store(champion_store: Path, tmp_path: Path) -> Path:
    """A store with a champion of wine reviews."""
    return Path(shutil.copytree(champion_store, tmp_path / "store"))


def test_two_contracts_share_a_store_and_nothing_else(
    beers: tuple[str, str], store: Path, tmp_path: Path, capfd
) -> None:
    wine = ChampionRegistry(open_store(str(store)))
    champion_before, events_before = wine.current(), wine.history()
    ended = retrain(capfd, store, *beers, *OPTIONS)
    assert ended.answer["verdict"] in ("Promoted", "NotPromoted"), ended.errors
    named = [beers[0], f"--store={store}"]
    assert champion(["list", *named, "--json"]) == 0
    (event,) = last_object(capfd.readouterr().out)["history"]
    if ended.answer["verdict"] == "NotPromoted":
        assert champion(["promote", event["version"], *named, "--reason=a test"]) == 0
    assert (wine.current(), wine.history()) == (champion_before, events_before)
    again = retrain(capfd, store, *beers, *OPTIONS).answer["verdict"]
    assert again in ("Unchanged", "KeptChampion")
    assert retrain(capfd, store, *GOOD).answer["verdict"] == "Unchanged"

    scores = tmp_path / "scores.parquet"
    scored = score(capfd, store, *beers, f"--output={scores}")
    assert scored.answer["verdict"] == "Scored", scored.errors
    table = pq.read_table(scores)
    assert table.column_names[:2] == ["row_number", "predicted_stars"]
    predicted = table["predicted_stars"].to_numpy()
    assert ((predicted * 2) % 1 == 0).all()
    assert predicted.min() >= 0
    assert predicted.max() <= 10
    folder = tmp_path / "saved_model"
    assert export([*named, f"--output={folder}"]) == 0
    assert (folder / "saved_model.pb").exists()
    for page in (Path(ended.answer["report"]), Path(ended.answer["data_quality_report"])):
        text = page.read_text().replace("percentage points", "")
        assert "beers" in text
        assert not re.search(r"wine|\bpoints\b|USD", text.replace("wine-points", "")), page


def test_a_network_that_loses_to_ridge_gets_a_learning_curve(
    beers: tuple[str, str], tmp_path: Path, capfd
) -> None:
    options = (*beers, "--preset=auto", "--training.epochs=1", "--training.learning-rate=1e-5")
    ended = retrain(capfd, tmp_path / "store", *options)
    assert ended.answer["verdict"] == "NotPromoted", ended.errors
    assert "does not beat ridge regression: MAE" in ended.answer["reason"]
    assert ended.states["learning_curve"] == "Completed"
    page = Path(ended.answer["report"]).read_text()
    assert "Would more reviews help?" in page
    # `auto` takes 500 of them as the test set, so that a promotion is possible.
    assert 400 < ended.answer["rows"]["test"] < 600
    again = retrain(capfd, tmp_path / "store", *options)
    assert again.answer["verdict"] == "Unchanged"
    assert again.worked == set()


def test_the_champion_sees_scores_that_were_shuffled(
    store: Path, tmp_path: Path, capfd, beers: tuple[str, str]
) -> None:
    reviews = make_reviews(halves, rows=1_500, seed=1)
    assert retrain(capfd, store, *beers, *OPTIONS).code == 0
    capfd.readouterr()
    named = [beers[0], f"--store={store}"]
    assert champion(["list", *named, "--json"]) == 0
    told = last_object(capfd.readouterr().out)
    if told["champion"] is None:
        version = told["history"][0]["version"]
        assert champion(["promote", version, *named, "--reason=a test"]) == 0
    sound = write_csv(reviews, tmp_path / "sound.csv")
    reference = "--reference=last"
    ended = check_data(capfd, store, beers[0], f"--source={sound}", reference)
    assert ended.answer["verdict"] == "Accepted", ended.answer
    scores = [row[-1] for row in reviews.rows]
    shifted = [[*row[:-1], s] for row, s in zip(reviews.rows, scores[1:] + scores[:1], strict=True)]
    file = write_csv(reviews._replace(rows=shifted), tmp_path / "shifted.csv")
    ended = check_data(capfd, store, beers[0], f"--source={file}", reference)
    assert ended.answer["verdict"] == "DataRejected"
    assert "champion_error_large" in {failure["rule"] for failure in ended.answer["failures"]}
