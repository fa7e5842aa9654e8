"""How figures and texts of the data are written on a page."""

from __future__ import annotations

import unicodedata

WORD_CHARACTERS = 40


def format_share(fraction: float | None) -> str:
    """Write a share; a few rows never read as none, nor all but a few as all."""
    if fraction is None:
        return "–"
    if fraction in (0, 1):
        return f"{fraction:.0%}"
    if fraction < 0.0001:
        return "< 0.01%"
    return "> 99.99%" if fraction > 0.9999 else f"{fraction:.2%}"


def show_text(value: str, characters_max: int | None = None) -> str:
    """Write a text of the data so that all of it is seen: invisible characters by their numbers."""
    text = value if characters_max is None else value[: characters_max + 1]
    if characters_max is not None and len(text) > characters_max:
        text = f"{text[: characters_max - 1]}…"
    if text.isprintable():
        return text
    return "".join(
        f"[U+{ord(c):04X}]" if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t" else c
        for c in text
    )


def show_observed(observed: str) -> str:
    """Write what was found; figures with the digits that people read."""
    try:
        number = float(observed)
    except ValueError:
        return show_text(observed)
    if number.is_integer():
        return _minus(f"{number:,.0f}")
    return _minus(f"{number:,.4g}") if abs(number) < 1000 else _minus(f"{number:,.1f}")


def write_signed(value: float, digits: int) -> str:
    """Write a change with its sign; nothing has none."""
    text = f"{value:+.{digits}f}"
    return _minus(text) if float(text) else text[1:]


def _minus(text: str) -> str:
    return text.replace("-", "−")
