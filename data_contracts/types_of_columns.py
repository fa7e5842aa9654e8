"""Refuses uses of a column that do not suit its logical type, or of one that there is not."""

from __future__ import annotations

from collections.abc import Iterable

from data_contracts.misspellings import find_meant
from data_contracts.places import COLUMNS, EACH, Keys
from data_contracts.problems import Cause, InvalidContractError, Problem


def unsuitable(
    column: str, given: str | None, what: str, use: str, *needs: Keys
) -> InvalidContractError:
    """Make the error of a use that does not suit a column's type.

    Where several uses of a column do not suit, its type is wrong rather than each of them. So they
    are reported in one line.

    Args:
        column: name of the column.
        given: its logical type.
        what: which type the use needs, a line for a person.
        use: name of the use: of a rule, an option, or a property.
        needs: more parts of the document without which this cannot be known.
    """
    place = (*COLUMNS, column, "logicalType")
    cause = Cause(
        place,
        f"{column}: the logicalType {given} does not suit",
        "; change the type, or these",
    )
    return InvalidContractError([Problem(what, (), (place, *needs), cause, use)])


def missing_column(rule: str, name: str, known: Iterable[str]) -> InvalidContractError:
    """Make the error of a rule that names a column which the contract does not have.

    Args:
        rule: name of the rule.
        name: of the column.
        known: the names of the contract's columns.
    """
    meant = find_meant(name, known)
    advice = f"; did you mean {meant}?" if meant else ""
    cause = Cause((), f"the contract has no column {name}, but rules name it:", advice)
    what = f"{rule}: the contract has no column {name}{advice}"
    # A column whose name cannot be read may be this one.
    return InvalidContractError([Problem(what, (), ((*COLUMNS, EACH, "name"),), cause, rule)])
