"""Sides of a split with a few reviews, with the columns that the evaluation reads."""

from __future__ import annotations

import pyarrow as pa

from tasks.modelling.texts import DIGESTS


def make_side(texts: list[str], points: list[int], first_row: int = 0) -> pa.Table:
    """Reviews of these texts and points; a text stands for its digest too."""
    rows = len(texts)
    return pa.table(
        {
            "row_number": range(first_row, first_row + rows),
            "description": texts,
            DIGESTS: texts,
            "points": points,
            "price": [10.0] * rows,
            "country": ["Italy"] * rows,
            "variety": ["Red"] * rows,
        }
    )
