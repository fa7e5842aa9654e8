from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from data_contracts.contract import load_contract
from data_contracts.tokens import (
    count_tokens,
    tokenize,
    unknown_by_chance,
    unknown_fraction,
)
from tests.data_contracts.damages.damage import demo_csv
from tests.data_contracts.damages.delivery import read_delivery

WHITE = " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000\u200b\ufeff"
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~…–—«»„“¿¡"
LETTERS = "aZéÉßİıſKÅΣςжЖ\u0301\u00ad\ud7ff漢ｱＡ\U0001d400😀09"

TEXTS = st.text() | st.text(WHITE + PUNCTUATION + LETTERS)
(HAS_A_TOKEN,) = (
    rule.arguments["regex"]
    for rule in load_contract().rules
    if rule.name == "description_has_a_token"
)


def tokens_of(*texts: str | None) -> list[list[str] | None]:
    return tokenize(pa.array(texts, pa.string())).to_pylist()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        (" \t\r\n\v\f", []),
        ("...", []),
        ("- -", []),
        ("It is not FIRM, but dull.", ["it", "is", "not", "firm", "but", "dull"]),
        ("not-firm o'clock", ["notfirm", "oclock"]),
        ("  two  spaces ", ["two", "spaces"]),
        ("ÉLAN …", ["Élan", "…"]),
        ("a\xa0b", ["a\xa0b"]),
    ],
)
def test_a_text_becomes_tokens(text: str, tokens: list[str]) -> None:
    assert tokens_of(text) == [tokens]


def test_a_null_has_no_tokens_and_shifts_no_others() -> None:
    assert tokens_of(None, "a b", "", None, "c") == [None, ["a", "b"], [], None, ["c"]]


@given(st.lists(st.none() | TEXTS, max_size=8))
def test_a_text_has_its_tokens_in_any_company(texts: list[str | None]) -> None:
    together = tokens_of(*texts)
    assert together == [tokens_of(text)[0] for text in texts]
    padded = tokenize(pa.array(["x y", *texts, "z"], pa.string()).slice(1, len(texts)))
    assert padded.to_pylist() == together


@pytest.mark.slow
def test_tokens_are_those_of_the_vectorizer() -> None:
    import keras
    import tensorflow as tf

    layer = keras.layers.TextVectorization(
        standardize="lower_and_strip_punctuation", split="whitespace"
    )

    # Keras' vocabulary loses NULs at the end of a word; no delivery with NULs is ever read.
    @given(TEXTS.filter(lambda text: "\x00" not in text))
    @example("a\x1fb\x85c\xa0d\u3000e")
    @example("İSTANBUL ẞ ǅ")
    def equal(text: str) -> None:
        (tokens,) = tokens_of(text)
        vocabulary = sorted(set(tokens))
        # Keras numbers the words of its vocabulary from 2 on; any other token is a 1.
        layer.set_vocabulary(vocabulary or ["a"])
        numbers = layer(tf.constant([text])).numpy()[0].tolist()
        assert numbers == [2 + vocabulary.index(token) for token in tokens]

    equal()


@given(TEXTS)
@example("!")
@example("\x0b")
@example("\x7f")
@example("\u200b\u200b\u2060\ufeff")
@example("\xa0\u2003\u3000")
@example("。、！？「」")
@example("…—«»¿")
@example("😀")
@example("漢")
@example("٣")
def test_what_the_contract_lets_through_has_a_token_that_means_something(text: str) -> None:
    kinds = [unicodedata.category(character) for character in text]
    assume("Cn" not in kinds)  # characters that Python's edition of Unicode does not know
    means_something = any(kind[0] in "LN" or kind == "So" for kind in kinds)
    passes = pc.match_substring_regex(pa.array([text]), HAS_A_TOKEN).to_pylist() == [True]
    assert passes == means_something
    assert tokens_of(text) != [[]] or not passes


