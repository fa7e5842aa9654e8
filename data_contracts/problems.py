"""Collects what is wrong with a contract, so that a person reads all of it at once.

A problem that follows from another one is left out: the value that it needs could not be read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from data_contracts.places import Keys, overlap

NAMED_MAX = 6
"""Names that a message lists before it counts the others."""


class Cause(NamedTuple):
    """What several problems have in common, such as the type of a column: one line is for all.

    Attributes:
        place: of the cause.
        before: the sentence about all of them, up to the list of uses.
        after: the rest of the sentence.
    """

    place: Keys
    before: str
    after: str


class Problem(NamedTuple):
    """Something that is wrong with a contract.

    Attributes:
        what: a line for a person.
        place: the part of the document.
        needs: the parts without which the problem cannot be known: it is left out if there is an
            earlier problem with one of them.
        cause: of this problem and perhaps of others, which are then reported in one line.
        use: what the cause does not suit, such as a rule or an option, by its name.
        hides: whether problems that need the place, or a part of it, are left out. Otherwise the
            value is known, and only those that need this very place are.
        line: of the document, from 1, where it is known already.
    """

    what: str
    place: Keys = ()
    needs: tuple[Keys, ...] = ()
    cause: Cause | None = None
    use: str = ""
    hides: bool = True
    line: int | None = None


class InvalidContractError(ValueError):
    """A contract cannot be used.

    Attributes:
        found: what is wrong.
        problems: the same, a line each.
    """

    def __init__(self, found: Iterable[Problem], shown: str = "") -> None:
        """Join the problems to one line, which begins with the document's path or URL."""
        self.found = [*dict.fromkeys(found)]
        # Names in the document may have line ends.
        self.problems = [*dict.fromkeys(" ".join(_show(p).splitlines()) for p in self.found)]
        super().__init__(f"{shown}: " * bool(shown) + "; ".join(self.problems))


def refuse(what: str, *needs: Keys, place: Keys = ()) -> InvalidContractError:
    """Make the error of one problem.

    Args:
        what: a line for a person.
        needs: see `Problem`.
        place: of the problem; by default that of the block that collects it.
    """
    return InvalidContractError([Problem(what, place, needs)])


class Problems:
    """The problems found so far."""

    def __init__(self, found: Iterable[Problem] = ()) -> None:
        """Start with these."""
        self.found = [*found]

    @contextlib.contextmanager
    def collect(self, *place: str | int) -> Iterator[None]:
        """Keep a ValueError of the block, about this place, instead of raising it."""
        try:
            yield
        except InvalidContractError as error:
            self.found += [p if p.place else p._replace(place=place) for p in error.found]
        except ValueError as error:
            self.found.append(Problem(str(error), place))

    def raise_any(self) -> None:
        """Raise what was found.

        Raises:
            InvalidContractError: there was a problem.
        """
        if self.found:
            raise InvalidContractError(self.found)


def leave_out_consequences(found: Iterable[Problem]) -> Iterator[Problem]:
    """List the problems that do not follow from an earlier one."""
    reported: list[Problem] = []
    for problem in found:
        if not any(_hides(other, need) for need in problem.needs for other in reported):
            yield problem
            reported.append(problem)


def _hides(problem: Problem, need: Keys) -> bool:
    if problem.hides:
        return overlap(problem.place, need)
    return problem.place == need


def join_causes(found: Iterable[Problem]) -> Iterator[Problem]:
    """Report problems that have the same cause in one line."""
    groups: dict[object, list[Problem]] = {}
    for number, problem in enumerate(found):
        groups.setdefault(problem.cause or number, []).append(problem)
    for group in groups.values():
        uses, cause = [*dict.fromkeys(problem.use for problem in group)], group[0].cause
        if cause is None or len(uses) == 1:
            yield from group
        else:
            more = len(uses) - NAMED_MAX
            others = f" and {more} more" if more > 0 else ""
            named = ", ".join(uses[:NAMED_MAX])
            place = cause.place or group[0].place
            yield Problem(f"{cause.before} {named}{others}{cause.after}", place)


def _show(problem: Problem) -> str:
    return problem.what if problem.line is None else f"line {problem.line}: {problem.what}"
