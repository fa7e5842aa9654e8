"""Checks a rule against what its expectation takes: columns, arguments, bounds and patterns."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Mapping
from typing import Any

from data_contracts.kinds import NUMBER, PATTERN, TEXT, Kind, is_number, show
from data_contracts.known_expectations import BOUNDS, EXPECTATIONS, NUMBERS, Expectation
from data_contracts.misspellings import advise, find_meant
from data_contracts.patterns import check_pattern
from data_contracts.places import COLUMNS, get_item
from data_contracts.problems import Problems, refuse
from data_contracts.rules import COLUMN_KEYS, HISTOGRAMS, Rule, columns_of
from data_contracts.types_of_columns import missing_column, unsuitable

CONSTANTS = ("None", "True", "False")
"""Names that pandas reads as values in a condition."""


def check_rule(rule: Rule, types: Mapping[str, str]) -> None:
    """Make sure that a rule can be evaluated.

    Args:
        rule: of a contract.
        types: the logical types of the contract's columns, and of the columns `as_written`.

    Raises:
        InvalidContractError: it cannot be.
    """
    problems, meant = Problems(), find_meant(rule.expectation, EXPECTATIONS)
    with problems.collect(*rule.place, "implementation", "type"):
        if rule.expectation != meant:
            can = advise(rule.expectation, sorted(EXPECTATIONS))
            raise ValueError(f"{rule.name}: {show(rule.expectation)} cannot be checked{can}")
    if meant is not None:
        with problems.collect(*rule.place, "implementation", "kwargs"):
            _check_arguments(rule._replace(expectation=meant), EXPECTATIONS[meant], types)
    problems.raise_any()


def _check_arguments(rule: Rule, known: Expectation, types: Mapping[str, str]) -> None:
    """Make sure that the arguments suit the expectation and the columns."""
    if rule.column and not known.columns:
        raise ValueError(
            f"{rule.name}: {rule.expectation} is about the whole file; move the rule to the quality"
            " of the table"
        )
    problems, place = Problems(), (*rule.place, "implementation", "kwargs")
    allowed = [*known.columns, *known.arguments]
    given = rule.arguments
    for key in given:
        with problems.collect(*place, key):
            if key not in allowed:
                what = f"{rule.expectation} has no argument {key}{advise(str(key), allowed)}"
                raise ValueError(f"{rule.name}: {what}")
    # A misspelt argument is a problem, and yet its value is checked.
    meant = {find_meant(str(key), allowed): value for key, value in given.items()}
    given = {key: value for key, value in meant.items() if key} | {
        key: value for key, value in given.items() if key in allowed
    }
    rule = rule._replace(arguments=given)
    for key, kind in (dict.fromkeys(known.columns, TEXT) | known.arguments).items():
        if key in given:
            with problems.collect(*place, key):
                kind.check(f"{rule.name}: {key}", given[key])
                if kind is PATTERN:
                    check_pattern(f"{rule.name}: {key}", given[key])
    for check in (_check_presence, _check_bounds):
        with problems.collect(*place):
            check(rule, known)
    with problems.collect(*place):
        _check_columns(rule, known, types)
    problems.raise_any()


def _check_presence(rule: Rule, known: Expectation) -> None:
    """Make sure that a rule has the arguments that it needs."""
    if without := [key for key in known.columns if key not in rule.arguments]:
        raise ValueError(
            f"{rule.name}: {rule.expectation} needs {' and '.join(without)}: name a column, or move"
            " the rule to the quality of one"
        )
    if missing := [key for key in known.required if key not in rule.arguments]:
        needed = " and ".join(f"{key}, {known.required[key].described}" for key in missing)
        raise ValueError(f"{rule.name}: {rule.expectation} needs {needed}")


def _check_bounds(rule: Rule, known: Expectation) -> None:
    if not known.arguments.keys() >= {*BOUNDS}:
        return
    low, high = (rule.arguments.get(key) for key in BOUNDS)
    if not rule.arguments.keys() & {*BOUNDS}:
        raise ValueError(f"{rule.name}: {rule.expectation} needs min_value, max_value or both")
    strict = any(rule.arguments.get(key) for key in ("strict_min", "strict_max"))
    if is_number(low) and is_number(high) and (low > high or (strict and low == high)):
        than = "less than" if strict else "at most"
        raise ValueError(
            f"{rule.name}: min_value must be {than} max_value, not {show(low)} and {show(high)}"
        )


def _check_columns(rule: Rule, known: Expectation, types: Mapping[str, str]) -> None:
    """Make sure that there are the columns that a rule names, and of which types they are."""
    problems, condition = Problems(), rule.arguments.get("row_condition")
    parts = _comparisons(condition) if isinstance(condition, dict) else []
    for part in parts:
        with problems.collect(*rule.place, "implementation", "kwargs", "row_condition"):
            _check_form(rule, part)
    given = {key: rule.arguments.get(key) for key in known.columns}
    names = [*given.values(), *map(_column_of, parts)]
    for named in dict.fromkeys(name for name in names if isinstance(name, str)):
        with problems.collect():
            if named not in types:
                raise missing_column(rule.name, named, types)
    for key, suiting in known.columns.items():
        name = given[key]
        with problems.collect():
            if isinstance(name, str) and types.get(name, suiting[0]) not in suiting:
                what = (
                    f"{rule.name}: {rule.expectation} is about a column of the logicalType"
                    f" {' or '.join(suiting)}, but {name} is of {types[name]}"
                )
                raise unsuitable(name, types[name], what, rule.name)
    for part in parts:
        with problems.collect():
            _check_comparison(rule, part, types)
    with problems.collect(*rule.place, "implementation", "kwargs", "value_set"):
        _check_values(rule, types)
    problems.raise_any()


def _comparisons(condition: Any) -> list[Any]:
    """List the parts of a condition that name a column, and those that cannot be read."""
    match condition:
        case {"type": "and", "conditions": [_, *_] as parts, **rest} if not rest:
            return [one for part in parts for one in _comparisons(part)]
    return [condition]


def _check_form(rule: Rule, part: Any) -> None:
    try:
        columns_of(part)
    except ValueError as error:
        raise ValueError(f"{rule.name}: {error}") from None


def _column_of(part: Any) -> Any:
    """Return the name of the column of a part, which may be unreadable otherwise."""
    return get_item(get_item(part, "column"), "name")


def can_be_compared(name: str) -> bool:
    """Return whether a row condition can name a column; it is read as a Python expression."""
    is_read_otherwise = name.isidentifier() and unicodedata.normalize("NFKC", name) != name
    return not is_read_otherwise and name not in CONSTANTS


def _check_comparison(rule: Rule, part: Any, types: Mapping[str, str]) -> None:
    name, place = _column_of(part), f"{rule.name}: row_condition"
    if not isinstance(name, str):
        return
    if not can_be_compared(name):
        raise ValueError(
            f"{place} cannot name the column {name}; rename the column, and write this name as its"
            " physicalName"
        )
    if get_item(part, "type") == "comparison" and "parameter" in part and name in types:
        what = f"{place}: parameter for {name}"
        _check_suits(rule, name, types[name], what, part["parameter"])


def _check_values(rule: Rule, types: Mapping[str, str]) -> None:
    """Make sure that the values of a set are of the column's type."""
    name, values = rule.arguments.get("column"), rule.arguments.get("value_set")
    if isinstance(name, str) and name in types and isinstance(values, list):
        kind, what = _kind_of(types[name]), f"{rule.name}: each value of value_set"
        if any(map(kind.fits, values)):
            for value in values:
                kind.check(what, value)
        elif values:
            _check_suits(rule, name, types[name], what, values[0])


