"""Reads the entries of a `quality` list: their fields, and the expectation that each one names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from data_contracts.kinds import COUNT, Kind, is_number, show
from data_contracts.misspellings import advise, find_meant
from data_contracts.places import Keys
from data_contracts.problems import Problems, refuse

if TYPE_CHECKING:
    from open_data_contract_standard.model import DataQuality

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
TYPES = ("library", "custom")
ENGINE = "greatExpectations"
PERCENT = Kind("a number from 0 to 100", lambda value: is_number(value) and 0 <= value <= 100)


def check_entry(quality: DataQuality, name: str, place: Keys, problems: Problems) -> None:
    """Collect what an entry lacks, whatever its type: a name, a description, a severity.

    Args:
        quality: the entry.
        name: of the rule, or its place in words.
        place: of the entry.
        problems: takes what is found.
    """
    described = (*place, "description")
    severities = f"one of {', '.join(SEVERITIES)}"
    with problems.collect(*place, "name"):
        if not quality.name:
            raise refuse(f"{name}: a rule needs a name", (*place, "name"))
    with problems.collect(*described):
        if not quality.description:
            what = "a rule needs a description, a sentence for who corrects the data"
            raise refuse(f"{name}: {what}", described)
    with problems.collect(*place, "severity"):
        if quality.severity not in SEVERITIES:
            what = (
                f"severity must be {severities}, not {show(quality.severity)}"
                if quality.severity
                else f"a rule needs a severity, {severities}"
            )
            raise refuse(f"{name}: {what}", (*place, "severity"))


def translate(
    quality: DataQuality, name: str, place: Keys, problems: Problems
) -> tuple[str, dict[str, Any]] | None:
    """Return the expectation of an entry with its arguments; None if it cannot be known.

    Args:
        quality: the entry.
        name: of the rule, or its place in words.
        place: of the entry.
        problems: takes what is found.
    """
    # In the standard, a rule with a metric may do without a type.
    kind = quality.type or ("library" if quality.metric else None)
    with problems.collect(*place, "type"):
        if kind not in TYPES:
            what = f"type must be one of {', '.join(TYPES)}, not {show(kind)}"
            raise refuse(f"{name}: {what}", (*place, "type"))
    # A misspelt type is a problem, and yet the rest of the entry is checked.
    match find_meant(kind or "", TYPES):
        case "library":
            return _translate_metric(quality, name, place, problems)
        case "custom":
            return _translate_custom(quality, name, place, problems)
    return None


def _translate_custom(
    quality: DataQuality, name: str, place: Keys, problems: Problems
) -> tuple[str, dict[str, Any]] | None:
    with problems.collect(*place, "engine"):
        if quality.engine != ENGINE:
            what = f"the engine of a custom rule must be {ENGINE}, not {show(quality.engine)}"
            raise refuse(f"{name}: {what}", (*place, "engine"))
    if not find_meant(quality.engine or ENGINE, [ENGINE]):
        return None
    implementation: Any = quality.implementation
    within = (*place, "implementation")
    expectation = implementation.get("type") if isinstance(implementation, dict) else None
    with problems.collect(*within):
        if not isinstance(expectation, str):
            what = "the implementation must have a type, the name of an expectation, and kwargs"
            raise refuse(f"{name}: {what}, not {show(implementation)}", within)
        for key in implementation.keys() - {"type", "kwargs"}:
            what = f"an implementation has no {key}{advise(str(key), ('type', 'kwargs'))}"
            raise ValueError(f"{name}: {what}")
    arguments = implementation.get("kwargs", {}) if isinstance(implementation, dict) else {}
    with problems.collect(*within, "kwargs"):
        if not isinstance(arguments, dict):
            raise ValueError(f"{name}: kwargs must be names with values, not {show(arguments)}")
    fits = isinstance(expectation, str) and isinstance(arguments, dict)
    return (str(expectation), arguments) if fits else None


def _translate_metric(
    quality: DataQuality, name: str, place: Keys, problems: Problems
) -> tuple[str, dict[str, Any]] | None:
    fields = quality.model_dump(exclude_none=True)
    bounds = {key: value for key, value in fields.items() if key.startswith("must")}
    known = _METRICS.get(find_meant(quality.metric or "", _METRICS) or "")
    with problems.collect(*place, "metric"):
        if quality.metric not in _METRICS:
            what = f"metric must be one of {', '.join(_METRICS)}, not {show(quality.metric)}"
            raise refuse(f"{name}: {what}", (*place, "metric"))
    if known is None:
        return None
    with problems.collect(*place, "unit"):
        if quality.unit != known.unit and (quality.unit or not known.can_lack_unit):
            what = f"the unit of {quality.metric} must be {known.unit}, not {show(quality.unit)}"
            raise refuse(f"{name}: {what}", (*place, "unit"))
    with problems.collect(*place):
        if bounds.keys() != {known.bound}:
            given = f"not {', '.join(bounds)}" if bounds else "and has none"
            what = f"{quality.metric} needs {known.bound} as its only bound, {given}"
            raise refuse(f"{name}: {what}", *((*place, key) for key in (known.bound, *bounds)))
    if known.bound not in bounds:
        return None
    with problems.collect(*place, known.bound):
        known.kind.check(f"{name}: {known.bound}", bounds[known.bound])
        return known.expectation, known.make(bounds[known.bound])
    return None


class _Metric(NamedTuple):
    """A metric of the standard that can be checked, and its only bound."""

    unit: str
    can_lack_unit: bool
    bound: str
    kind: Kind
    expectation: str
    make: Callable[[float], dict[str, Any]]


_METRICS = {
    "rowCount": _Metric(
        "rows",
        True,
        "mustBeGreaterOrEqualTo",
        COUNT,
        "expect_table_row_count_to_be_between",
        lambda rows: {"min_value": int(rows)},
    ),
    "nullValues": _Metric(
        "percent",
        False,
        "mustBeLessOrEqualTo",
        PERCENT,
        "expect_column_values_to_not_be_null",
        lambda percent: {"mostly": round(1 - percent / 100, 9)},
    ),
}
