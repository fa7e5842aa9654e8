"""Finds the rows that break a rule about rows.

pandas finds them, because Great Expectations takes seconds to import and copies all rows for each
rule. `evaluation.py` lets Great Expectations judge their number. Scoring checks single texts with
the same functions. A test compares each with Great Expectations' own search.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_contracts.dataset import STEP_TOLERANCE
from data_contracts.rules import COLUMN_KEYS, Rule

Arguments = dict[str, Any]


def within_copies(values: pd.Series, max_copies: int) -> pd.Series:
    """Mark the first `max_copies` rows of each value."""
    codes = pd.Series(values.factorize()[0], values.index)
    # Numbering copies takes long, so only the values with too many of them are numbered.
    more = (np.bincount(codes) > max_copies)[codes]
    return (codes[more].groupby(codes[more]).cumcount() < max_copies).reindex(
        values.index, fill_value=True
    )


def has_usual_value(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Mark the rows that have the most frequent value of their key; where two tie, none.

    Args:
        keys: without nulls.
        values: without nulls.
    """
    usual = np.ones(len(keys), np.bool_)
    # Most texts stand once, and their value is the most frequent.
    repeated = keys.duplicated(keep=False).to_numpy()
    key_codes, value_codes = (column[repeated].factorize()[0] for column in (keys, values))
    # A pair of key and value as one number; `pairs` are the rows, `distinct` the different pairs.
    width = value_codes.max(initial=0) + 1
    pairs, distinct = pd.factorize(key_codes * width + value_codes)
    pair_counts, pair_keys = np.bincount(pairs), distinct // width
    largest_counts = np.zeros(key_codes.max(initial=-1) + 1, np.intp)
    np.maximum.at(largest_counts, pair_keys, pair_counts)
    is_largest = pair_counts == largest_counts[pair_keys]
    ties = np.bincount(pair_keys[is_largest], minlength=len(largest_counts)) > 1
    usual[repeated] = (is_largest & ~ties[pair_keys])[pairs]
    return pd.Series(usual, keys.index)


def is_multiple(values: pd.Series, step: float) -> pd.Series:
    """Mark the multiples of `step`, up to the rounding of floating-point numbers."""
    steps = values.astype(float) / step
    return (steps - steps.round()).abs() < STEP_TOLERANCE


def begins_with(texts: pd.Series, prefixes: pd.Series) -> pd.Series:
    """Mark the rows whose text begins with the prefix in the other column."""
    pairs = zip(texts.tolist(), prefixes.tolist(), strict=True)
    begins = [text.startswith(prefix) for text, prefix in pairs]
    return pd.Series(begins, texts.index, dtype=bool)


def lacks_number(texts: pd.Series, numbers: pd.Series) -> pd.Series:
    """Mark the rows whose text does not hold the other column's number as a number of its own.

    `88` is no number of its own in `1988`, `880`, `3.88` or `B88`.
    """
    codes, distinct = numbers.factorize()
    written = [f"{float(number):.15g}" for number in distinct]
    patterns = [re.compile(rf"(?<![0-9A-Za-z.,]){re.escape(text)}(?![0-9])") for text in written]
    # Looking for the digits first is much faster: most texts do not hold them.
    holds = [
        written[code] in text and patterns[code].search(text) is not None
        for code, text in zip(codes.tolist(), texts.tolist(), strict=True)
    ]
    return ~pd.Series(holds, texts.index, dtype=bool)


def is_increasing(values: pd.Series, strictly: bool | None = None) -> pd.Series:
    """Mark the rows whose value is greater than the one before, or equal unless `strictly`."""
    steps = values.diff().fillna(1)
    return steps > 0 if strictly else steps >= 0


def _outside(values: pd.Series, bounds: Arguments) -> pd.Series:
    """Mark the numbers that lie outside bounds, each of which may be missing or strict."""
    numbers = values.to_numpy("float64", na_value=np.nan)
    low, high = bounds.get("min_value"), bounds.get("max_value")
    outside = np.zeros(len(numbers), np.bool_)
    if low is not None:
        outside |= numbers <= low if bounds.get("strict_min") else numbers < low
    if high is not None:
        outside |= numbers >= high if bounds.get("strict_max") else numbers > high
    return pd.Series(outside, values.index)


def _lacks_pattern(texts: pd.Series, arguments: Arguments) -> pd.Series:
    return ~texts.str.contains(arguments["regex"], na=True)


SINGLE: dict[str, Callable[[pd.Series, Arguments], pd.Series]] = {
    "expect_column_values_to_be_null": lambda values, _: values.notna(),
    "expect_column_values_to_not_be_null": lambda values, _: values.isna(),
    "expect_column_values_to_be_between": _outside,
    "expect_column_values_to_be_multiples_of": lambda values, given: (
        values.notna() & ~is_multiple(values, given["step"])
    ),
    "expect_column_value_lengths_to_be_between": lambda texts, given: _outside(
        texts.str.len(), given
    ),
    "expect_column_values_to_match_regex": _lacks_pattern,
    "expect_column_values_to_not_match_regex": lambda texts, given: texts.str.contains(
        given["regex"], na=False
    ),
    "expect_column_values_to_not_be_in_set": lambda values, given: (
        values.notna() & values.isin(given["value_set"])
    ),
}
"""For each expectation about single values, a function that marks the values that break it."""

