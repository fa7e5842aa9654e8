"""The custom properties that the pipeline reads, with the kind of value of each.

The standard allows any others. So a name that looks like a misspelt one is refused, and others are
listed by `wine-points contract check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from data_contracts.kinds import EDGES, FLAG, NAMES, TEXT, Kind, is_number
from data_contracts.misspellings import find_meant
from data_contracts.places import Keys
from data_contracts.problems import Problem, Problems

if TYPE_CHECKING:
    from open_data_contract_standard.model import (
        OpenDataContractStandard,
        SchemaObject,
        SchemaProperty,
    )

TOLERANCE = "rejectedRowsFractionMax"
OF_TABLE = {TOLERANCE: Kind("a number from 0 to below 1", lambda v: is_number(v) and 0 <= v < 1)}
OF_COLUMN = {
    "role": TEXT,
    "slice": FLAG,
    "sliceEdges": EDGES,
    "histogramEdges": EDGES,
    "auxiliaryTarget": FLAG,
    "logarithmic": FLAG,
    "unit": TEXT,
    "aliases": NAMES,
    "mandatory": FLAG,
    "patternMeaning": TEXT,
}


def properties_of(part: SchemaObject | SchemaProperty) -> dict[str, Any]:
    """Return the custom properties of a column or a table by name, or by what it is meant to be."""
    given = {str(extra.property): extra.value for extra in part.customProperties or []}
    return {find_meant(name, (*OF_TABLE, *OF_COLUMN)) or name: v for name, v in given.items()}


def check_properties(
    part: SchemaObject | SchemaProperty, known: Mapping[str, Kind], place: Keys = ()
) -> None:
    """Make sure that custom properties have values of their kinds, and no misspelt names.

    Args:
        part: the column or the table.
        known: the kinds of those that are read.
        place: of the column or the table.

    Raises:
        InvalidContractError: some have another value, are given twice, or look like one that is
            read.
    """
    problems, extras = Problems(), part.customProperties or []
    names = [str(extra.property) for extra in extras]
    for number, (name, extra) in enumerate(zip(names, extras, strict=True)):
        within = (*place, "customProperties", number)
        meant, others = find_meant(name, known), {**OF_COLUMN, **OF_TABLE}
        if meant not in (None, name):
            what = f"{part.name}: the custom property {name} does not exist: write {meant}"
            problems.found.append(Problem(what, (*within, "property"), hides=False))
        with problems.collect(*within, "value"):
            if meant is None and name in others:
                where = "a column" if name in OF_COLUMN else "the table"
                raise ValueError(f"{part.name}: the custom property {name} belongs to {where}")
            if meant is not None:
                known[meant].check(f"{part.name}: {meant}", extra.value)
        with problems.collect(*within, "value"):
            if name in known and name in names[:number]:
                what = f"{part.name}: the custom property {name} is given twice; remove one"
                raise ValueError(what)
    problems.raise_any()


def list_unread(document: OpenDataContractStandard) -> Iterator[str]:
    """List the custom properties that nothing reads, each with its place."""
    for table in document.schema_ or []:
        yield from _unread(table, OF_TABLE)
        for column in table.properties or []:
            yield from _unread(column, OF_COLUMN)


def _unread(part: SchemaObject | SchemaProperty, known: Mapping[str, Kind]) -> Iterator[str]:
    for extra in part.customProperties or []:
        if extra.property not in known:
            yield f"{part.name}: nothing reads the custom property {extra.property}"
