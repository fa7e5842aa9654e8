"""Drafts of files with awkward columns: what each is used for, and what it is called."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data_contracts.drafting.columns import _round_apart, choose_edges
from tests.data_contracts.test_drafting import draft, reasons, with_column
from tests.other_reviews import halves, make_reviews

pytestmark = pytest.mark.heavy

REVIEWS = make_reviews(halves, rows=200)
NUMBERED = REVIEWS._replace(header=["key", *REVIEWS.header[1:]])


@pytest.mark.parametrize(
    "value",
    [
        lambda n: f"2019-03-{n % 28 + 1:02d}",
        lambda n: f"{n % 28 + 1}.3.2019",
        lambda n: f"2019-03-14T10:{n % 60:02d}:00Z",
        lambda n: ["5", "5.0", "5.00", "05", "5.000"][n % 5],
        lambda n: "same",
        lambda n: str(n),
        lambda n: str(n + 1),
    ],
)
def test_dates_constants_and_row_numbers_are_left_plain(
    tmp_path: Path, value: Callable[[int], str]
) -> None:
    dataset = draft(with_column(REVIEWS, "made", value), tmp_path).dataset
    assert dataset == draft(REVIEWS, tmp_path).dataset


@pytest.mark.parametrize(
    ("name", "value", "is_learned"),
    [
        ("made", lambda n: str(10_000 + n * 7919 % 89_999), False),
        ("made", lambda n: str(10_000 + n // 2 * 7919 % 89_999), False),
        ("made", lambda n: str(3 * (n * 7 % 200) + 7), False),
        ("made", lambda n: str(3 * (n % 150) + 7), True),
        ("customer_number", lambda n: str(7 * (n % 30) + 3), False),
        ("hotelId", lambda n: str(n % 30), False),
        ("ZIP", lambda n: str(10_115 + n % 30), False),
        ("made", lambda n: str(1_577_836_800 + n % 30 * 86_400), False),
        ("made", lambda n: str(1_577_836_800_000 + n % 30 * 86_400_123), False),
        ("made", lambda n: f"2019{n % 12 + 1:02d}{n % 28 + 1:02d}", False),
        ("year", lambda n: str(1990 + n % 30), True),
        ("votes", lambda n: str(n * n % 97), True),
        ("weight", lambda n: f"{1.5 + n / 3:.2f}", True),
        ("seconds", lambda n: str(3 * 10**9 + n % 30), True),
        ("code", lambda n: f"{n % 30 + 0.5}", True),
    ],
)
def test_numbers_that_name_something_or_are_times_are_not_learned(
    tmp_path: Path, name: str, value: Callable[[int], str], is_learned: bool
) -> None:
    dataset = draft(with_column(REVIEWS, name, value), tmp_path).dataset
    assert (name in [column.name for column in dataset.auxiliary_targets]) is is_learned
    assert is_learned or name not in dataset.slice_kinds


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (lambda n: str(n), "nr"),
        (lambda n: str(n + 1), "nr"),
        (lambda n: str(n + n // 50), "nr"),
        (lambda n: str(n + 7), None),
        (lambda n: str(3 * n), None),
        (lambda n: str(200 - n), None),
    ],
)
def test_a_column_that_counts_the_rows_names_them(
    tmp_path: Path, value: Callable[[int], str], found: str | None
) -> None:
    plain = [[random.Random(n).choice("abc"), *row[1:]] for n, row in enumerate(NUMBERED.rows)]
    reviews = with_column(NUMBERED._replace(rows=plain), "nr", value)
    assert draft(reviews, tmp_path).dataset.row_identifier == found


def test_one_column_alone_has_a_role_that_suits_two(tmp_path: Path) -> None:
    reviews = REVIEWS
    for name in ("index", "title", "name"):
        prefix = "" if name == "index" else name
        reviews = with_column(reviews, name, lambda n, prefix=prefix: f"{prefix}{n}")
    contract = draft(reviews, tmp_path)
    assert (contract.dataset.row_identifier, contract.dataset.title) == ("id", "title")
    assert contract.aliases["id"] == ("id", "Unnamed: 0", "X")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("$stars", "$stars"),
        (":stars", "stars"),
        ("st`ars", "st_ars"),
        ("st\nars", "st_ars"),
        (" stars", "stars"),
        ("None", "None"),
        ("rows", "rows"),
    ],
)
def test_an_awkward_name_is_drafted_so_that_the_file_is_accepted(
    tmp_path: Path, written: str, name: str
) -> None:
    reviews = make_reviews(halves, rows=200, target=written)
    contract = draft(reviews, tmp_path)
    assert contract.dataset.target.name == name
    assert reasons(contract, reviews) == []


@pytest.mark.parametrize("names", [("price", "price_"), (" price", "price"), ("Price", "price")])
def test_names_that_look_alike_are_told_apart(tmp_path: Path, names: tuple[str, str]) -> None:
    reviews = REVIEWS
    for number, name in enumerate(names):
        reviews = with_column(reviews, name, lambda n, number=number: str(n % (40 + number)))
    contract = draft(reviews, tmp_path)
    assert contract.header[-2:] == names
    assert reasons(contract, reviews) == []


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        ([2004.0, 2009.0, 2012.0], [2004, 2009, 2012]),
        ([16.2, 22.4, 30.0, 45.1], [16, 22, 30, 45]),
        ([0.0, 1234.0, 1236.0, 1236.0], [0, 1230, 1240]),
        ([5.0, 5.0], [5]),
    ],
)
def test_bands_have_the_fewest_digits_that_keep_them_apart(
    values: list[float], edges: list[float]
) -> None:
    assert _round_apart(values) == edges


@pytest.mark.parametrize(
    ("numbers", "edges"),
    [
        ([10.0, 20.0, 30.0, 40.0, 50.0, 60.0], [20, 30, 40, 50]),
        ([0.0] * 90 + [1.0, 2.0, 3.0], [1]),
        ([0.0] * 6 + [4.0, 5.0, 6.0, 7.0], [4, 5.2]),
        ([2000.0] * 90 + [2001.0, 2002.0, 2003.0], [2001]),
        ([1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3], []),
    ],
)
def test_no_draft_has_an_edge_without_a_number_below_it(
    numbers: list[float], edges: list[float]
) -> None:
    assert choose_edges(np.array(numbers)) == edges


def test_numbers_that_lie_too_close_for_bands_make_no_slice(tmp_path: Path) -> None:
    reviews = with_column(REVIEWS, "made", lambda n: str(5 * 10**9 + n * 7 % 5))
    dataset = draft(reviews, tmp_path).dataset
    assert "made" in [column.name for column in dataset.auxiliary_targets]
    assert "made" not in dataset.slice_kinds


def test_texts_of_one_length_have_no_slices_by_length(tmp_path: Path) -> None:
    place = REVIEWS.header.index(REVIEWS.text)
    rows = [
        [*row[:place], f"It was lovely {n}", *row[place + 1 :]]
        for n, row in enumerate(REVIEWS.rows)
    ]
    assert draft(REVIEWS._replace(rows=rows), tmp_path).dataset.text_edges == ()


def test_a_small_file_is_accepted_by_its_own_draft(tmp_path: Path) -> None:
    for rows, least in ((50, 25), (99, 49), (100, 100), (400, 100)):
        reviews = make_reviews(halves, rows=rows)
        contract = draft(reviews, tmp_path)
        (rule,) = [rule for rule in contract.rules if rule.name == "rows"]
        assert rule.arguments == {"min_value": least}
        assert f"At least {least} reviews. The file of the draft has {rows}." in rule.meaning
        assert reasons(contract, reviews) == []


def test_a_scale_may_be_as_short_as_it_likes(tmp_path: Path) -> None:
    reviews = make_reviews(lambda _, quality: f"{quality * 1e-8:.12f}", rows=200)
    assert reasons(draft(reviews, tmp_path), reviews) == []


def test_a_few_values_that_are_no_integers_do_not_move_the_scale(tmp_path: Path) -> None:
    reviews = make_reviews(lambda _, quality: str(round(30 * quality)), rows=400)
    rows = [*reviews.rows[:-1], [*reviews.rows[-1][:-1], "-0.5"]]
    target = draft(reviews._replace(rows=rows), tmp_path).dataset.target
    assert (target.minimum, target.maximum, target.step) == (0, 30, 1)
