"""Slices: parts of the test set, by the columns that the contract names and by text length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data_contracts.bands import find_bands, name_bands
from data_contracts.dataset import Dataset, add_unit

if TYPE_CHECKING:
    import pandas as pd

    from tasks.storage.stored_table import StoredTable

UNKNOWN = "unknown"
"""Slice of the rows with a missing value."""
WORDS = "words"
"""Unit of a text's length."""


def band(values: pd.Series, edges: tuple[float, ...], unit: str) -> pd.Series:
    """Return the name of each value's band, `unknown` for a missing value.

    Returns:
        A categorical: its categories are the bands in their order, and then `unknown`.
    """
    import pandas as pd

    names = pd.Index([*name_bands(edges, unit), UNKNOWN])
    places = find_bands(values.to_numpy("float64", na_value=float("nan")), edges)
    places = np.where(values.isna(), len(names) - 1, places)
    return pd.Series(pd.Categorical.from_codes(places, names, ordered=True), values.index)


def name_slices(reviews: pd.DataFrame, dataset: Dataset) -> dict[str, pd.Series]:
    """Return the slice of each review, for each kind of slice.

    Args:
        reviews: with the sliced columns and the text.
        dataset: the sliced columns, and the bands of their numbers and of text lengths.

    Returns:
        The name of each row's slice, by column; text lengths under the name of the text. A column
        without any value is left out.
    """
    slices = {
        column.name: reviews[column.name].fillna(UNKNOWN)
        if column.edges is None
        else band(reviews[column.name], column.edges, column.unit)
        for column in dataset.slices
        if reviews[column.name].notna().any()
    }
    if dataset.text_edges:
        lengths = reviews[dataset.text].str.count(r"\S+")
        slices[dataset.text] = band(lengths, dataset.text_edges, WORDS)
    return slices


def read_slices(reviews: StoredTable, dataset: Dataset) -> dict[str, pd.Series]:
    """Return the slices of reviews on the disk; see `name_slices`."""
    columns = {dataset.text, *(column.name for column in dataset.slices)}
    return name_slices(reviews.read(sorted(columns)).to_pandas(), dataset)


def title_slices(dataset: Dataset) -> dict[str, str]:
    """Return the title of each kind of slice by its name."""
    units = {column.name: column.unit for column in dataset.slices} | {dataset.text: WORDS}
    return {kind: add_unit(kind, units[kind]) for kind in dataset.slice_kinds}
