"""Markdown in which no value comes alive: for Prefect's artifacts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SPECIALS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@$=^<>&])")
"""What means something to Markdown; backslashes take that away (CommonMark 0.31, section 2.4).

HTML's entities would do for `<` and `&` too, but Prefect's UI shows them as they are."""


def escape_markdown(value: object) -> str:
    """Write a value so that Markdown shows its text in one line: no link, image or HTML of it."""
    line = " ".join(str(value).split())
    return SPECIALS.sub(r"\\\1", line)


def format_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table; floats with three digits, everything else escaped."""

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def cell(value: object) -> str:
        return (
            f"{value:.3f}"
            if isinstance(value, float)
            else escape_markdown("–" if value is None else value)
        )

    body = [line(map(cell, row)) for row in rows]
    return "\n".join([line(header), line(["---"] * len(header)), *body])
