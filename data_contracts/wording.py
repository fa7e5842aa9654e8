"""Wording of counts."""

from __future__ import annotations


def write_count(number: float, noun: str) -> str:
    """Return a number with a noun, which is in the plural unless the number is 1."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
