"""The reviews that a run's page quotes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.configuration.parameters import VectorizerParameters
from tasks.modelling.texts import DIGESTS
from tasks.pages.quotes import quote, rank_worst, show_example
from tests.contracts import STARS_COLUMNS, WINE, make_contract
from tests.reported_runs import NASTY, make_reviews, predict_by_hand, replace
from tests.stored_tables import store_table


def test_worst_are_joined_by_row_number_whatever_the_order(tmp_path: Path) -> None:
    reviews = make_reviews(17).slice(7)
    test, predictions = store_table(tmp_path, reviews), predict_by_hand(reviews)
    turned = predictions.take(pa.array(list(range(10))[::-1]))
    worst = rank_worst(turned, test, WINE.dataset, 4)
    assert worst == rank_worst(predictions, test, WINE.dataset, 4)
    assert [review["row_number"] for review in worst] == [16, 15, 14, 13]
    texts = reviews["description"].to_pylist()
    assert [review["text"] for review in worst] == texts[:5:-1]
    assert rank_worst(predictions, test, WINE.dataset, 0) == []
    assert len(rank_worst(predictions, test, WINE.dataset, 99)) == 10


def test_equally_wrong_predictions_are_listed_by_row(tmp_path: Path) -> None:
    reviews = make_reviews(4)
    test, errors = store_table(tmp_path, reviews), pa.array([1.0, -3.0, 3.0, 3.0])
    predictions = predict_by_hand(reviews).drop_columns("error").append_column("error", errors)
    assert [review["row_number"] for review in rank_worst(predictions, test, WINE.dataset, 3)] == [
        1,
        2,
        3,
    ]


def test_example_is_cut_at_the_sequence_length(tmp_path: Path) -> None:
    reviews = replace(make_reviews(1), 0, description="one two three four")
    numbers, table = {"one": 2, "three": 3}, store_table(tmp_path, reviews)
    example = show_example(
        "train", table, numbers, WINE.dataset, VectorizerParameters(sequence_length=3)
    )
    assert example["tokens"] == [("one", 2), ("two", 1), ("three", 3)]
    assert (example["cut"], example["padding"]) == (1, 0)
    assert {name: example["types"][name] for name in ("title", "points", "price", DIGESTS)} == {
        "title": "text",
        "points": "whole number",
        "price": "number",
        DIGESTS: "32 bytes",
    }
    assert (example["text"], example["row_number"]) == ("one two three four", 0)
    assert example["target"] == reviews["points"][0].as_py()
    without = store_table(tmp_path, reviews.drop_columns("row_number"))
    first = show_example("train", without, numbers, WINE.dataset, VectorizerParameters())
    assert first["row_number"] is None
    longer = show_example(
        "train", table, numbers, WINE.dataset, VectorizerParameters(sequence_length=6)
    )
    assert (longer["cut"], longer["padding"]) == (0, 2)


def test_a_review_is_quoted_with_what_the_contract_shows_of_it() -> None:
    review = {
        "title": "A",
        "country": None,
        "variety": "Red",
        "price": 20.0,
        "description": "Fine.",
    }
    shown = {"title": "A", "country": "", "price": "20 USD", "variety": "Red"}
    assert quote(review | {"points": 90}, WINE.dataset) == {"text": "Fine.", "shown": shown}


def test_a_review_of_another_contract_is_quoted(tmp_path: Path) -> None:
    dataset = make_contract(tmp_path, STARS_COLUMNS).dataset
    review = {"text": "Fine.", "name, place": "X", "a.b": "b", "größe": 1234567.5, "stars": 4.5}
    shown = {"name, place": "X", "a.b": "b", "größe": "1234567.5 cm"}
    assert quote(review, dataset) == {"text": "Fine.", "shown": shown}
    bare = dataset.model_copy(update={"title": None, "slices": ()})
    assert quote(review, bare) == {"text": "Fine.", "shown": {}}
    titled = dataset.model_copy(update={"title": "a.b"})
    assert list(quote(review, titled)["shown"]) == ["a.b", "größe"]


HARD_TEXTS = [
    "Château d'Yquem—ripe, SOFT… and ÉLEGANT!",
    "tab\tnew\nline\x0bvertical\x0cform\rreturn\x1cfile\xa0nbsp\u2003em\x85next",
    r"""all!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~punctuation""",
    "İstanbul ΑΒΓ ǅ ẞ ﬁne",
    "... !!!",
    "",
    NASTY,
]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("signs", ["strip", "keep"])
def test_tokens_are_those_of_the_vectorizer(tmp_path: Path, signs: str) -> None:
    from tasks.modelling.tokens import tokenize as tokenize_as
    from tasks.modelling.vectorizer import make_vectorizer

    texts = [t for t in HARD_TEXTS if signs == "strip" or not set(t) & set("\0İΣ")]
    vocabulary = ["ripe", "soft", "and", "all", "fine", "tab", "new", "code", ",", "!"]
    parameters = VectorizerParameters(vocabulary_size=90, sequence_length=6, punctuation=signs)
    theirs = make_vectorizer(parameters, vocabulary)(texts).numpy().tolist()
    numbers = {token: place for place, token in enumerate(vocabulary, start=2)}
    for text, expected in zip(texts, theirs, strict=True):
        review = store_table(tmp_path, replace(make_reviews(1), 0, description=text))
        example = show_example("test", review, numbers, WINE.dataset, parameters)
        found = [number for _, number in example["tokens"]] + [0] * example["padding"]
        assert found == expected, text
    adapted = make_vectorizer(parameters)
    adapted.adapt(texts)
    words = {word for words in tokenize_as(texts, parameters) for word in words}
    assert set(adapted.get_vocabulary(include_special_tokens=False)) == words
