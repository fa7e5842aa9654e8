"""Names of columns: those that a contract may give, and those under which a file may have them."""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING

from data_contracts.dataset import RESERVED, ROW_NUMBER
from data_contracts.kinds import NAMES
from data_contracts.places import COLUMNS, Keys
from data_contracts.problems import Problems, refuse
from data_contracts.properties import properties_of

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

QUOTE = "`"
"""It ends a name in pandas' conditions."""
UNUSABLE = ("Cc", "Zl", "Zp")
"""The Unicode categories of control characters and line ends."""


@functools.lru_cache(maxsize=4_096)
def simplify(name: str) -> str:
    """Return a name in lower case, without spaces, underscores and invisible characters.

    Letters with accents are the same however they are encoded: composed, or as macOS writes them.
    """
    folded = unicodedata.normalize("NFD", "".join(keep_visible(name).split())).casefold()
    return unicodedata.normalize("NFC", folded.replace("_", ""))


def keep_visible(name: str) -> str:
    """Return a name without characters such as the byte order mark or a zero-width space."""
    seen = "".join(c for c in name if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", seen)


def is_unusable(character: str) -> bool:
    """Tell whether no name of a column may have this character."""
    return character == QUOTE or unicodedata.category(character) in UNUSABLE


def written_name(column: SchemaProperty) -> str:
    """Return the name of a column in a file."""
    return str(column.name) if column.physicalName is None else column.physicalName


def aliases_of(column: SchemaProperty) -> tuple[str, ...]:
    """Return the other names that a file may give a column."""
    aliases = properties_of(column).get("aliases", [])
    return tuple(map(str, aliases)) if NAMES.fits(aliases) else ()


def check_name(column: SchemaProperty, place: Keys = ()) -> None:
    """Make sure that rules and conditions can name a column.

    Args:
        column: of a contract.
        place: of its name in the document.

    Raises:
        ValueError: it has no name, one of the pipeline's own, or one with an unusable character.
    """
    other = "rename the column, and write this name as its physicalName"
    if not column.name:
        raise refuse("each column needs a name; a physicalName may be empty", place)
    if column.name.startswith(RESERVED) or column.name == ROW_NUMBER:
        raise ValueError(
            f"{column.name}: the pipeline's own columns have names that begin with {RESERVED}"
            f" or are {ROW_NUMBER}; {other}"
        )
    if any(map(is_unusable, column.name)):
        raise ValueError(
            f"{column.name!a}: a name must not have line ends, control characters or {QUOTE};"
            f" {other}"
        )


def check_names(columns: list[SchemaProperty]) -> None:
    """Make sure that each name and alias means one column.

    Raises:
        InvalidContractError: some mean two.
    """
    problems = Problems()
    names, all_written = [str(c.name) for c in columns], [written_name(c) for c in columns]
    # `check_name` tells that a name is missing.
    named = [(number, column) for number, column in enumerate(columns) if column.name]
    for number, column in named:
        name, written = str(column.name), written_name(column)
        with problems.collect(*COLUMNS, number, "name"):
            if name in names[:number]:
                raise ValueError(f"two columns have the name {name}")
            if written in all_written[:number]:
                raise ValueError(f"two columns have the name {written}")
    problems.raise_any()
    meant: dict[str, str] = {}
    for _, column in named:
        for name in (str(column.name), written_name(column)):
            meant.setdefault(simplify(name), str(column.name))
    for number, column in named:
        for alias in aliases_of(column):
            with problems.collect(*COLUMNS, number, "customProperties", "aliases"):
                if meant.setdefault(simplify(alias), str(column.name)) != column.name:
                    raise ValueError(
                        f"{column.name}: the alias {alias} also means the column"
                        f" {meant[simplify(alias)]}; remove the alias"
                    )
    problems.raise_any()
