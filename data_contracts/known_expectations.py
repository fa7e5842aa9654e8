"""The expectations that a contract may name, with the columns and arguments of each.

They are listed here so that a contract is read, and its rules are checked, without importing Great
Expectations, which takes seconds.
"""

from __future__ import annotations

from typing import NamedTuple

from data_contracts.kinds import (
    CONDITION,
    CORRELATION,
    COUNT,
    COUNTS,
    EDGES,
    FLAG,
    NAMES,
    NOT_NEGATIVE,
    NUMBER,
    PATTERN,
    POSITIVE,
    SHARE,
    SHARES,
    SIZE,
    VALUES,
    Kind,
    only,
)

Types = tuple[str, ...]
"""Logical types of columns."""
Arguments = dict[str, Kind]

STRINGS: Types = ("string",)
NUMBERS: Types = ("integer", "number")
ANY: Types = (*STRINGS, *NUMBERS)

BOUNDS = ("min_value", "max_value")
WHERE: Arguments = {"row_condition": CONDITION}
OF_ROWS: Arguments = {"mostly": SHARE, **WHERE}


class Expectation(NamedTuple):
    """What a contract may say of an expectation.

    Attributes:
        columns: by `column`, or `column_A` and `column_B`, the logical types that suit; empty if it
            is about the whole file.
        required: the arguments that a rule must give.
        optional: the other arguments; of bounds, a rule must give one.
    """

    columns: dict[str, Types]
    required: Arguments
    optional: Arguments

    @property
    def arguments(self) -> Arguments:
        """All arguments but the columns."""
        return self.required | self.optional


def _between(kind: Kind) -> Arguments:
    """Make the arguments of our own expectations with bounds."""
    return dict.fromkeys(BOUNDS, kind)


def _between_strictly(kind: Kind) -> Arguments:
    """Make the arguments of Great Expectations' expectations with bounds."""
    return _between(kind) | {"strict_min": FLAG, "strict_max": FLAG}


def _of_file(required: Arguments, optional: Arguments) -> Expectation:
    return Expectation({}, required, optional)


def _of_column(types: Types, required: Arguments, optional: Arguments) -> Expectation:
    return Expectation({"column": types}, required, optional)


def _of_rows(
    types: Types, required: Arguments | None = None, optional: Arguments | None = None
) -> Expectation:
    return _of_column(types, required or {}, (optional or {}) | OF_ROWS)


def _of_pair(first: Types, second: Types, required: Arguments, optional: Arguments) -> Expectation:
    return Expectation({"column_A": first, "column_B": second}, required, optional)


REFERENCE_ROWS = {"reference_rows": SIZE.or_of("rows")}
TARGET_COUNTS, BINS, HISTOGRAM = (
    {"reference_counts": COUNTS.or_of(name)}
    for name in ("target_counts", "token_bins", "histogram")
)
WIDTH = POSITIVE._replace(references=("$target_width",))

EXPECTATIONS: dict[str, Expectation] = {
    # About rows.
    "expect_column_values_to_not_be_null": _of_rows(ANY),
    "expect_column_values_to_be_null": _of_rows(ANY),
    "expect_column_values_to_be_unique": _of_rows(ANY),
    "expect_column_values_to_be_increasing": _of_rows(NUMBERS, optional={"strictly": FLAG}),
    "expect_column_values_to_be_between": _of_rows(NUMBERS, optional=_between_strictly(NUMBER)),
    "expect_column_values_to_be_multiples_of": _of_rows(NUMBERS, {"step": POSITIVE}),
    "expect_column_value_lengths_to_be_between": _of_rows(
        STRINGS, optional=_between_strictly(COUNT)
    ),
    "expect_column_values_to_match_regex": _of_rows(STRINGS, {"regex": PATTERN}),
    "expect_column_values_to_not_match_regex": _of_rows(STRINGS, {"regex": PATTERN}),
    "expect_column_values_to_not_be_in_set": _of_rows(ANY, {"value_set": VALUES}),
    "expect_column_values_to_stand_at_most": _of_rows(ANY, {"max_copies": SIZE}),
    "expect_column_to_determine": _of_pair(ANY, ANY, {}, OF_ROWS),
    "expect_column_pair_values_a_to_begin_with_b": _of_pair(STRINGS, STRINGS, {}, OF_ROWS),
    "expect_column_pair_values_a_to_not_hold_b": _of_pair(STRINGS, NUMBERS, {}, OF_ROWS),
    # About the whole file.
    "expect_table_columns_to_match_set": _of_file(
        {"column_set": NAMES._replace(references=("$columns",))}, {"exact_match": FLAG}
    ),
    "expect_table_row_count_to_be_between": _of_file({}, _between_strictly(COUNT) | WHERE),
    "expect_table_row_count_ratio_to_be_between": _of_file(REFERENCE_ROWS, _between(NOT_NEGATIVE)),
    "expect_table_null_fractions_to_stay_near": _of_file(
        {
            "reference_null_fractions": SHARES.or_of("null_fractions"),
            **REFERENCE_ROWS,
            "max_change": SHARE,
        },
        {},
    ),
    "expect_delivery_not_to_be_superseded": _of_file(
        {"accepted_before": only("$last.accepted_before", "$champion.accepted_before")}, {}
    ),
    "expect_champion_error_to_stay_near": _of_file(
        {"champion_error": only("$champion.error"), "max_ratio": POSITIVE}, {}
    ),
    "expect_column_mean_to_be_between": _of_column(NUMBERS, {}, _between_strictly(NUMBER) | WHERE),
    "expect_column_median_to_be_between": _of_column(
        NUMBERS, {}, _between_strictly(NUMBER) | WHERE
    ),
    "expect_column_stdev_to_be_between": _of_column(
        NUMBERS, {}, _between_strictly(NOT_NEGATIVE) | WHERE
    ),
    "expect_column_unique_value_count_to_be_between": _of_column(
        ANY, {}, _between_strictly(COUNT) | WHERE
    ),
    "expect_column_proportion_of_unique_values_to_be_between": _of_column(
        ANY, {}, _between_strictly(SHARE) | WHERE
    ),
    "expect_column_divergence_from_reference_to_be_between": _of_column(
        NUMBERS, TARGET_COUNTS, {"width": WIDTH, **_between(NOT_NEGATIVE)}
    ),
    "expect_column_length_divergence_from_reference_to_be_between": _of_column(
        STRINGS, BINS, _between(NOT_NEGATIVE)
    ),
    "expect_column_histogram_divergence_from_reference_to_be_between": _of_column(
        NUMBERS,
        {"edges": EDGES._replace(references=("$edges",)), **HISTOGRAM},
        _between(NOT_NEGATIVE),
    ),
    "expect_column_out_of_vocabulary_rate_to_be_between": _of_column(
        STRINGS,
        {"vocabulary": only("$last.vocabulary", "$champion.vocabulary")},
        {"by_chance": SHARE.or_of("unknown_by_chance"), **_between(SHARE)},
    ),
    "expect_column_pair_rank_correlation_to_be_between": _of_pair(
        ANY, ANY, {}, _between(CORRELATION)
    ),
    "expect_column_pair_rank_correlation_to_stay_near": _of_pair(
        ANY,
        ANY,
        {
            "reference_correlation": CORRELATION.or_of("length_correlation"),
            **REFERENCE_ROWS,
            "max_change": NOT_NEGATIVE,
        },
        {},
    ),
}
