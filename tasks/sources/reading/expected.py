"""The columns that a file should have.

They tell the header from a title above it, and the table to read from others in an archive.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple, Self

from data_contracts.contract import Contract
from data_contracts.matching import find_columns, match_columns
from data_contracts.names import simplify


class ExpectedColumns(NamedTuple):
    """The columns that a file should have.

    Attributes:
        header: the names in order; empty if it is not known.
        names: all names that a column may have, simplified.
        needed: names of the columns without which a table is of no use.
        suffice: returns whether a header has the columns that are needed.
        find: returns the places of the columns in a header; the others are not used.
    """

    header: tuple[str, ...]
    names: frozenset[str]
    needed: tuple[str, ...]
    suffice: Callable[[list[str]], bool]
    find: Callable[[list[str]], Collection[int]]

    @classmethod
    def of(
        cls,
        contract: Contract,
        needed: Collection[str] | None = None,
        others: Collection[str] = (),
    ) -> Self:
        """Expect the columns of a contract.

        Args:
            contract: names and aliases.
            needed: the columns that suffice; if unset, those that the contract needs.
            others: names of further columns that may be read.
        """
        aliases = (alias for names in contract.aliases.values() for alias in names)
        names = {*contract.header, *contract.schema.names, *aliases, *others}
        wanted = set(contract.needed if needed is None else needed)
        return cls(
            contract.header,
            frozenset(map(simplify, names)) - {""},
            tuple(name for name in contract.schema.names if name in wanted),
            lambda header: wanted <= match_columns(contract, header).places.keys(),
            lambda header: match_columns(contract, header).places.values(),
        )

    @classmethod
    def named(cls, *names: str) -> Self:
        """Expect columns with these names among others, which are used, too."""
        return cls(
            (),
            frozenset(map(simplify, names)),
            names,
            lambda header: all(find_columns(header, name) for name in names),
            lambda header: range(len(header)),
        )

    def knows(self, name: str) -> bool:
        """Return whether a column may have this name."""
        return simplify(name) in self.names
