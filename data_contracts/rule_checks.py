"""Checks a rule against what its expectation takes: columns, arguments, bounds and patterns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from data_contracts.dataset import Dataset
from data_contracts.kinds import NUMBER, PATTERN, TEXT, is_number, show
from data_contracts.known_expectations import BOUNDS, EXPECTATIONS, NUMBERS, Expectation
from data_contracts.patterns import check_pattern
from data_contracts.rules import COLUMN_KEYS, HISTOGRAMS, Rule

CONSTANTS = ("None", "True", "False")
"""Names that pandas reads as values in a condition."""


def check_rule(rule: Rule, types: Mapping[str, str]) -> None:
    """Make sure that a rule can be evaluated.

    Args:
        rule: of a contract.
        types: the logical types of the contract's columns, and of the columns `as_written`.

    Raises:
        ValueError: it cannot be.
    """
    known = EXPECTATIONS.get(rule.expectation)
    if known is None:
        can = ", ".join(sorted(EXPECTATIONS))
        raise ValueError(f"{rule.name}: {show(rule.expectation)} cannot be checked, only {can}")
    _check_names(rule, known)
    for key, kind in known.arguments.items():
        if key in rule.arguments:
            kind.check(f"{rule.name}: {key}", rule.arguments[key])
            if kind is PATTERN:
                check_pattern(f"{rule.name}: {key}", rule.arguments[key])
    if unknown := sorted(rule.used_columns - types.keys()):
        raise ValueError(f"{rule.name}: the contract has no column {', '.join(unknown)}")
    for key, suiting in known.columns.items():
        name = rule.arguments[key]
        if types[name] not in suiting:
            raise ValueError(
                f"{rule.name}: {rule.expectation} is about a column of the logicalType"
                f" {' or '.join(suiting)}, but {name} is of {types[name]}"
            )
    _check_bounds(rule, known)
    for part in _comparisons(rule.arguments.get("row_condition")):
        _check_comparison(rule, part, types)
    _check_values(rule, types)


def _check_names(rule: Rule, known: Expectation) -> None:
    """Make sure that a rule has the arguments that it needs, and no others."""
    given = rule.arguments.keys()
    if rule.column and not known.columns:
        raise ValueError(
            f"{rule.name}: {rule.expectation} is about the whole file; move the rule to the quality"
            " of the table"
        )
    if without := [key for key in known.columns if key not in given]:
        raise ValueError(
            f"{rule.name}: {rule.expectation} needs {' and '.join(without)}: name a column, or move"
            " the rule to the quality of one"
        )
    allowed = [*known.columns, *known.arguments]
    if unknown := [key for key in given if key not in allowed]:
        raise ValueError(
            f"{rule.name}: {rule.expectation} has no argument {', '.join(map(str, unknown))}, only"
            f" {', '.join(allowed) or 'none'}"
        )
    if missing := [key for key in known.required if key not in given]:
        needed = " and ".join(f"{key}, {known.required[key].described}" for key in missing)
        raise ValueError(f"{rule.name}: {rule.expectation} needs {needed}")
    for key in COLUMN_KEYS:
        if key in given:
            TEXT.check(f"{rule.name}: {key}", rule.arguments[key])


def _check_bounds(rule: Rule, known: Expectation) -> None:
    if not known.arguments.keys() >= {*BOUNDS}:
        return
    low, high = (rule.arguments.get(key) for key in BOUNDS)
    if low is None and high is None:
        raise ValueError(f"{rule.name}: {rule.expectation} needs min_value, max_value or both")
    strict = any(rule.arguments.get(key) for key in ("strict_min", "strict_max"))
    if is_number(low) and is_number(high) and (low > high or (strict and low == high)):
        than = "less than" if strict else "at most"
        raise ValueError(
            f"{rule.name}: min_value must be {than} max_value, not {show(low)} and {show(high)}"
        )


def _comparisons(condition: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """List the parts of a condition that name a column."""
    if condition and condition["type"] == "and":
        for part in condition["conditions"]:
            yield from _comparisons(part)
    elif condition:
        yield condition


def can_be_compared(name: str) -> bool:
    """Return whether a row condition can name a column; it is read as a Python expression."""
    is_read_otherwise = name.isidentifier() and unicodedata.normalize("NFKC", name) != name
    return not is_read_otherwise and name not in CONSTANTS


def _check_comparison(rule: Rule, part: dict[str, Any], types: Mapping[str, str]) -> None:
    name, place = part["column"]["name"], f"{rule.name}: row_condition"
    if not can_be_compared(name):
        raise ValueError(
            f"{place} cannot name the column {name}; rename the column, and write this name as its"
            " physicalName"
        )
    if part["type"] == "comparison":
        kind = NUMBER if types[name] in NUMBERS else TEXT
        kind.check(f"{place}: parameter for {name}", part["parameter"])


def _check_values(rule: Rule, types: Mapping[str, str]) -> None:
    """Make sure that the values of a set are of the column's type."""
    if "value_set" in rule.arguments:
        kind = NUMBER if types[rule.arguments["column"]] in NUMBERS else TEXT
        for value in rule.arguments["value_set"]:
            kind.check(f"{rule.name}: each value of value_set", value)


def check_references(rule: Rule, dataset: Dataset) -> None:
    """Make sure that a rule compares a column with counts of the same column.

    Raises:
        ValueError: it does not.
    """
    binned = {column.name for column in dataset.slices if column.histogram_edges}
    if rule.values & {"$edges", *HISTOGRAMS}:
        column = rule.arguments["column"]
        if rule.column != column:
            raise ValueError(f"{rule.name}: move the rule to the quality of {column}")
        if column not in binned:
            raise ValueError(f"{rule.name}: {column} needs histogramEdges or sliceEdges")
    text, target = dataset.text, dataset.target.name
    for ends, names in (
        (("target_counts", "target_width"), {target}),
        (("vocabulary", "token_bins"), {text}),
        (("length_correlation",), {text, target}),
    ):
        found = [value for value in sorted(rule.values) if value.endswith(ends)]
        given = {rule.arguments[key] for key in COLUMN_KEYS if key in rule.arguments}
        if found and given != names:
            raise ValueError(f"{rule.name}: {found[0]} is of {_join(names)}, not of {_join(given)}")


def _join(names: set[str]) -> str:
    return " and ".join(sorted(names))
