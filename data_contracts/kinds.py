"""Kinds of values that a contract may hold, each with its words and a check."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeGuard

SHOWN_MAX = 60


def show(value: Any) -> str:
    """Write a value of a document for a message, as JSON, cut where it gets too long."""
    text = json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether a value of a document is a finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= sys.float_info.max


def is_text(value: Any) -> TypeGuard[str]:
    """Tell whether a value of a document is a text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def is_whole(value: Any) -> bool:
    """Tell whether a value of a document is a whole number."""
    return is_number(value) and float(value).is_integer()


def _is_list(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and bool(value) and all(map(fits, value))


def _is_increasing(value: Any) -> bool:
    return _is_list(value, is_number) and value == sorted(set(value))


def _is_mapping(value: Any, names: Callable[[Any], bool], fits: Callable[[Any], bool]) -> bool:
    return (
        isinstance(value, dict) and bool(value) and all(names(k) and fits(value[k]) for k in value)
    )


class Kind(NamedTuple):
    """A kind of values.

    Attributes:
        words: what a value must be.
        fits: whether a value is of this kind.
        references: names of values that are known when a delivery is checked, and allowed instead,
            such as `$last.rows`.
    """

    words: str
    fits: Callable[[Any], bool]
    references: tuple[str, ...] = ()

    @property
    def described(self) -> str:
        """What a value must be, or which references are allowed instead."""
        return " or ".join([*filter(None, [self.words]), *self.references])

    def check(self, place: str, value: Any) -> None:
        """Make sure that a value is of this kind.

        Args:
            place: of the value, for the message.
            value: of a document.

        Raises:
            ValueError: it is not.
        """
        if not (isinstance(value, str) and value in self.references) and not self.fits(value):
            raise ValueError(f"{place} must be {self.described}, not {show(value)}")

    def or_of(self, name: str) -> Kind:
        """Return a kind for which a value of the last file or the champion may stand, too."""
        return self._replace(references=(f"$last.{name}", f"$champion.{name}"))


def only(*references: str) -> Kind:
    """Make the kind of an argument that must be one of these references."""
    return Kind("", lambda _: False, references)


FLAG = Kind("true or false", lambda v: isinstance(v, bool))
TEXT = Kind("a text", lambda v: isinstance(v, str))
NUMBER = Kind("a number", is_number)
POSITIVE = Kind("a number above 0", lambda v: is_number(v) and v > 0)
NOT_NEGATIVE = Kind("a number of at least 0", lambda v: is_number(v) and v >= 0)
SHARE = Kind("a number from 0 to 1", lambda v: is_number(v) and 0 <= v <= 1)
CORRELATION = Kind("a number from -1 to 1", lambda v: is_number(v) and -1 <= v <= 1)
COUNT = Kind("a whole number of at least 0", lambda v: is_whole(v) and v >= 0)
SIZE = Kind("a whole number of at least 1", lambda v: is_whole(v) and v >= 1)
EDGES = Kind("a list of increasing numbers", _is_increasing)
NAMES = Kind("a list of names", lambda v: _is_list(v, lambda name: is_text(name) or is_whole(name)))
VALUES = Kind("a list of texts or numbers", lambda v: isinstance(v, list) and bool(v))
"""The column's type decides which of the two."""
COUNTS = Kind("a count for each whole number", lambda v: _is_mapping(v, is_whole, COUNT.fits))
SHARES = Kind("a share for each column", lambda v: _is_mapping(v, is_text, SHARE.fits))
CONDITION = Kind("a condition", lambda v: isinstance(v, dict))
PATTERN = Kind(
    "a regular expression that does not begin with $", lambda v: is_text(v) and v[0] != "$"
)
