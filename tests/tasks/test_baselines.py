from __future__ import annotations

import numpy as np

from tasks.baselines import predict_with_ridge
from tasks.parameters import BaselineParameters

PARAMETERS = BaselineParameters(document_count_min=1)


def test_ridge_learns_words_and_pairs_of_words() -> None:
    train = ["soft wine", "firm wine", "not soft wine", "not firm wine"] * 30
    points = np.array([84, 92, 92, 84] * 30)
    predicted = predict_with_ridge(train, points, ["soft wine", "not soft wine"], PARAMETERS)
    assert predicted[0] < 86
    assert predicted[1] > 90


def test_words_that_are_too_rare_are_not_read() -> None:
    train = ["plain wine"] * 9 + ["splendid wine"]
    points = np.array([85] * 9 + [99])
    parameters = BaselineParameters(document_count_min=2)
    both = predict_with_ridge(train, points, ["splendid wine", "wine"], parameters)
    assert both[0] == both[1]


def test_the_same_rows_give_the_same_predictions() -> None:
    train = [f"wine number {n % 7} of {n % 3}" for n in range(60)]
    points = np.arange(60) % 20 + 80
    one, other = (predict_with_ridge(train, points, train, PARAMETERS) for _ in range(2))
    assert (one == other).all()
