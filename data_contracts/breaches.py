"""Which rows break a rule, found by pandas, and so which expectations a contract may name.

Great Expectations counts them; asking it for the rows costs several times the check. For rules that
fail the counts must agree (`findings.py`). Conditions of expectations of our own stand here, once.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from data_contracts.rules import COMPARISONS


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


def keeps_to_itself(texts: pd.Series, numbers: pd.Series) -> pd.Series:
    """Mark the rows whose text does not hold the other column's number by itself.

    Digits before or behind it, or a letter, point or comma before it, make it something else.
    """
    codes, found = numbers.factorize()
    written = [f"{float(number):.15g}" for number in found]
    alone = [re.compile(rf"(?<![0-9A-Za-z.,]){re.escape(number)}(?![0-9])") for number in written]
    # Most texts do not hold the digits at all, which is told much faster.
    held = [
        written[code] in text and alone[code].search(text) is not None
        for code, text in zip(codes, texts, strict=True)
    ]
    return pd.Series(~np.array(held, dtype=bool), index=texts.index)


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

AMONG_ROWS = frozenset(
    {
        "expect_column_values_to_be_unique",
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_stand_at_most",
    }
)
"""Of these, the ones that a value breaks only by what stands in other rows."""

OF_A_PAIR: dict[str, Callable[[pd.Series, pd.Series], pd.Series]] = {
    "expect_column_to_determine": determines,
    "expect_column_pair_values_a_to_begin_with_b": begins_with,
    "expect_column_pair_values_a_to_not_hold_b": keeps_to_itself,
}
"""By expectation about a pair of columns: which rows, neither value null, keep it."""

OF_A_DELIVERY = frozenset(
    {
        "expect_table_columns_to_match_ordered_list",
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_ratio_to_be_between",
        "expect_table_null_fractions_to_stay_near",
        "expect_delivery_not_to_be_superseded",
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_unique_value_count_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_divergence_from_reference_to_be_between",
        "expect_column_length_divergence_from_reference_to_be_between",
        "expect_column_price_divergence_from_reference_to_be_between",
        "expect_column_out_of_vocabulary_rate_to_be_between",
        "expect_column_pair_rank_correlation_to_be_between",
        "expect_column_pair_rank_correlation_to_stay_near",
    }
)
"""Expectations about a delivery as a whole, which no single row breaks."""

CHECKABLE = OF_A_DELIVERY | OF_A_COLUMN.keys() | OF_A_PAIR.keys()
"""Of any other that counts rows, nobody could say which rows they are."""


def _meets(condition: dict[str, Any], frame: pd.DataFrame) -> pd.Series:
    """Mark the rows that meet a row condition; a null meets no comparison."""
    if condition["type"] == "and":
        parts = [_meets(part, frame) for part in condition["conditions"]]
        return functools.reduce(operator.and_, parts, pd.Series(True, index=frame.index))
    values: pd.Series = frame[condition["column"]["name"]]
    if condition["type"] == "nullity":
        return values.isna() if condition["is_null"] else values.notna()
    met: pd.Series = COMPARISONS[condition["operator"]](values, condition["parameter"])
    return met.fillna(False).astype(bool) & values.notna()


def breaching_rows(
    expectation: str, arguments: dict[str, Any], frame: pd.DataFrame
) -> pd.Series | None:
    """Mark the rows that break an expectation.

    Returns:
        A boolean series as long as `frame`; None for an expectation about the whole table.
    """
    options = {k: v for k, v in arguments.items() if k not in ("column", "mostly")}
    condition = options.pop("row_condition", None)
    asked = frame[_meets(condition, frame)] if condition else frame
    if expectation in OF_A_PAIR:
        given = asked[[options["column_A"], options["column_B"]]].dropna()
        breaches = ~OF_A_PAIR[expectation](given.iloc[:, 0], given.iloc[:, 1])
    elif expectation in OF_A_COLUMN:
        breaches = OF_A_COLUMN[expectation](asked[arguments["column"]], options).astype(bool)
    else:
        return None
    return breaches.reindex(frame.index, fill_value=False)
