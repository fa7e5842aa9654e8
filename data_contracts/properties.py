"""The custom properties that the pipeline reads, with the kind of value of each.

The standard allows any others. So a name that looks like a misspelt one is refused, and others are
listed by `wine-points contract check`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from data_contracts.kinds import EDGES, FLAG, NAMES, TEXT, Kind, is_number

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
SIMILARITY_MIN = 0.8
"""From this share of letters in common, `difflib.SequenceMatcher.ratio`, a name looks misspelt."""


def properties_of(part: SchemaObject | SchemaProperty) -> dict[str, Any]:
    """Return the custom properties of a column or a table by name."""
    return {str(extra.property): extra.value for extra in part.customProperties or []}


def check_properties(part: SchemaObject | SchemaProperty, known: Mapping[str, Kind]) -> None:
    """Make sure that custom properties have values of their kinds, and no misspelt names.

    Args:
        part: the column or the table.
        known: the kinds of those that are read.

    Raises:
        ValueError: one has another value, is given twice, or looks like one that is read.
    """
    place, extras = part.name, part.customProperties or []
    given = [extra.property for extra in extras]
    for extra in extras:
        name = str(extra.property)
        if name in known:
            known[name].check(f"{place}: {name}", extra.value)
            if given.count(name) > 1:
                raise ValueError(f"{place}: the custom property {name} is given twice; remove one")
        elif meant := _find_meant(name, known):
            raise ValueError(f"{place}: the custom property {name} does not exist: write {meant}")
        elif name in {**OF_COLUMN, **OF_TABLE}:
            where = "a column" if name in OF_COLUMN else "the table"
            raise ValueError(f"{place}: the custom property {name} belongs to {where}")


def _find_meant(name: str, known: Mapping[str, Kind]) -> str | None:
    plain = {other.casefold(): other for other in known}
    meant = difflib.get_close_matches(name.casefold(), plain, 1, SIMILARITY_MIN)
    return plain[meant[0]] if meant else None


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
