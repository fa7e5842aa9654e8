"""Collects what is wrong with a contract, so that a person reads all of it at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence


class InvalidContractError(ValueError):
    """A contract cannot be used.

    Attributes:
        problems: what is wrong, a line each.
    """

    def __init__(self, problems: Sequence[str], shown: str = "") -> None:
        """Join the problems to one line, which begins with the document's path or URL."""
        # Names in the document may have line ends.
        self.problems = [" ".join(problem.splitlines()) for problem in problems]
        super().__init__(f"{shown}: " * bool(shown) + "; ".join(self.problems))


class Problems:
    """The problems found so far, each once."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: dict[str, None] = {}

    @contextlib.contextmanager
    def collect(self) -> Iterator[None]:
        """Keep a ValueError of the block instead of raising it."""
        try:
            yield
        except InvalidContractError as error:
            self._found |= dict.fromkeys(error.problems)
        except ValueError as error:
            self._found[str(error)] = None

    def raise_any(self) -> None:
        """Raise what was found.

        Raises:
            InvalidContractError: there was a problem.
        """
        if self._found:
            raise InvalidContractError([*self._found])
