from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data_contracts.contract import load_contract
from data_contracts.expectations import divergence
from data_contracts.profile import (
    COUNTRIES_MAX,
    PRICE_EDGES_USD,
    TOKENS_PER_BIN,
    TOKENS_SHOWN_MAX,
    Profile,
    profile_reviews,
)
from tests.data_contracts.damages.damage import demo_csv
from tests.data_contracts.damages.outcome import read_delivery

SCHEMA = load_contract().schema
COLUMNS = SCHEMA.names

ROWS = st.fixed_dictionaries(
    {
        "country": st.sampled_from([None, "", "Italy", "US", "Österreich"]),
        "description": st.none() | st.text("ab. \u00a0é", max_size=12),
        "points": st.none() | st.integers(80, 100),
        "price": st.none() | st.floats(0, 20_000, allow_nan=False),
    }
)


def reviews_of(rows: list[dict[str, object]], cuts: list[int] | None = None) -> pa.Table:
    bounds = [0, *(cuts or []), len(rows)]
    parts = [
        pa.Table.from_pylist(rows[start:end], schema=SCHEMA) for start, end in pairwise(bounds)
    ]
    return pa.concat_tables(parts)


def profile_of(*rows: dict[str, object]) -> Profile:
    return profile_reviews(reviews_of(list(rows)), COLUMNS)


# Profiles


@given(st.lists(ROWS, max_size=12))
def test_a_profile_outlives_its_json(rows: list[dict[str, object]]) -> None:
    profile = profile_of(*rows)
    assert Profile.model_validate_json(profile.model_dump_json()) == profile


@given(st.lists(ROWS, max_size=12), st.data())
def test_the_same_reviews_have_the_same_profile(
    rows: list[dict[str, object]], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=3).map(sorted))
    order = data.draw(st.permutations(rows))
    profile = profile_of(*rows).model_dump_json()
    assert profile_reviews(reviews_of(rows, cuts), COLUMNS).model_dump_json() == profile
    assert profile_of(*order).model_dump_json() == profile


def test_a_profile_of_demo_reviews_holds_counts_and_no_review() -> None:
    _, reviews = read_delivery(demo_csv(400, 0))
    profile = profile_reviews(reviews, COLUMNS)
    assert profile.rows == sum(profile.points.values()) == sum(profile.token_bins) == 400
    assert sum(profile.price_bins) == 400 - reviews["price"].null_count
    assert sum(profile.countries.values()) == 400 - reviews["country"].null_count
    assert list(profile.points) == sorted(profile.points)
    counts = list(profile.tokens.values())
    assert counts == sorted(counts, reverse=True)
    assert min(counts) >= 2
    text = profile.model_dump_json()
    assert not any(description in text for description in reviews["description"].to_pylist())
    assert not any(title in text for title in reviews["title"].to_pylist())


def test_no_rows_have_a_profile() -> None:
    profile = profile_of()
    assert (profile.rows, profile.points, profile.countries, profile.tokens) == (0, {}, {}, {})
    assert set(profile.null_fractions) == set(COLUMNS)
    assert set(profile.null_fractions.values()) == {0.0}
    assert sum(profile.price_bins) == sum(profile.token_bins) == 0
    assert len(profile.price_bins) == len(PRICE_EDGES_USD) - 1
    assert len(profile.token_bins) == TOKENS_SHOWN_MAX // TOKENS_PER_BIN + 1


def test_nulls_are_counted_by_column_and_nowhere_else() -> None:
    given_row = {"country": "US", "description": "a a", "points": 90, "price": 5.0}
    profile = profile_of({}, {}, given_row)
    assert profile.null_fractions["points"] == round(2 / 3, 9)
    assert profile.null_fractions["winery"] == 1.0
    assert profile.points == {90: 1}
    assert profile.countries == {"US": 1}
    assert profile.tokens == {"a": 2}
    assert profile.token_bins[0] == 3


def test_an_empty_text_is_no_null_and_has_no_tokens() -> None:
    profile = profile_of({"description": ""}, {"description": "!"}, {"description": " "})
    assert profile.null_fractions["description"] == 0.0
    assert profile.tokens == {}
    assert profile.token_bins[0] == 3