def _kind_of(logical_type: str) -> Kind:
    return NUMBER if logical_type in NUMBERS else TEXT


def _check_suits(rule: Rule, column: str, given: str, place: str, value: Any) -> None:
    """Make sure that a value is of a column's type."""
    try:
        _kind_of(given).check(place, value)
    except ValueError as error:
        raise unsuitable(column, given, str(error), rule.name) from None


def check_references(rule: Rule, roles: Mapping[str, str], binned: Container[str]) -> None:
    """Make sure that a rule compares a column with counts of the same column.

    Args:
        rule: that `check_rule` does not refuse.
        roles: the names of the columns `text` and `target`.
        binned: the columns of numbers with bars.

    Raises:
        InvalidContractError: it does not.
    """
    if rule.values & {"$edges", *HISTOGRAMS}:
        column = rule.arguments["column"]
        if rule.column != column:
            raise ValueError(f"{rule.name}: move the rule to the quality of {column}")
        if column not in binned:
            needs = ((*COLUMNS, column, key) for key in ("customProperties", "logicalType"))
            raise refuse(f"{rule.name}: {column} needs histogramEdges or sliceEdges", *needs)
    for ends, described in (
        (("target_counts", "target_width"), ("target",)),
        (("vocabulary", "token_bins"), ("text",)),
        (("length_correlation",), ("text", "target")),
    ):
        found = [value for value in sorted(rule.values) if value.endswith(ends)]
        given = {rule.arguments[key] for key in COLUMN_KEYS if key in rule.arguments}
        names = {roles[role] for role in described if role in roles}
        if found and len(names) == len(described) and given != names:
            raise ValueError(f"{rule.name}: {found[0]} is of {_join(names)}, not of {_join(given)}")


def _join(names: set[str]) -> str:
    return " and ".join(sorted(names))
