"""Formatting of figures and texts on a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from data_contracts.dataset import Target

WORD_CHARACTERS = 40
FOLDED_CHARACTERS = 300
"""Characters of a review that are shown before the rest is folded."""

FALL_MIN_FRACTION = 0.005
"""Fall of an MAE, as a fraction of it, below which a model counts as no better."""


CHOSEN_EPOCH = (
    "The model's MAE is that of its best epoch on the same validation set, so it looks slightly too"
    " good beside ridge's, for which nothing was chosen."
)
"""What to know when reading a learning curve."""


def format_share(fraction: float | None, digits: int = 2) -> str:
    """Format a share; only 0 and 1 are rounded to 0% and 100%."""
    if fraction is None:
        return "–"
    if fraction in (0, 1):
        return f"{fraction:.0%}"
    least = 10.0 ** -(digits + 2)
    if fraction < least:
        return f"< {least:.{digits}%}"
    return f"> {1 - least:.{digits}%}" if fraction > 1 - least else f"{fraction:.{digits}%}"


def show_number(number: float | None, digits: int) -> str:
    """Format a target or an MAE; a dash for None."""
    return "–" if number is None else f"{number:.{digits}f}"


def advise_on_more_reviews(curve: Sequence[dict[str, float]], target: Target) -> str:
    """Say what a learning curve suggests, from its last two parts.

    Args:
        curve: `rows`, and the MAE of the model (`network`) and of `ridge`, the fewest rows first.
        target: its scale.
    """
    before, last = curve[-2:]
    network, ridge = (before[name] - last[name] for name in ("network", "ridge"))
    moved = (
        f"From {before['rows']:,} to {last['rows']:,} training reviews the validation MAE of the"
        f" model went {write_change(before['network'], last['network'], target)}, that of ridge"
        f" {write_change(before['ridge'], last['ridge'], target)}."
    )
    if network < FALL_MIN_FRACTION * last["network"]:
        return f"{moved} The model hardly gained: more reviews alone are unlikely to help it."
    if network > ridge:
        return f"{moved} The model gained more than ridge: with more reviews it may beat ridge."
    return f"{moved} Both gained: more reviews are likely to help, but ridge as well."


def write_change(before: float, after: float, target: Target) -> str:
    """Write the change from one error to another."""
    return f"from {target.format_error(before)} to {target.format_error(after)}"


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


def fold_text(text: str) -> tuple[str, str]:
    """Cut a long text between two words.

    Returns:
        The beginning, of about FOLDED_CHARACTERS, and the rest; the rest of a short text is empty.
    """
    if len(text) <= FOLDED_CHARACTERS:
        return text, ""
    place = text.rfind(" ", FOLDED_CHARACTERS // 2, FOLDED_CHARACTERS + 1)
    place = FOLDED_CHARACTERS if place < 0 else place
    return text[:place], text[place:].lstrip()


def show_setting(value: Any) -> str:
    """Write the value of a setting without Python's syntax."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        *others, last = map(str, value) if value else ["none"]
        return f"{', '.join(others)} and {last}" if others else last
    return "unset" if value is None else str(value)


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
