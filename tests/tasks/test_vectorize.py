from __future__ import annotations

import random

import pytest

from tasks.configuration.parameters import VectorizerParameters
from tasks.modelling.vectorizer import adapt_vocabulary, make_vectorizer

pytestmark = pytest.mark.heavy

TEXTS = ["Firm, firm and FIRM!", "soft; and firm", "and so", "zesty", "amber"]


def test_the_vocabulary_is_the_most_frequent_tokens_first() -> None:
    vocabulary = adapt_vocabulary([TEXTS], VectorizerParameters(vocabulary_size=4))
    assert vocabulary == ["firm", "and"]


def test_ties_stand_in_a_fixed_order_whatever_that_of_the_rows() -> None:
    parameters = VectorizerParameters(vocabulary_size=100)
    shuffled = TEXTS.copy()
    random.Random(1).shuffle(shuffled)
    vocabulary = adapt_vocabulary([TEXTS], parameters)
    assert adapt_vocabulary([shuffled], parameters) == vocabulary
    assert adapt_vocabulary([shuffled[:1], shuffled[1:]], parameters) == vocabulary


def test_a_vectorizer_made_from_the_vocabulary_numbers_its_tokens() -> None:
    parameters = VectorizerParameters(vocabulary_size=10, sequence_length=4)
    vectorizer = make_vectorizer(parameters, ["firm", "and"])
    numbers = vectorizer(["And firm, unknown", "one two three four five", ""]).numpy()
    assert numbers.tolist() == [[3, 2, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]]
