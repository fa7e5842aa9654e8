"""Showing a part of an untrusted file in a message."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

SHOWN_CHARACTERS_MAX = 60
NAMES_SHOWN_MAX = 5


def show(text: str, characters_max: int = SHOWN_CHARACTERS_MAX) -> str:
    r"""Return text in quotes, in one line and short, with escapes such as \t and \x07."""
    cut = text[:characters_max]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
    return f'"{shown}{"…" if len(text) > characters_max else ""}"'


def write_words(words: Iterable[str]) -> str:
    """Write words as the value of an option; one that begins with a hyphen needs quotes."""
    listed = ",".join(f'"{word}"' if word.startswith("-") else word for word in words)
    return shlex.quote(listed)


def make_sentence(text: str) -> str:
    """Begin a text that has no full stop with a capital, and end it with one."""
    return f"{text[0].upper()}{text[1:]}."


def list_files(names: Sequence[str]) -> str:
    """List names of files in one text, of many only the first."""
    shown = ", ".join(names[:NAMES_SHOWN_MAX])
    more = len(names) - NAMES_SHOWN_MAX
    return f"{shown} and {more:,} more" if more > 0 else shown
