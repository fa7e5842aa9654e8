"""From what a contract document says to rules, each one expectation.

The document writes a rule in one of three ways: as a constraint of the standard (`required`,
`unique`, `logicalType`, `logicalTypeOptions`), as one of the standard's own metrics (`type:
library`), or as an expectation by name (`type: custom, engine: greatExpectations`).
See the Open Data Contract Standard v3.1, sections Schema and Data Quality.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from data_contracts.constraints import AS_WRITTEN, MISREAD, constraints_of

if TYPE_CHECKING:
    from open_data_contract_standard.model import DataQuality, SchemaProperty

Severity = Literal["critical", "warning", "info"]

COLUMN_KEYS = ("column", "column_A", "column_B")

COMPARED = (
    *("rows", "accepted_before", "null_fractions", "points", "price_bins", "token_bins"),
    *("vocabulary", "unknown_by_chance", "length_correlation"),
)
VALUES = {"$columns", *(f"${name}.{value}" for name in ("last", "champion") for value in COMPARED)}
"""What an argument may stand for until a delivery is checked."""

COMPARISONS = frozenset({"==", "<", "<=", ">", ">="})
"""Operators that a row condition may use. `!=` is none: nulls meet it or not, by column type."""

EXPECTATIONS = frozenset(
    {
        # About rows.
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_be_null",
        "expect_column_values_to_be_unique",
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_be_between",
        "expect_column_value_lengths_to_be_between",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_not_match_regex",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_stand_at_most",
        "expect_column_to_determine",
        "expect_column_pair_values_a_to_begin_with_b",
        "expect_column_pair_values_a_to_not_hold_b",
        # About the whole file.
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
"""Expectations that a contract may name.

Reading a contract must not load Great Expectations, whose import takes seconds.
"""


def columns_of(condition: dict[str, Any]) -> set[str]:
    """Name the columns that a row condition looks at.

    Raises:
        ValueError: it is none of the conditions that can be checked.
    """
    match condition:
        case {"type": "and", "conditions": [*parts]}:
            return set().union(*map(columns_of, parts))
        case {"type": "nullity", "column": {"name": str(name)}, "is_null": bool()}:
            return {name}
        case {"type": "comparison", "column": {"name": str(name)}, "operator": sign, **rest}:
            if sign in COMPARISONS and rest.keys() == {"parameter"}:
                return {name}
    raise ValueError(f"the row_condition {condition} cannot be checked")


class Rule(NamedTuple):
    """One rule of the contract, as an expectation of Great Expectations.

    Attributes:
        name: unique within the contract.
        column: the contract's column that it speaks of; None for the whole file.
        severity: `critical` rejects rows or the file, the others are only shown.
        expectation: the expectation's type in snake case.
        arguments: its arguments; a text that begins with `$` stands for a value that is known when
            a delivery is checked, such as `$last.rows`.
        meaning: a sentence for the person who must mend the data.
    """

    name: str
    column: str | None
    severity: Severity
    expectation: str
    arguments: dict[str, Any]
    meaning: str

    @property
    def needs(self) -> set[str]:
        """What a delivery must be compared with to ask this rule: `last`, `champion`, or none."""
        named = (v for v in self.arguments.values() if isinstance(v, str) and v.startswith("$"))
        return {value[1:].split(".")[0] for value in named if "." in value}

    @property
    def looked_at(self) -> set[str]:
        """The columns that it looks at, also the texts that read as no number.

        Raises:
            ValueError: its row condition is none that can be checked.
        """
        named = {str(self.arguments[key]) for key in COLUMN_KEYS if key in self.arguments}
        condition = self.arguments.get("row_condition")
        return named | (columns_of(condition) if condition else set())

    @property
    def columns(self) -> set[str]:
        """The contract's columns that it looks at."""
        return {name.removesuffix(AS_WRITTEN) for name in self.looked_at}


def rules_of_table(qualities: list[DataQuality]) -> Iterator[Rule]:
    """Translate what the document says of the whole file."""
    for quality in qualities:
        yield _translate(quality, None)


def rules_of_column(column: SchemaProperty) -> Iterator[Rule]:
    """Translate what the document says of one column.

    Raises:
        ValueError: it says something that cannot be checked.
    """
    name = str(column.name)
    for kind, expectation, arguments, meaning in constraints_of(column):
        critical = column.criticalDataElement or kind == MISREAD
        severity: Severity = "critical" if critical else "warning"
        arguments = {"column": name} | arguments
        yield Rule(f"{name}_{kind}", name, severity, expectation, arguments, f"{name}: {meaning}.")
    for quality in column.quality or []:
        yield _translate(quality, name)


def _translate(quality: DataQuality, column: str | None) -> Rule:
    """Translate a rule of the document's `quality`.

    Raises:
        ValueError: it lacks something, or says something that cannot be checked.
    """
    severity: Any = quality.severity
    if not quality.name or not quality.description or severity not in get_args(Severity):
        raise ValueError(
            f"{quality.name or column}: a rule needs a name, a description and a severity out of"
            f" {', '.join(get_args(Severity))}"
        )
    expectation, arguments = _library(quality) if quality.type == "library" else _custom(quality)
    if column and "column_A" not in arguments:
        arguments = {"column": column} | arguments
    return Rule(quality.name, column, severity, expectation, arguments, quality.description)


def _custom(quality: DataQuality) -> tuple[str, dict[str, Any]]:
    """Take an expectation that is named."""
    named: Any = quality.implementation
    known = (quality.type, quality.engine) == ("custom", "greatExpectations")
    if not known or not isinstance(named, dict) or "type" not in named:
        raise ValueError(
            f"{quality.name}: only rules of type library, and of type custom with the engine"
            " greatExpectations and an implementation with a type, can be checked"
        )
    arguments: dict[str, Any] = named.get("kwargs", {})
    unknown = {str(v) for v in arguments.values() if str(v).startswith("$")} - VALUES
    if unknown:
        raise ValueError(f"{quality.name}: nothing is known by the name {', '.join(unknown)}")
    return str(named["type"]), arguments


def _library(quality: DataQuality) -> tuple[str, dict[str, Any]]:
    """Translate one of the standard's metrics."""
    said = quality.model_dump(exclude_none=True)
    bounds = [(key, value) for key, value in said.items() if key.startswith("must")]
    match (quality.metric, quality.unit, *bounds):
        case ("rowCount", None, ("mustBeGreaterOrEqualTo", rows)):
            return "expect_table_row_count_to_be_between", {"min_value": int(rows)}
        case ("nullValues", "percent", ("mustBeLessOrEqualTo", percent)):
            mostly = round(1 - percent / 100, 9)
            return "expect_column_values_to_not_be_null", {"mostly": mostly}
    raise ValueError(f"{quality.name}: this use of the metric {quality.metric} cannot be checked")
