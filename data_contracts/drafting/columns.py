"""Describes the columns of a file: type, range, share of empty values, and their likely use."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_contracts.constraints import PATTERNS
from data_contracts.drafting.number_meanings import are_measures
from data_contracts.names import simplify
from data_contracts.number_texts import PLAIN, NumberStyle

NUMBERS_SHARE_MIN = 0.98
"""A column is one of numbers if this share of its values are numbers."""
EXAMPLE_CHARACTERS_MAX = 60
EXAMPLES = 2

NULLS_MAX = 0.5
"""A column with this share of empty values is not used."""
CATEGORIES = range(2, 201)
"""Numbers of different values of a column that becomes a slice."""
CLASSES_MAX = 5_000
"""Most different values of a column that becomes an auxiliary target."""
ROWS_PER_CLASS_MIN = 3
BANDS = (0.2, 0.4, 0.6, 0.8)
"""Quantiles between the bands of a slice by numbers."""
LOGARITHMIC_RATIO_MIN = 30
"""A positive number is logarithmic if its largest value is this many times its median."""
IDENTIFIERS = ("", "id", "index", "unnamed: 0", "x")
GAPS_MAX = 0.05
"""Share of the row numbers that may be missing, such as those of rows that cannot be read."""
DATE = r"^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]+\d{1,2}:\d{2}.*)?$"
"""Dates are neither categories nor targets: the next file has others."""
TITLES = ("title", "name", "product", "product name")


class Described(NamedTuple):
    """A column of a file.

    Attributes:
        name: a name for the contract; that of the file, or `row_id` for a column without a name.
        written: the name in the file.
        kind: `string`, `integer` or `number`.
        nulls: share of empty values.
        distinct: number of different values.
        examples: the first different values.
        numbers: the values of a column of numbers, without empty ones; else None.
        texts: the values, null where empty; those of a column of numbers with a decimal point.
    """

    name: str
    written: str
    kind: str
    nulls: float
    distinct: int
    examples: list[Any]
    numbers: NDArray[np.float64] | None
    texts: pa.ChunkedArray


def describe_column(written: str, texts: pa.ChunkedArray, style: NumberStyle = PLAIN) -> Described:
    """Describe a column of strings; the style says which of them are numbers."""
    plain = style.to_plain(texts)
    kind = find_kind(plain.drop_null())
    texts = texts if kind == "string" else plain
    given = texts.drop_null()
    numbers = None if kind == "string" else _read_numbers(given)
    distinct = pc.unique(given)
    return Described(
        name=written.strip() or "row_id",
        written=written,
        kind=kind,
        nulls=texts.null_count / max(len(texts), 1),
        distinct=len(distinct),
        examples=[_shorten(value, kind) for value in distinct[:EXAMPLES].to_pylist()],
        numbers=numbers,
        texts=texts,
    )


def read_numbers(column: Described) -> NDArray[np.float64]:
    """Return the values of a column of numbers, without empty ones.

    Raises:
        ValueError: it is a column of strings.
    """
    if column.numbers is None:
        raise ValueError(f"{column.written}: not a column of numbers")
    return column.numbers


def find_kind(given: pa.ChunkedArray) -> str:
    """Find the logical type of texts without nulls: nearly all are integers, or numbers, or not."""
    for kind, pattern in (("integer", PATTERNS["int64"]), ("number", PATTERNS["double"])):
        matches = pc.sum(pc.match_substring_regex(given, pattern)).as_py() or 0
        if len(given) and matches >= NUMBERS_SHARE_MIN * len(given):
            return kind
    return "string"


def _read_numbers(given: pa.ChunkedArray) -> NDArray[np.float64]:
    readable = given.filter(pc.match_substring_regex(given, PATTERNS["double"]))
    numbers: NDArray[np.float64] = np.array([float(text) for text in readable.to_pylist()])
    finite: NDArray[np.float64] = numbers[np.isfinite(numbers)]
    return finite


def _shorten(value: str, kind: str) -> Any:
    if kind != "string":
        number = float(value) if value.strip().replace(".", "", 1).lstrip("+-").isdigit() else None
        if number is not None:
            return int(number) if kind == "integer" else number
    return value if len(value) <= EXAMPLE_CHARACTERS_MAX else f"{value[:EXAMPLE_CHARACTERS_MAX]}…"


def find_identifier(columns: list[Described], rows: int) -> Described | None:
    """Find the column that names the rows: one with a usual name, or else one of row numbers."""
    names = set(map(simplify, IDENTIFIERS))
    unique = [c for c in columns if c.kind == "integer" and c.distinct == rows]
    called = [column for column in unique if simplify(column.written) in names]
    return next(iter([*called, *filter(is_row_number, unique)]), None)


def is_row_number(column: Described) -> bool:
    """Tell whether a column counts the rows from 0 or 1; a few rows may be missing."""
    if column.kind != "integer" or column.nulls or column.numbers is None:
        return False
    numbers = column.numbers
    counts = len(numbers) > 1 and bool((np.diff(numbers) > 0).all())
    return counts and numbers[0] in (0, 1) and numbers[-1] <= len(numbers) * (1 + GAPS_MAX)


def find_title(columns: list[Described]) -> Described | None:
    """Find the column that names what is reviewed."""
    names = set(map(simplify, TITLES))
    return next((c for c in columns if c.kind == "string" and simplify(c.written) in names), None)


def _are_dates(column: Described) -> bool:
    given = column.texts.drop_null()
    return bool(pc.all(pc.match_substring_regex(given, DATE)).as_py())


def list_uses(column: Described, rows: int) -> dict[str, Any]:
    """List the custom properties that suit a column without a role."""
    if column.nulls >= NULLS_MAX or is_row_number(column):
        return {}
    if column.kind == "string":
        if _are_dates(column):
            return {}
        learns = 2 <= column.distinct <= min(CLASSES_MAX, rows // ROWS_PER_CLASS_MIN)
        uses = {"slice": column.distinct in CATEGORIES, "auxiliaryTarget": learns}
        return {name: True for name, used in uses.items() if used}
    numbers = read_numbers(column)
    if len(np.unique(numbers)) < len(BANDS) or not are_measures(column.written, numbers):
        return {}
    edges = choose_edges(numbers)
    sliced = {"sliceEdges": edges} if edges else {}
    skewed = numbers.min() > 0 and numbers.max() > LOGARITHMIC_RATIO_MIN * np.median(numbers)
    logarithmic = {"logarithmic": True} if skewed else {}
    return {**sliced, "auxiliaryTarget": True, **logarithmic}


def choose_edges(numbers: NDArray[np.float64]) -> list[float]:
    """Choose edges between bands of about as many numbers each, none of them empty below.

    Args:
        numbers: of two different values at least.
    """
    smallest, next_smallest = np.unique(numbers)[:2].tolist()
    edges = np.maximum(np.quantile(numbers, BANDS), next_smallest).tolist()
    # A band includes its lower edge: an edge at the smallest number would leave none below it.
    return _round_apart([smallest, *edges])[1:]


def _round_apart(values: list[float]) -> list[float]:
    """Round numbers to the fewest significant digits, at least two, that keep them apart."""
    for digits in range(2, 8):
        rounded = sorted({round_nicely(value, digits) for value in values})
        if len(rounded) == len(set(values)):
            break
    return rounded


def round_nicely(value: float, digits: int = 2) -> float:
    """Round a number to a few significant digits."""
    if not value:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