@given(st.lists(st.none() | st.text("ab. "), max_size=12), st.data())
def test_counts_are_the_same_in_any_chunking(texts: list[str | None], data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(texts)), max_size=4).map(sorted))
    bounds = [0, *cuts, len(texts)]
    chunks = [pa.array(texts[start:end], pa.string()) for start, end in pairwise(bounds)]
    table, lengths = count_tokens(pa.chunked_array(chunks, pa.string()))
    tokens = tokens_of(*texts)
    flat = [token for found in tokens for token in found or []]
    counted = dict(zip(*table.to_pydict().values(), strict=True))
    assert counted == {token: flat.count(token) for token in flat}
    numbers = [len(found or []) for found in tokens]
    assert dict(zip(*lengths.to_pydict().values(), strict=True)) == Counter(numbers)


def test_long_columns_are_counted_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_contracts.tokens.SLICE_ROWS", 2)
    table, lengths = count_tokens(pa.chunked_array([["a", "b a", None, "a", ""]], pa.string()))
    assert table.to_pylist() == [
        {"value": "a", "count": 3},
        {"value": "b", "count": 1},
    ]
    assert lengths.to_pydict() == {"value": [0, 1, 2], "count": [2, 2, 1]}


@pytest.mark.parametrize(
    ("text", "vocabulary", "fraction"),
    [
        ("a a b c", ["a", "b"], 0.25),
        ("a a b c", ["b", "c"], 0.5),
        ("a", [], 1.0),
        ("a", ["a", "b"], 0.0),
        ("", ["a"], 0.0),
    ],
)
def test_unknown_tokens_count_as_often_as_they_stand(
    text: str, vocabulary: list[str], fraction: float
) -> None:
    tokens, _ = count_tokens(pa.chunked_array([[text]], pa.string()))
    assert unknown_fraction(tokens, pa.array(vocabulary, pa.string())) == fraction


def demo_texts(rows: int, rng: np.random.Generator) -> pa.ChunkedArray:
    texts = read_delivery(demo_csv(8_000, 0))[1]["description"]
    return texts.take(pa.array(rng.choice(8_000, rows, replace=False)))


def zipf_texts(rows: int, rng: np.random.Generator) -> pa.ChunkedArray:
    """Texts whose nth word is as frequent as 1/n to the 1.1, out of 100,000."""
    weights = 1 / np.arange(1, 100_001) ** 1.1
    drawn = rng.choice(100_000, (rows, 40), p=weights / weights.sum())
    return pa.chunked_array([[" ".join(f"w{word}" for word in text) for text in drawn]])


@pytest.mark.parametrize("texts", [demo_texts, zipf_texts])
@pytest.mark.parametrize(
    ("rows", "before"), [(300, 300), (300, 2_000), (2_000, 300), (2_000, 2_000)]
)
@pytest.mark.parametrize("kept", [500, 50_000])
def test_samples_of_one_kind_have_as_many_unknown_tokens_as_expected(
    texts: Callable[[int, np.random.Generator], pa.ChunkedArray], rows: int, before: int, kept: int
) -> None:
    rng = np.random.default_rng(0)
    tokens, _ = count_tokens(texts(before, rng))
    often = tokens.filter(pc.greater(tokens["count"], 1)).sort_by([("count", "descending")])
    now, _ = count_tokens(texts(rows, rng))
    unknown = unknown_fraction(now, often["value"].slice(0, kept).combine_chunks())
    assert unknown == pytest.approx(unknown_by_chance(tokens, kept), abs=0.015)


@pytest.mark.parametrize(
    ("text", "kept", "expected"),
    [
        ("", 9, 0),
        ("a b c", 9, 1),
        ("a a a a b b b c", 9, 1 / 8),
        ("a a a a b b c d", 9, 4 / 8),
        ("a a a a b b b c", 1, 5 / 8),
        ("a a b b", 9, 0),
    ],
)
def test_rare_tokens_say_how_many_are_unknown(text: str, kept: int, expected: float) -> None:
    tokens, _ = count_tokens(pa.chunked_array([[text]], pa.string()))
    assert unknown_by_chance(tokens, kept) == expected
