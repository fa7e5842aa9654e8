"""Describes the columns of a file: type, range, share of empty values, and their likely use."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_contracts.constraints import PATTERNS
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
    """Describe a column of strings, of which those in this style are numbers."""
    plain = style.to_plain(texts)
    kind = _find_kind(plain.drop_null())
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


def _find_kind(given: pa.ChunkedArray) -> str:
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


def is_identifier(column: Described, rows: int) -> bool:
    """Return whether a column names the rows: it is called so, and no value occurs twice."""
    called = simplify(column.written) in {simplify(name) for name in IDENTIFIERS}
    return called and column.distinct == rows and column.kind == "integer"


def is_title(column: Described) -> bool:
    """Return whether a column names what is reviewed."""
    return column.kind == "string" and simplify(column.written) in set(map(simplify, TITLES))


def list_uses(column: Described, rows: int) -> dict[str, Any]:
    """List the custom properties that suit a column without a role."""
    if column.nulls >= NULLS_MAX:
        return {}
    if column.kind == "string":
        learns = 2 <= column.distinct <= min(CLASSES_MAX, rows // ROWS_PER_CLASS_MIN)
        uses = {"slice": column.distinct in CATEGORIES, "auxiliaryTarget": learns}
        return {name: True for name, used in uses.items() if used}
    numbers = read_numbers(column)
    if column.distinct < len(BANDS):
        return {}
    edges = sorted({round_nicely(float(np.quantile(numbers, q))) for q in BANDS})
    skewed = numbers.min() > 0 and numbers.max() > LOGARITHMIC_RATIO_MIN * np.median(numbers)
    logarithmic = {"logarithmic": True} if skewed else {}
    return {"sliceEdges": edges, "auxiliaryTarget": True, **logarithmic}


def round_nicely(value: float) -> float:
    """Round a number to two significant digits."""
    if not value:
        return 0.0
    digits = 1 - math.floor(math.log10(abs(value)))
    return round(value, digits)
