from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data_contracts.contract import load_contract
from data_contracts.counted_rows import FrameCounts
from data_contracts.profile import (
    CATEGORIES_MAX,
    TOKEN_EDGES,
    Profile,
    profile_reviews,
    read_profile,
)
from tests.data_contracts.damages.damage import demo_csv
from tests.data_contracts.damages.delivery import read_delivery
from tests.data_contracts.made_up_contract import DECIMAL, TEXT, make_contract, make_csv

CONTRACT = load_contract()
SCHEMA, DATASET = CONTRACT.schema, CONTRACT.dataset
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
    return profile_reviews(FrameCounts(reviews_of(list(rows))), COLUMNS, DATASET)


# Profiles


@given(st.lists(ROWS, max_size=12))
def test_a_profile_outlives_its_json(rows: list[dict[str, object]]) -> None:
    profile = profile_of(*rows)
    assert read_profile(profile.model_dump_json().encode()) == profile


@given(st.lists(ROWS, max_size=12), st.data())
def test_the_same_reviews_have_the_same_profile(
    rows: list[dict[str, object]], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=3).map(sorted))
    order = data.draw(st.permutations(rows))
    profile = profile_of(*rows).model_dump_json()
    cut = profile_reviews(FrameCounts(reviews_of(rows, cuts)), COLUMNS, DATASET)
    assert cut.model_dump_json() == profile
    assert profile_of(*order).model_dump_json() == profile


def test_a_profile_of_demo_reviews_holds_counts_and_no_review() -> None:
    _, reviews = read_delivery(demo_csv(400, 0))
    profile = profile_reviews(FrameCounts(reviews), COLUMNS, DATASET)
    assert profile.rows == sum(profile.target_counts.values()) == sum(profile.token_bins) == 400
    assert list(profile.histograms) == ["price"]
    assert sum(profile.histograms["price"]) == 400 - reviews["price"].null_count
    assert list(profile.categories) == ["country", "variety"]
    assert sum(profile.categories["country"].values()) == 400 - reviews["country"].null_count
    assert list(profile.target_counts) == sorted(profile.target_counts)
    counts = list(profile.tokens.values())
    assert counts == sorted(counts, reverse=True)
    assert min(counts) >= 2
    text = profile.model_dump_json()
    assert not any(description in text for description in reviews["description"].to_pylist())
    assert not any(title in text for title in reviews["title"].to_pylist())


def written_with(**fields: object) -> bytes:
    written = json.loads(profile_of({"description": "a a"}).model_dump_json()) | fields
    return json.dumps({k: v for k, v in written.items() if v != "left out"}).encode()


@pytest.mark.parametrize("number", [0, 1, 3, "2", None, "left out"])
def test_a_profile_of_another_format_is_none(number: object) -> None:
    assert read_profile(written_with(format=number, median=88)) is None
    assert read_profile(written_with()) is not None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"1", b"null", b"\xff", written_with(rows="many")]
)
def test_a_damaged_profile_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        read_profile(content)


def test_rare_tokens_make_others_unknown_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"description": "a a a a b b b c"}
    assert profile_of(rows).unknown_by_chance == 1 / 8
    assert profile_of().unknown_by_chance == 0
    monkeypatch.setattr("data_contracts.profile.VOCABULARY_MAX", 1)
    assert profile_of(rows).unknown_by_chance == 5 / 8


def test_lengths_are_correlated_with_points() -> None:
    rows = [{"description": "a" * n, "points": 80 + n} for n in (1, 3, 2)]
    assert profile_of(*rows).length_correlation == 1
    assert profile_of(*rows, {"description": "aaaa", "points": 80}).length_correlation == -0.2
    assert profile_of(rows[0], {"points": 90}).length_correlation is None
    assert profile_of({"description": "é"}).length_correlation is None


def test_no_rows_have_a_profile() -> None:
    profile = profile_of()
    assert (profile.rows, profile.target_counts, profile.tokens) == (0, {}, {})
    assert profile.categories == {"country": {}, "variety": {}}
    assert set(profile.null_fractions) == set(COLUMNS)
    assert set(profile.null_fractions.values()) == {0.0}
    assert profile.histograms == {"price": [0] * 15}
    assert sum(profile.token_bins) == 0
    assert len(profile.token_bins) == len(TOKEN_EDGES) + 1


def test_nulls_are_counted_by_column_and_nowhere_else() -> None:
    given_row = {"country": "US", "description": "a a", "points": 90, "price": 5.0}
    profile = profile_of({}, {}, given_row)
    assert profile.null_fractions["points"] == round(2 / 3, 9)
    assert profile.null_fractions["winery"] == 1.0
    assert profile.target_counts == {90: 1}
    assert profile.categories == {"country": {"US": 1}, "variety": {}}
    assert sum(profile.histograms["price"]) == 1
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
        (None, None),
        (-1e9, 0),
        (0.0, 0),
        (4.99, 0),
        (5.0, 1),
        (999.99, 13),
        (1_000.0, 14),
        (1e18, 14),
    ],
)
def test_a_number_falls_into_its_bin(price: float | None, filled: int | None) -> None:
    bins = profile_of({"price": price}).histograms["price"]
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


def test_the_most_frequent_tokens_and_categories_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_contracts.profile.VOCABULARY_MAX", 2)
    rows = [{"country": f"C{i:02}", "description": "a a a b b c c"} for i in range(20)]
    profile = profile_of(*rows, {"country": "C19"})
    assert list(profile.tokens) == ["a", "b"]
    countries = list(profile.categories["country"].items())
    assert len(countries) == CATEGORIES_MAX
    # Of those that are as frequent, the first by value.
    assert countries[:3] == [("C19", 2), ("C00", 1), ("C01", 1)]


def test_a_vocabulary_is_named_after_its_tokens_alone() -> None:
    one = profile_of({"description": "a a b b"})
    assert one.vocabulary_digest == profile_of({"description": "a a b b c"}).vocabulary_digest
    assert one.vocabulary_digest != profile_of({"description": "a a b b c c"}).vocabulary_digest


def test_a_profile_with_a_strange_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate(profile_of().model_dump() | {"median": 1})


# Other data


def test_reviews_of_other_data_have_a_profile(tmp_path: Path) -> None:
    contract = make_contract(tmp_path)
    csv = make_csv(90).to_csv(index=False).encode()
    reviews = read_delivery(csv, contract)[1]
    profile = profile_reviews(FrameCounts(reviews), contract.schema.names, contract.dataset)
    assert profile.target_counts == dict.fromkeys(range(2, 11), 10)
    assert profile.histograms == {"größe": [27, 30, 33]}
    assert list(profile.categories) == ["a.b", "one, two"]
    assert set(profile.categories["one, two"]) == {"x", "y, z"}
    assert sum(profile.categories["a.b"].values()) == 90 - reviews["a.b"].null_count < 90
    assert list(profile.null_fractions) == contract.schema.names
    assert read_profile(profile.model_dump_json().encode()) == profile


def test_values_of_a_target_without_a_step_are_counted_in_parts_of_the_scale(
    tmp_path: Path,
) -> None:
    contract = make_contract(tmp_path, [TEXT, DECIMAL])
    csv = b"text,stars\nplain,0\nplain,0.1\nplain,5.01\nplain,10\n"
    reviews = read_delivery(csv, contract)[1]
    profile = profile_reviews(FrameCounts(reviews), contract.schema.names, contract.dataset)
    # Of 10 / 40.
    assert profile.target_counts == {0: 2, 20: 1, 40: 1}
    assert (profile.histograms, profile.categories) == ({}, {})
