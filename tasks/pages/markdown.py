"""Markdown for Prefect's artifacts, with escaped values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SPECIALS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@$=^<>&])")
"""Characters with a meaning in Markdown, which backslashes escape (CommonMark 0.31, section 2.4).

Not escaped by HTML entities, because Prefect's UI shows these literally."""


def escape_markdown(value: object) -> str:
    """Escape a value, so that Markdown shows it as text in one line."""
    line = " ".join(str(value).split())
    return SPECIALS.sub(r"\\\1", line)


def format_table(header: Sequence[str], rows: Iterable[Sequence[object]], digits: int = 3) -> str:
    """Format a Markdown table; floats have this number of decimals, other values are escaped."""

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def cell(value: object) -> str:
        return (
            f"{value:.{digits}f}"
            if isinstance(value, float)
            else escape_markdown("–" if value is None else value)
        )

    body = [line(map(cell, row)) for row in rows]
    return "\n".join([line(header), line(["---"] * len(header)), *body])
