"""Columns of a scored file that are copied into the scores and the rejects, such as an id."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import pyarrow as pa

from data_contracts.matching import Matching, find_columns, list_names
from tasks.configuration.errors import UsageError
from tasks.sources.reading.showing import show

if TYPE_CHECKING:
    import pandas as pd

KEPT = ":kept:"
"""Begins the name of a kept column in a part, where its own name may be that of the text."""
FILE = "file"
"""Column with the name of each review's file, if a source has several files."""
REJECT_COLUMNS = ("row_number", "column", "rule", "reason", "value")


def find_kept(
    keep: Iterable[str], header: list[str], matching: Matching, taken: Collection[str]
) -> dict[str, int]:
    """Find the columns to keep by their names in the file, else by the contract's names.

    Args:
        keep: the names.
        header: the file's column names.
        matching: the same, matched with the contract.
        taken: names of the scores' own columns.

    Returns:
        The place of each column in the file, by the name under which it is kept.

    Raises:
        UsageError: no column or several have a name, or the scores have a column of that name.
    """
    places = {}
    reserved = {name.casefold() for name in (*taken, *REJECT_COLUMNS)}
    for name in keep:
        found = find_columns(header, name) or find_columns(matching.names, name)
        if not found:
            raise UsageError(
                f"there is no column {show(name)} for --keep; the columns are {list_names(header)}"
            )
        if len(found) > 1:
            listed = " and ".join(f"{show(header[p])} (column {p + 1})" for p in found)
            raise UsageError(
                f"--keep {show(name)} matches {listed}; write the name exactly as one of them, or"
                f" rename one; the columns are {list_names(header)}"
            )
        if name.casefold() in reserved:
            raise UsageError(
                f"--keep {show(name)}: the scores or the rejects have a column of this name"
                f" themselves; add an underscore, as in --keep {show(f'{name}_')}: it matches the"
                " same column, and is the name in the scores"
            )
        places[name] = found[0]
    return places


def add_fields(schema: pa.Schema, keep: Iterable[str]) -> pa.Schema:
    """Add the kept columns to the schema of the scores."""
    for name in keep:
        schema = schema.append(pa.field(name, pa.string()))
    return schema


def add_columns(scores: pa.Table, reviews: pd.DataFrame, keep: Iterable[str]) -> pa.Table:
    """Add the kept columns of these reviews to their scores."""
    for name in keep:
        texts = pa.array(reviews[f"{KEPT}{name}"], pa.string())
        scores = scores.append_column(pa.field(name, pa.string()), texts)
    return scores
