"""Wording of counts and of lists of names."""

from __future__ import annotations

import json
from collections.abc import Iterable


def write_count(number: float, noun: str) -> str:
    """Return a number with a noun, which is in the plural unless the number is 1."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def join_names(names: Iterable[str]) -> str:
    """Join names with commas; one with a comma is in quotes."""
    quoted = (json.dumps(name, ensure_ascii=False) if "," in name else name for name in names)
    return ", ".join(quoted)
