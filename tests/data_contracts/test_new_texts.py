from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts import new_texts
from data_contracts.counted_rows import FrameCounts, MergedCounts
from data_contracts.new_texts import SAMPLE_MAX, NewTexts, compare_texts, sample_texts
from data_contracts.partition import list_counted_for_profile
from data_contracts.profile import Profile, profile_reviews
from tests.contracts import WINE
from tests.reported_runs import make_reviews

NAMES = list(WINE.schema.names)


def profile(texts: list[str | None]) -> Profile:
    column = pa.array(texts, pa.string())
    reviews = make_reviews(len(texts)).drop_columns("description")
    return profile_reviews(
        FrameCounts(reviews.append_column("description", column)), NAMES, WINE.dataset
    )


texts = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=30)


@given(texts, texts)
def test_few_texts_are_counted(then: list[str], now: list[str]) -> None:
    found = compare_texts(profile(now), profile(then))
    assert found == NewTexts(len({*now} - {*then}), len({*then} - {*now}), exact=True)


def test_many_texts_are_estimated() -> None:
    then = [f"text {number}" for number in range(20_000)]
    now = [*then[1_000:], *(f"new {number}" for number in range(3_000))]
    found = compare_texts(profile(now), profile(then))
    assert found is not None
    assert not found.exact
    # Four standard errors of a share of 3,000 / 22,000, and of 1,000 / 20,000.
    assert found.new == pytest.approx(3_000, abs=4 * 22_000 * 0.0054)
    assert found.gone == pytest.approx(1_000, abs=4 * 20_000 * 0.0034)
    assert len(profile(now).text_sample) == SAMPLE_MAX


def test_of_a_delivery_that_only_grew_nothing_is_gone() -> None:
    then = [f"text {number}" for number in range(SAMPLE_MAX + 900)]
    grown = compare_texts(profile([*then, *(f"new {n}" for n in range(900))]), profile(then))
    assert grown is not None
    assert grown.gone == 0
    assert compare_texts(profile(then), profile(then)) == NewTexts(0, 0, exact=False)


def test_a_small_delivery_is_compared_with_a_large_one() -> None:
    large = [f"text {number}" for number in range(SAMPLE_MAX * 2)]
    found = compare_texts(profile(large[:1_000]), profile(large))
    assert found is not None
    assert found.new == 0
    assert found.gone == pytest.approx(SAMPLE_MAX * 2 - 1_000, rel=0.05)


def test_a_delivery_and_its_parts_have_the_same_sample() -> None:
    reviews = make_reviews(60)
    asked = list(list_counted_for_profile(NAMES, WINE.dataset))
    parts = MergedCounts.of([reviews.slice(0, 13), reviews.slice(13)], asked)
    whole = profile_reviews(FrameCounts(reviews), NAMES, WINE.dataset)
    assert profile_reviews(parts, NAMES, WINE.dataset) == whole
    assert whole.texts == len({*reviews["description"].to_pylist()})


def test_nulls_are_no_texts_and_without_texts_nothing_is_compared() -> None:
    nothing = profile([None, None])
    assert (nothing.texts, nothing.text_sample) == (0, [])
    assert compare_texts(nothing, profile(["a"])) is None
    assert compare_texts(profile(["a"]), nothing) is None


def test_the_lowest_hashes_are_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_texts, "SAMPLE_MAX", 3)
    hashes = [random.Random(n).getrandbits(64) for n in range(9)]
    counts = pa.table({"value": pa.array(sorted(hashes), pa.uint64()), "count": [1] * 9})
    assert sample_texts(counts) == sorted(hashes)[:3]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (NewTexts(1_092, 0, exact=True), "1,092 new, 0 gone"),
        (NewTexts(1_092, 5, exact=False), "about 1,100 new, about 5 gone"),
    ],
)
def test_both_numbers_are_told(found: NewTexts, said: str) -> None:
    assert found.describe() == said
