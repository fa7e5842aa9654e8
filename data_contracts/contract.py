"""The contract document, read: an Arrow schema and a plain list of rules.

The document is `wine_reviews.odcs.yaml`, in the Open Data Contract Standard v3.1; it is the only
place where columns, types and rules stand.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pyarrow as pa

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

Severity = Literal["critical", "warning", "info"]

DOCUMENT = "wine_reviews.odcs.yaml"

UNREADABLE = "unreadable"
"""Column of a checked frame that holds, per row, the values that are not of their type."""


class Rule(NamedTuple):
    """One rule of the contract, as an expectation of Great Expectations.

    Attributes:
        name: unique within the contract.
        column: the column it speaks of, as it is named in the frame; None for the whole table.
        severity: `critical` rejects rows or the file, the others are only shown.
        expectation: the expectation's type in snake case.
        arguments: its other arguments.
        meaning: a sentence for the person who must mend the data.
    """

    name: str
    column: str | None
    severity: Severity
    expectation: str
    arguments: dict[str, Any]
    meaning: str


class Contract(NamedTuple):
    """What the pipeline needs to know of the contract.

    Attributes:
        version: the document's own version.
        header: the CSV's column names in order.
        schema: the same columns as they are named and typed in Parquet.
        rules: all rules, in the document's order.
        rejected_fraction_max: largest share of rows that may be left out.
    """

    version: str
    header: tuple[str, ...]
    schema: pa.Schema
    rules: tuple[Rule, ...]
    rejected_fraction_max: float


@functools.cache
def load_contract() -> Contract:
    """Read the contract document that lies beside this module."""
    from open_data_contract_standard.model import OpenDataContractStandard

    document = OpenDataContractStandard.from_file(str(Path(__file__).with_name(DOCUMENT)))
    (table,) = document.schema_ or []
    columns = table.properties or []
    names = [str(column.name) for column in columns]
    extras: dict[Any, Any] = {e.property: e.value for e in table.customProperties or []}
    rules = [rule for quality in table.quality or [] for rule in _rule_of(quality, None, names)]
    for column in columns:
        rules += _standard_rules(column)
        rules += [r for q in column.quality or [] for r in _rule_of(q, str(column.name), names)]
    return Contract(
        version=str(document.version),
        header=tuple(
            n if c.physicalName is None else c.physicalName
            for n, c in zip(names, columns, strict=True)
        ),
        schema=pa.schema([(str(c.name), pa.type_for_alias(c.physicalType)) for c in columns]),
        rules=tuple(rules),
        rejected_fraction_max=float(extras["rejectedRowsFractionMax"]),
    )


def _rule_of(quality: Any, column: str | None, names: list[str]) -> list[Rule]:
    special = {"$columns": names, "$unreadable": UNREADABLE}
    arguments: dict[str, Any] = {
        key: special.get(value, value) if isinstance(value, str) else value
        for key, value in quality.implementation.get("kwargs", {}).items()
    }
    return [
        Rule(
            name=quality.name,
            column=arguments.pop("column", column),
            severity=quality.severity,
            expectation=quality.implementation["type"],
            arguments=arguments,
            meaning=quality.description,
        )
    ]


def _standard_rules(column: SchemaProperty) -> list[Rule]:
    """Rules that follow from the standard's own constraints; these are all critical."""
    name = str(column.name)
    options = column.logicalTypeOptions or {}
    found: list[tuple[str, str, dict[str, Any], str]] = []
    if column.required:
        found.append(("required", "expect_column_values_to_not_be_null", {}, "never empty"))
    if column.unique:
        found.append(("unique", "expect_column_values_to_be_unique", {}, "no value stands twice"))
    for kind, low, high, expectation in (
        ("range", "minimum", "maximum", "expect_column_values_to_be_between"),
        ("length", "minLength", "maxLength", "expect_column_value_lengths_to_be_between"),
    ):
        if low in options or high in options:
            bounds = {"min_value": options.get(low), "max_value": options.get(high)}
            what = "characters" if kind == "length" else "values"
            meaning = f"{what} from {options.get(low)} to {options.get(high)}"
            found.append((kind, expectation, bounds, meaning))
    return [
        Rule(
            f"{name}_{kind}",
            name,
            "critical",
            expectation,
            arguments,
            f"{name}: {meaning}.",
        )
        for kind, expectation, arguments, meaning in found
    ]
