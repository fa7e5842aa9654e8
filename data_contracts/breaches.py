"""Which rows break a rule, found by pandas.

Great Expectations counts them; asking it for the rows costs several times the check. The counts
must agree, which `checks.py` makes sure of. Conditions of expectations of our own stand here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd


def within_copies(values: pd.Series, max_copies: int) -> pd.Series:
    """Mark the values of which no more than `max_copies` stand up to there."""
    return values.groupby(values).cumcount() < max_copies


def determines(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Mark the rows that have their key's usual value: the most frequent one, if there is just one.

    Args:
        keys: without nulls.
        values: without nulls.
    """
    key_codes, value_codes = keys.factorize()[0], values.factorize()[0]
    width = int(value_codes.max(initial=0)) + 1
    pairs, inverse, counts = np.unique(
        key_codes * width + value_codes, return_inverse=True, return_counts=True
    )
    key_of_pair = pairs // width
    largest = np.zeros(int(key_codes.max(initial=0)) + 1, np.int64)
    np.maximum.at(largest, key_of_pair, counts)
    is_largest = counts == largest[key_of_pair]
    rivals = np.bincount(key_of_pair, weights=is_largest, minlength=len(largest))
    usual = is_largest & (rivals[key_of_pair] == 1)
    return pd.Series(usual[inverse], index=keys.index)


def begins_with(texts: pd.Series, parts: pd.Series) -> pd.Series:
    """Mark the rows whose text begins with the other column's."""
    found = [text.startswith(part) for text, part in zip(texts, parts, strict=True)]
    return pd.Series(np.array(found, dtype=bool), index=texts.index)


def _outside(values: pd.Series, bounds: dict[str, Any]) -> pd.Series:
    low, high = bounds.get("min_value"), bounds.get("max_value")
    breaches = pd.Series(False, index=values.index)
    if low is not None:
        breaches |= values <= low if bounds.get("strict_min") else values < low
    if high is not None:
        breaches |= values >= high if bounds.get("strict_max") else values > high
    return breaches & values.notna()


def _matches(values: pd.Series, regex: str) -> pd.Series:
    return values.str.contains(regex, regex=True).fillna(False).astype(bool)


Breaches = Callable[[pd.Series, dict[str, Any]], pd.Series]

OF_A_COLUMN: dict[str, Breaches] = {
    "expect_column_values_to_not_be_null": lambda values, _: values.isna(),
    "expect_column_values_to_be_null": lambda values, _: values.notna(),
    "expect_column_values_to_be_unique": lambda values, _: (
        values.duplicated(keep=False) & values.notna()
    ),
    "expect_column_values_to_be_increasing": lambda values, _: (
        values.dropna().diff() <= 0
    ).reindex(values.index, fill_value=False),
    "expect_column_values_to_be_between": _outside,
    "expect_column_value_lengths_to_be_between": lambda values, bounds: _outside(
        values.str.len(), bounds
    ),
    "expect_column_values_to_match_regex": lambda values, arguments: (
        values.notna() & ~_matches(values, arguments["regex"])
    ),
    "expect_column_values_to_not_match_regex": lambda values, arguments: _matches(
        values, arguments["regex"]
    ),
    "expect_column_values_to_not_be_in_set": lambda values, arguments: values.isin(
        arguments["value_set"]
    ),
    "expect_column_values_to_stand_at_most": lambda values, arguments: (
        values.notna()
        & ~within_copies(values.dropna(), **arguments).reindex(values.index, fill_value=True)
    ),
}
"""By expectation about the values of a column: which of them break it."""

OF_A_PAIR: dict[str, Callable[[pd.Series, pd.Series], pd.Series]] = {
    "expect_column_to_determine": determines,
    "expect_column_pair_values_a_to_begin_with_b": begins_with,
}
"""By expectation about a pair of columns: which rows, neither value null, keep it."""


def breaching_rows(
    expectation: str, arguments: dict[str, Any], frame: pd.DataFrame
) -> pd.Series | None:
    """Mark the rows that break an expectation.

    Returns:
        A boolean series as long as `frame`; None for an expectation about the whole table.
    """
    options = {k: v for k, v in arguments.items() if k not in ("column", "mostly")}
    if expectation in OF_A_PAIR:
        given = frame[[options["column_A"], options["column_B"]]].dropna()
        kept = OF_A_PAIR[expectation](given.iloc[:, 0], given.iloc[:, 1])
        return (~kept).reindex(frame.index, fill_value=False)
    if expectation not in OF_A_COLUMN:
        return None
    condition = options.pop("row_condition", None)
    breaches = OF_A_COLUMN[expectation](frame[arguments["column"]], options).astype(bool)
    # The only condition of a rule about rows: that the value reads as its type.
    return breaches & frame[condition["column"]["name"]].isna() if condition else breaches