AMONG: dict[str, Callable[[pd.Series, Arguments], pd.Series]] = {
    "expect_column_values_to_be_unique": lambda values, _: ~values.duplicated(keep=False),
    "expect_column_values_to_be_increasing": lambda values, given: is_increasing(
        values, given.get("strictly")
    ),
    "expect_column_values_to_stand_at_most": lambda values, given: within_copies(
        values, given["max_copies"]
    ),
}
"""For each expectation about a value among all others, a function that marks those that meet it."""

PAIRS: dict[str, Callable[[pd.Series, pd.Series], pd.Series]] = {
    "expect_column_to_determine": has_usual_value,
    "expect_column_pair_values_a_to_begin_with_b": begins_with,
    "expect_column_pair_values_a_to_not_hold_b": lacks_number,
}
"""For each expectation about two columns, a function that marks the rows that meet it."""

COMPARE: dict[str, Callable[[pd.Series, Any], pd.Series]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Broken(NamedTuple):
    """The rows that a rule is about.

    Attributes:
        rows: number of rows that meet the rule's row condition; all rows without one.
        nulls: number of these rows without a value, or without one of two.
        places: positions of the rows that break the rule, ascending.
    """

    rows: int
    nulls: int
    places: NDArray[np.intp]


def is_about_rows(rule: Rule) -> bool:
    """Return whether a rule is about rows, and not about the whole file."""
    return rule.expectation in {*SINGLE, *AMONG, *PAIRS}


class Values(NamedTuple):
    """The values that a rule about values among others, or about two columns, looks at.

    Attributes:
        rows: see `Broken`.
        nulls: see `Broken`.
        places: positions of the rows with a value, or with both, ascending.
        columns: the values of one or two columns in these rows.
    """

    rows: int
    nulls: int
    places: NDArray[np.intp]
    columns: tuple[pd.Series, ...]

    def find_broken(self, rule: Rule) -> Broken:
        """Find the rows that break the rule."""
        if rule.expectation in AMONG:
            meets_rule = AMONG[rule.expectation](self.columns[0], rule.arguments)
        else:
            meets_rule = PAIRS[rule.expectation](*self.columns)
        return Broken(self.rows, self.nulls, self.places[~meets_rule.to_numpy(bool)])


def is_about_all_rows(rule: Rule) -> bool:
    """Return whether a row breaks a rule because of other rows."""
    return rule.expectation in AMONG or rule.expectation == "expect_column_to_determine"


def key_of(rule: Rule) -> str:
    """Return what decides which rows break a rule: not how many of them it tolerates."""
    given = {name: value for name, value in rule.arguments.items() if name != "mostly"}
    return repr((rule.expectation, sorted(given.items())))


def find_broken(rule: Rule, reviews: pd.DataFrame) -> Broken:
    """Find the rows that break a rule.

    Args:
        rule: about rows.
        reviews: all rows.
    """
    if rule.expectation not in SINGLE:
        return select_values(rule, reviews).find_broken(rule)
    reviews, places = _select(rule, reviews)
    values = reviews[rule.arguments["column"]]
    marks = SINGLE[rule.expectation](values, rule.arguments)
    return Broken(len(values), int(values.isna().sum()), places[marks.to_numpy(bool)])


def select_values(rule: Rule, reviews: pd.DataFrame) -> Values:
    """Select the values that a rule looks at; see `Values`."""
    reviews, places = _select(rule, reviews)
    names = [rule.arguments[key] for key in COLUMN_KEYS if key in rule.arguments]
    nulls = functools.reduce(operator.or_, (reviews[name].isna() for name in names)).to_numpy(bool)
    rows = len(reviews)
    if nulls.any():
        reviews, places = reviews[~nulls], places[~nulls]
    return Values(rows, int(nulls.sum()), places, tuple(reviews[name] for name in names))


def _select(rule: Rule, reviews: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Select the rows that meet the rule's row condition, with the columns that it uses."""
    condition, places = rule.arguments.get("row_condition"), np.arange(len(reviews))
    reviews = reviews[sorted(rule.used_columns)]
    if not condition:
        return reviews, places
    met = meets(condition, reviews).to_numpy(bool)
    return reviews[met], places[met]


def meets(condition: dict[str, Any], reviews: pd.DataFrame) -> pd.Series:
    """Mark the rows that meet a row condition; an empty value meets no comparison."""
    if condition["type"] == "and":
        parts = [meets(part, reviews) for part in condition["conditions"]]
        return functools.reduce(operator.and_, parts)
    values = reviews[condition["column"]["name"]]
    given: pd.Series = values.notna()
    if condition["type"] == "nullity":
        return ~given if condition["is_null"] else given
    return given & COMPARE[condition["operator"]](values, condition["parameter"])
