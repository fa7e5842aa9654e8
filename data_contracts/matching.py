"""Matches the columns of a file with those of the contract by their names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from data_contracts.contract import Contract
from data_contracts.names import keep_visible, simplify
from data_contracts.wording import join_names

SHOWN_CHARACTERS_MAX = 80
LISTED_CHARACTERS_MAX = 500


class Matching(NamedTuple):
    """The columns of a file, matched with those of a contract.

    Attributes:
        places: for each column of the contract that the file has, its position in the file.
        names: the file's columns in their order, under the contract's names where they match.
        notes: how names were matched, in sentences.
        clashes: for each column of the contract that several columns of the file match, a sentence
            that names them.
        header: the file's columns in their order, as the file names them.
    """

    places: dict[str, int]
    names: list[str]
    notes: list[str]
    clashes: list[str]
    header: list[str]

    @property
    def listed(self) -> str:
        """The file's names in one text; see `list_names`."""
        return list_names(self.header)


def list_names(names: Iterable[str]) -> str:
    """List names of columns in one text, cut where it gets too long for a sentence."""
    text = join_names(name.strip()[:SHOWN_CHARACTERS_MAX] or "(no name)" for name in names)
    cut = len(text) > LISTED_CHARACTERS_MAX
    return f"{text[:LISTED_CHARACTERS_MAX]}…" if cut else text


def find_columns(names: list[str], wanted: str) -> list[int]:
    """List the places of the exact name, else of the names that differ in case or spaces."""
    exact = [place for place, name in enumerate(names) if name == wanted]
    simple = simplify(wanted)
    return exact or [p for p, name in enumerate(names) if simple and simplify(name) == simple]


def match_columns(contract: Contract, header: list[str]) -> Matching:
    """Match columns by their exact names, then by simplified names, then by the aliases.

    Args:
        contract: names and aliases.
        header: the file's column names.
    """
    places: dict[str, int] = {}
    clashes: list[str] = []
    for find in (_find_name, _find_alias):
        for name in contract.schema.names:
            if name in places:
                continue
            free = [place for place in range(len(header)) if place not in places.values()]
            if found := find(contract, name, header, free):
                places[name] = found[0]
            if len(found) > 1:
                listed = " and ".join(_tell_apart(header, found))
                clashes.append(f"{listed} both match the column {name}; remove or rename one.")
    matched = {place: name for name, place in places.items()}
    names = [matched.get(place, written) for place, written in enumerate(header)]
    return Matching(places, names, list(_describe(contract, header, places)), clashes, header)


def _tell_apart(header: list[str], places: list[int]) -> list[str]:
    """Show the names of columns, with their numbers if they look the same."""
    shown = [_show(keep_visible(header[place])) for place in places]
    if len({*shown}) == len(shown):
        return shown
    return [f"{name} (column {place + 1})" for name, place in zip(shown, places, strict=True)]


def _written(contract: Contract) -> dict[str, str]:
    return dict(zip(contract.schema.names, contract.header, strict=True))


def _find_name(contract: Contract, name: str, header: list[str], free: list[int]) -> list[int]:
    """List the places of a column: of its exact name, then of names that differ in case or spaces.

    The exact name of another column is never this one, even if the two differ in case only.
    """
    others = _written(contract)
    written = others.pop(name)
    wanted = {simplify(written), simplify(name)} - {""}
    found = [p for p in free if simplify(header[p]) in wanted and header[p] not in others.values()]
    exact = [place for place in found if header[place] == written]
    if not written and 0 in free and not header[0].strip():
        # pandas writes its index first, without a name. Elsewhere a comma too many makes a column.
        exact = [0]
    return exact + [place for place in found if place not in exact]


def _find_alias(contract: Contract, name: str, header: list[str], free: list[int]) -> list[int]:
    """List the places of the first alias that the file has."""
    for alias in contract.aliases[name]:
        if found := [place for place in free if simplify(header[place]) == simplify(alias)]:
            return found
    return []


def _describe(contract: Contract, header: list[str], places: dict[str, int]) -> Iterable[str]:
    """Describe the differences between the file's header and the contract's."""
    written = _written(contract)
    for name, place in places.items():
        if header[place] not in (written[name], name):
            yield f"{_show(header[place])} was read as {name}."
    in_order = [name for name in contract.schema.names if name in places]
    if sorted(places, key=places.__getitem__) != in_order:
        yield "The columns are in another order than in the contract."
    aliases = {simplify(a): name for name in places for a in contract.aliases[name]}
    for place, name in enumerate(header):
        if place in places.values():
            continue
        if not name.strip():
            yield f"Column {place + 1} has no name and is not used."
        elif meant := aliases.get(simplify(name)):
            taken = _show(header[places[meant]])
            yield f"{_show(name)} is not used: {meant} was read from {taken}."


def _show(name: str) -> str:
    return f"`{name[:SHOWN_CHARACTERS_MAX]}`" if name.strip() else "the column without a name"
