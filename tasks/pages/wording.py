"""Formatting of figures and texts on a page."""

from __future__ import annotations

import unicodedata

WORD_CHARACTERS = 40


def format_share(fraction: float | None) -> str:
    """Format a share; only 0 and 1 are rounded to 0% and 100%."""
    if fraction is None:
        return "–"
    if fraction in (0, 1):
        return f"{fraction:.0%}"
    if fraction < 0.0001:
        return "< 0.01%"
    return "> 99.99%" if fraction > 0.9999 else f"{fraction:.2%}"


def show_number(number: float | None, digits: int = 3) -> str:
    """Format a target or an MAE; a dash for None."""
    return "–" if number is None else f"{number:.{digits}f}"


def show_text(value: str, characters_max: int | None = None) -> str:
    """Show a text with code points in place of invisible characters, and cut it if asked to."""
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
    """Format an observed value; numbers are rounded."""
    try:
        number = float(observed)
    except ValueError:
        return show_text(observed)
    if number.is_integer():
        return _minus(f"{number:,.0f}")
    return _minus(f"{number:,.4g}") if abs(number) < 1000 else _minus(f"{number:,.1f}")


def write_signed(value: float, digits: int) -> str:
    """Format a change with its sign; zero has no sign."""
    text = f"{value:+.{digits}f}"
    return _minus(text) if float(text) else text[1:]


def _minus(text: str) -> str:
    return text.replace("-", "−")
