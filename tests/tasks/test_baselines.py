from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from tasks.baselines import fit_baselines
from tasks.configuration.parameters import BaselineParameters
from tasks.modelling.ridge import predict_with_ridge
from tasks.modelling.sides import choose_sample
from tasks.modelling.texts import DIGESTS, digest_texts
from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tests.contracts import WINE
from tests.stored_tables import store_table

PARAMETERS = BaselineParameters(document_count_min=1)

Predict = Callable[..., NDArray[np.float64]]


def make_table(texts: list[str], points: Sequence[float]) -> pa.Table:
    reviews = pa.table({"description": texts, "points": points})
    return reviews.append_column(DIGESTS, digest_texts(reviews["description"]))


@pytest.fixture
def predict(tmp_path: Path) -> Predict:
    """Predict texts by ridge regression on others."""

    def predict(
        train: list[str],
        points: Sequence[float],
        asked: list[str],
        parameters: BaselineParameters = PARAMETERS,
    ) -> NDArray[np.float64]:
        tables = (make_table(train, points), pa.table({"description": asked}))
        stored = (store_table(tmp_path, table) for table in tables)
        return predict_with_ridge(*stored, WINE.dataset, parameters)

    return predict


def test_ridge_learns_words_and_pairs_of_words(predict: Predict) -> None:
    train = ["soft wine", "firm wine", "not soft wine", "not firm wine"] * 30
    points = np.array([84, 92, 92, 84] * 30)
    predicted = predict(train, points, ["soft wine", "not soft wine"])
    assert predicted[0] < 86
    assert predicted[1] > 90


def test_words_that_are_too_rare_are_not_read(predict: Predict) -> None:
    train = ["plain wine"] * 9 + ["splendid wine"]
    points = np.array([85] * 9 + [99])
    parameters = BaselineParameters(document_count_min=2)
    both = predict(train, points, ["splendid wine", "wine"], parameters)
    assert both[0] == both[1]


def test_the_same_rows_give_the_same_predictions(predict: Predict) -> None:
    train = [f"wine number {n % 7} of {n % 3}" for n in range(60)]
    points = np.arange(60) % 20 + 80
    one, other = (predict(train, points, train) for _ in range(2))
    assert (one == other).all()


def test_the_predictions_are_those_of_models_of_the_training_reviews_alone(
    store: Store, predict: Predict
) -> None:
    words, points = ["soft wine", "firm wine"] * 30 + ["soft wine"], [84, 92] * 30 + [84]
    train = pa.table({"row_number": range(61), "description": words, "points": points})
    # The test points are far off, and shape nothing.
    asked = ["firm wine", "soft wine", "firm wine"]
    test = pa.table({"row_number": [70, 80, 95], "description": asked, "points": [100, 100, 100]})
    known, tested = (Artifact(stage=name, address="a", digest="") for name in ("known", "tested"))
    for artifact, name, table in ((known, "train", train), (tested, "test", test)):
        (store.root / artifact.folder).mkdir(parents=True)
        pq.write_table(table, store.root / artifact.folder / f"{name}.parquet")
    workspace = Workspace(store.objects, store.root / "work", "")
    output = fit_baselines.__wrapped__(workspace, known, tested, WINE.dataset, PARAMETERS)
    predicted = pq.read_table(workspace.output / "predictions.parquet").to_pydict()
    assert output.facts == {"test_rows": 3, "ridge_rows": 61}
    assert predicted["row_number"] == [70, 80, 95]
    assert predicted["median"] == [84.0] * 3
    assert predicted["ridge"] == pytest.approx([92, 84, 92], abs=0.3)
    alone = predict(words, points, asked)
    assert predicted["ridge"] == alone.tolist()


def test_a_ridge_is_as_stiff_as_it_is_told_and_as_rare_a_word_counts(predict: Predict) -> None:
    train, points = ["soft wine", "firm wine"] * 5, np.array([84, 92] * 5)
    loose, stiff = (
        np.ptp(predict(train, points, train, PARAMETERS.model_copy(update=changes)))
        for changes in ({"ridge_alpha": 0.01}, {"ridge_alpha": 100.0})
    )
    assert loose > 7.9
    assert stiff < 1
    # Of fewer reviews than a word has to be in, those count that are in all.
    few = PARAMETERS.model_copy(update={"document_count_min": 50})
    assert predict(train, points, train, few) == pytest.approx([88] * 10)


def test_of_a_word_that_is_repeated_the_logarithm_counts(predict: Predict) -> None:
    points = np.array([80, 90] * 20)
    loose = PARAMETERS.model_copy(update={"ridge_alpha": 0.01})
    predicted = predict(["oak", "plum"] * 20, points, ["oak" + " plum" * 20], loose)
    # 1 + ln 20 plums for one oak; twenty of them would give 89.7 points.
    assert predicted == pytest.approx([88.6], abs=0.2)
    assert predicted.dtype == np.float64


def test_three_words_in_a_row_are_not_read(predict: Predict) -> None:
    train = ["wine soft wine firm wine", "wine firm wine soft wine"]
    predicted = predict(train * 20, np.array([80, 90] * 20), train)
    assert predicted == pytest.approx([85, 85])


@pytest.mark.parametrize("texts", [["🍷🍇"] * 20, [f"w{n}" for n in range(20)], ["a b"] * 20])
def test_without_a_word_in_enough_texts_ridge_is_the_mean(
    predict: Predict, texts: list[str]
) -> None:
    points = np.arange(20.0)
    predicted = predict(texts, points, ["anything", ""])
    assert predicted.tolist() == [9.5, 9.5]


def test_with_fewer_texts_than_documents_asked_for_a_word_must_be_in_all(predict: Predict) -> None:
    train, points = ["oak oak plum", "oak plum plum"], np.array([80.0, 100.0])
    parameters = BaselineParameters(document_count_min=5)
    one, other = predict(train, points, train, parameters)
    assert one < 90 < other


def test_of_more_reviews_than_ridge_may_see_a_sample_is_trained_on(
    tmp_path: Path, predict: Predict
) -> None:
    texts = [f"word{n % 11} word{n % 7} text{n}" for n in range(150)]
    table = make_table(texts, [80 + n % 20 for n in range(150)])
    few = PARAMETERS.model_copy(update={"train_rows_max": 40})
    chosen = table.filter(pa.array(choose_sample(table[DIGESTS], 40, 0))).to_pydict()
    sampled = predict(texts, table["points"].to_pylist(), texts, few)
    assert (sampled == predict(chosen["description"], chosen["points"], texts)).all()
    whole = predict(texts, table["points"].to_pylist(), texts)
    assert not np.allclose(sampled, whole)
    enough = PARAMETERS.model_copy(update={"train_rows_max": 150})
    assert (predict(texts, table["points"].to_pylist(), texts, enough) == whole).all()
