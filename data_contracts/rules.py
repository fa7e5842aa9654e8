"""Rules of a contract, each translated into one expectation of Great Expectations.

A contract document has three ways to write a rule: a constraint of the standard (`required`,
`unique`, `logicalType`, `logicalTypeOptions`), a metric of the standard (`type: library`), or the
name of an expectation (`type: custom, engine: greatExpectations`).
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

REFERENCE_VALUES = (
    *("rows", "accepted_before", "null_fractions", "target_counts", "histogram", "token_bins"),
    *("vocabulary", "unknown_by_chance", "length_correlation"),
)
VALUES = {
    *("$columns", "$target_width", "$edges", "$champion.error"),
    *(f"${name}.{value}" for name in ("last", "champion") for value in REFERENCE_VALUES),
}
"""Arguments that get their value when a delivery is checked."""

HISTOGRAMS = ("$last.histogram", "$champion.histogram")
"""Those that depend on the rule's column, as `$edges` does."""

COMPARISONS = frozenset({"==", "<", "<=", ">", ">="})
"""Operators of row conditions. `!=` is not allowed: whether a null meets it depends on the type."""

EXPECTATIONS = frozenset(
    {
        # About rows.
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_be_null",
        "expect_column_values_to_be_unique",
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_multiples_of",
        "expect_column_value_lengths_to_be_between",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_not_match_regex",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_stand_at_most",
        "expect_column_to_determine",
        "expect_column_pair_values_a_to_begin_with_b",
        "expect_column_pair_values_a_to_not_hold_b",
        # About the whole file.
        "expect_table_columns_to_match_set",
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_ratio_to_be_between",
        "expect_table_null_fractions_to_stay_near",
        "expect_delivery_not_to_be_superseded",
        "expect_champion_error_to_stay_near",
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_unique_value_count_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_divergence_from_reference_to_be_between",
        "expect_column_length_divergence_from_reference_to_be_between",
        "expect_column_histogram_divergence_from_reference_to_be_between",
        "expect_column_out_of_vocabulary_rate_to_be_between",
        "expect_column_pair_rank_correlation_to_be_between",
        "expect_column_pair_rank_correlation_to_stay_near",
    }
)
"""Expectations that a contract may name.

They are listed so that a contract is read without importing Great Expectations, which takes
seconds.
"""


def columns_of(condition: dict[str, Any]) -> set[str]:
    """List the columns that a row condition uses.

    Raises:
        ValueError: the condition cannot be checked.
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
        column: the column that the rule is about; None for the whole file.
        severity: `critical` rejects rows or the file, the others only appear in reports.
        expectation: the expectation's name in snake case.
        arguments: the expectation's arguments. A text that begins with `$`, such as `$last.rows`,
            is replaced by a value when a delivery is checked.
        meaning: a sentence for the person who corrects the data.
    """

    name: str
    column: str | None
    severity: Severity
    expectation: str
    arguments: dict[str, Any]
    meaning: str

    @property
    def values(self) -> set[str]:
        """The arguments that get their value when a delivery is checked, such as `$last.rows`."""
        return {v for v in self.arguments.values() if isinstance(v, str) and v.startswith("$")}

    @property
    def needs(self) -> set[str]:
        """The references that this rule compares a delivery with: `last`, `champion`, or none."""
        return {value[1:].split(".")[0] for value in self.values if "." in value}

    @property
    def used_columns(self) -> set[str]:
        """The columns that this rule uses, including those `as_written`.

        Raises:
            ValueError: the row condition cannot be checked.
        """
        named = {str(self.arguments[key]) for key in COLUMN_KEYS if key in self.arguments}
        condition = self.arguments.get("row_condition")
        return named | (columns_of(condition) if condition else set())

    @property
    def columns(self) -> set[str]:
        """The contract's columns that this rule uses."""
        return {name.removeprefix(AS_WRITTEN) for name in self.used_columns}


def rules_of_table(qualities: list[DataQuality]) -> Iterator[Rule]:
    """Translate the rules about the whole file."""
    for quality in qualities:
        yield _translate(quality, None)


def rules_of_column(column: SchemaProperty) -> Iterator[Rule]:
    """Translate the constraints and the rules of one column.

    Raises:
        ValueError: one of them cannot be checked.
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
    """Translate one entry of a `quality` list.

    Raises:
        ValueError: the entry is incomplete, or cannot be checked.
    """
    severity: Any = quality.severity
    if not quality.name or not quality.description or severity not in get_args(Severity):
        raise ValueError(
            f"{quality.name or column}: a rule needs a name, a description and one of the"
            f" severities {', '.join(get_args(Severity))}"
        )
    translate = _translate_metric if quality.type == "library" else _translate_custom
    expectation, arguments = translate(quality)
    if column and "column_A" not in arguments:
        arguments = {"column": column} | arguments
    return Rule(quality.name, column, severity, expectation, arguments, quality.description)


def _translate_custom(quality: DataQuality) -> tuple[str, dict[str, Any]]:
    implementation: Any = quality.implementation
    supported = (quality.type, quality.engine) == ("custom", "greatExpectations")
    if not supported or not isinstance(implementation, dict) or "type" not in implementation:
        raise ValueError(
            f"{quality.name}: a rule has the type library, or the type custom with the engine"
            " greatExpectations and an implementation with a type"
        )
    arguments: dict[str, Any] = implementation.get("kwargs", {})
    unknown = {str(v) for v in arguments.values() if str(v).startswith("$")} - VALUES
    if unknown:
        raise ValueError(f"{quality.name}: there is no value {', '.join(sorted(unknown))}")
    return str(implementation["type"]), arguments


def _translate_metric(quality: DataQuality) -> tuple[str, dict[str, Any]]:
    fields = quality.model_dump(exclude_none=True)
    bounds = [(key, value) for key, value in fields.items() if key.startswith("must")]
    match (quality.metric, quality.unit, *bounds):
        case ("rowCount", None, ("mustBeGreaterOrEqualTo", rows)):
            return "expect_table_row_count_to_be_between", {"min_value": int(rows)}
        case ("nullValues", "percent", ("mustBeLessOrEqualTo", percent)):
            mostly = round(1 - percent / 100, 9)
            return "expect_column_values_to_not_be_null", {"mostly": mostly}
    raise ValueError(f"{quality.name}: this use of the metric {quality.metric} cannot be checked")