@pytest.mark.parametrize(
    ("price", "filled"),
    [
        (-0.01, None),
        (-1e9, None),
        (0.0, 0),
        (4.99, 0),
        (5.0, 1),
        (999.99, 13),
        (1_000.0, 14),
        (1e18, 14),
    ],
)
def test_a_price_falls_into_its_bin(price: float, filled: int | None) -> None:
    bins = profile_of({"price": price}).price_bins
    assert [i for i, count in enumerate(bins) if count] == ([] if filled is None else [filled])


@pytest.mark.parametrize(
    ("tokens", "filled"), [(0, 0), (4, 0), (5, 1), (119, 23), (120, 24), (999, 24)]
)
def test_a_text_falls_into_its_bin(tokens: int, filled: int) -> None:
    bins = profile_of({"description": "a " * tokens}).token_bins
    assert [i for i, count in enumerate(bins) if count] == [filled]


def test_tokens_that_stand_once_are_forgotten_and_ties_are_in_their_order() -> None:
    profile = profile_of({"description": "b b a a c once"}, {"description": "c c"})
    assert list(profile.tokens.items()) == [("c", 3), ("a", 2), ("b", 2)]


def test_the_most_frequent_tokens_and_countries_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_contracts.profile.VOCABULARY_MAX", 2)
    rows = [{"country": f"C{i:02}", "description": "a a a b b c c"} for i in range(20)]
    profile = profile_of(*rows, {"country": "C19"})
    assert list(profile.tokens) == ["a", "b"]
    assert len(profile.countries) == COUNTRIES_MAX
    assert next(iter(profile.countries.items())) == ("C19", 2)


def test_a_vocabulary_is_named_after_its_tokens_alone() -> None:
    one = profile_of({"description": "a a b b"})
    assert one.vocabulary_digest == profile_of({"description": "a a b b c"}).vocabulary_digest
    assert one.vocabulary_digest != profile_of({"description": "a a b b c c"}).vocabulary_digest


def test_a_profile_with_a_strange_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate(profile_of().model_dump() | {"median": 1})


# Divergence

COUNTS = st.dictionaries(st.integers(80, 100), st.integers(0, 500), max_size=21)


@given(COUNTS)
def test_equal_counts_do_not_diverge(counts: dict[int, int]) -> None:
    found = divergence(counts, counts)
    assert found == 0.0 if sum(counts.values()) else math.isnan(found)


@given(COUNTS, COUNTS, st.randoms(use_true_random=False))
def test_divergence_is_finite_and_knows_no_order(
    counts: dict[int, int], reference: dict[int, int], random: object
) -> None:
    found = divergence(counts, reference)
    if not sum(counts.values()) or not sum(reference.values()):
        assert math.isnan(found)
        return
    assert 0 <= found < math.inf
    keys = list(counts)
    random.shuffle(keys)  # type: ignore[attr-defined]
    assert divergence({key: counts[key] for key in keys}, reference) == found


def test_counts_that_share_no_cell_diverge_far_and_finitely() -> None:
    assert 4 < divergence({80: 1_000}, {90: 1_000}) < math.inf


@pytest.mark.parametrize(("n", "m"), [(400, 400), (400, 2_000), (2_000, 2_000), (100_000, 2_000)])
def test_two_samples_of_one_distribution_hardly_diverge(n: int, m: int) -> None:
    rng = np.random.default_rng(0)
    cells = np.arange(80, 101)
    weights = np.exp(-(((cells - 88.5) / 3) ** 2) / 2)

    def sample(size: int) -> dict[int, int]:
        counts = rng.multinomial(size, weights / weights.sum())
        return dict(zip(cells.tolist(), counts.tolist(), strict=True))

    found = [divergence(sample(n), sample(m)) for _ in range(300)]
    assert np.mean(found) < 0.001
    assert np.quantile(found, 0.95) == 0


@pytest.mark.parametrize("size", [400, 2_000, 50_000])
def test_a_real_difference_remains(size: int) -> None:
    shares = np.array([0.2, 0.3, 0.3, 0.2])
    moved = np.array([0.1, 0.2, 0.3, 0.4])
    expected = float(np.sum(moved * np.log(moved / shares)))
    before, after = (dict(enumerate((size * s).astype(int).tolist())) for s in (shares, moved))
    # What chance may explain is taken off, and it is more for small samples.
    assert expected - 15 / size < divergence(after, before) < expected + 0.001
