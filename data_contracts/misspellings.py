"""Finds the name that a misspelt one was meant to be."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable

SIMILARITY_MIN = 0.8
"""From this share of letters in common, `difflib.SequenceMatcher.ratio`, a name looks misspelt."""
LETTERS_MAX = 2
"""Misplaced letters of a long name, in which a whole word may differ at that share."""
OPPOSITES = ("min", "max", "not")
"""Words without which a name means something else, and is not misspelt."""


def find_meant(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a name is or resembles, if there is one."""
    return _find_meant(name, tuple(known))


@functools.lru_cache(maxsize=4_096)
def _find_meant(name: str, known: tuple[str, ...]) -> str | None:
    if name in known:
        return name
    plain, given = {_simplify(other): other for other in known}, _simplify(name)
    least = max(SIMILARITY_MIN, 1 - LETTERS_MAX / max(len(given), 1))
    swapped = [other for other in plain if sorted(other) == sorted(given)]
    alike = [other for other in plain if all((w in given) == (w in other) for w in OPPOSITES)]
    meant = swapped or difflib.get_close_matches(given, alike, 1, least)
    return plain[meant[0]] if meant else None


def _simplify(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def advise(name: str, known: Iterable[str]) -> str:
    """Name what a misspelt name was meant to be, or else all known names; continues a sentence."""
    known = tuple(known)
    meant = find_meant(name, known)
    return f"; did you mean {meant}?" if meant else f", only {', '.join(known) or 'none'}"
