"""The roles of a contract's columns: which one is the text, which one the target, and so on.

A contract states them as `customProperties` of its columns:

- `role`: `text` (the model's input), `target` (what it predicts), `row_identifier` (names a row),
  or `title` (names what is reviewed; shown beside a quoted review). Text and target are required.
- `slice: true`: the test set is also evaluated by the values of this column. A column of numbers,
  or the text, states `sliceEdges` instead: bounds between bands (of the text: numbers of words).
- `auxiliaryTarget: true`: a column that training predicts beside the target.
- `logarithmic: true`: a positive number that is learned and drawn on a logarithmic scale.
- `histogramEdges`: bounds between the bars of a sliced column of numbers, on the quality page and
  in rules about its distribution; by default the `sliceEdges`.
- `unit`: of a column of numbers, such as `points`.
- `aliases`: other names that a file may give the column.
- `mandatory: true`: a file without the column is rejected, as without text or target.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

Role = Literal["text", "target", "row_identifier", "title"]
ROLES: tuple[Role, ...] = ("text", "target", "row_identifier", "title")
NUMBERS = ("integer", "number")
BINS = 40
"""Number of bins of a target without a step."""
RESERVED = ":"
"""Names of columns that the pipeline adds begin with it, except ROW_NUMBER."""
ROW_NUMBER = "row_number"


def add_unit(text: str, unit: str) -> str:
    """Return a text followed by a unit in brackets, unless it is the same word or empty."""
    return f"{text} ({unit})" if unit not in ("", text) else text


def count_decimals(values: Iterable[float]) -> int:
    """Return the number of decimals that shows the largest value with four significant digits."""
    largest = max(map(abs, values), default=0) or 1
    return max(0, 3 - math.floor(math.log10(largest)))


class Frozen(BaseModel):
    """A record that can be part of a cache key."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Frozen):
    """A column that is used beside text and target.

    Attributes:
        name: of the column.
        edges: bounds between the bands of a column of numbers; None for a column of strings.
        histogram_edges: bounds between the bars of a column of numbers; None for one of strings.
        logarithmic: whether a number is learned and drawn on a logarithmic scale.
        unit: of a number.
    """

    name: str
    edges: tuple[float, ...] | None = None
    histogram_edges: tuple[float, ...] | None = None
    logarithmic: bool = False
    unit: str = ""

    @property
    def title(self) -> str:
        """The name with the unit."""
        return add_unit(self.name, self.unit)


class Target(Frozen):
    """The target.

    Attributes:
        name: of the column.
        unit: such as `points`; empty if it has none.
        minimum: lowest possible value.
        maximum: highest possible value.
        step: distance of two neighbouring values, such as 0.5; None if there are values between any
            two.
    """

    name: str
    unit: str
    minimum: float
    maximum: float
    step: float | None

    @property
    def title(self) -> str:
        """The name with the unit."""
        return self.label(self.name)

    def label(self, text: str) -> str:
        """Return a text with the unit."""
        return add_unit(text, self.unit)

    @property
    def predicted(self) -> str:
        """Name of the column with predictions of the target."""
        return f"predicted_{self.name}"

    @property
    def scale(self) -> tuple[float, float]:
        """The lowest and the highest possible value."""
        return self.minimum, self.maximum

    @property
    def range(self) -> float:
        """The length of the scale."""
        return self.maximum - self.minimum

    @property
    def digits(self) -> int:
        """Number of decimals of a value."""
        if self.step is None:
            return max(0, count_decimals([self.range]) - 1)
        return max(0, -Decimal(str(self.step)).normalize().as_tuple().exponent)  # type: ignore[operator]

    def format(self, value: float) -> str:
        """Format a value with its decimals, without the unit."""
        return f"{value:,.{self.digits}f}"

    @property
    def error_digits(self) -> int:
        """Number of decimals of an error: four significant digits of a quarter of the scale."""
        return count_decimals([self.range / 4])

    def format_error(self, value: float, sign: str = "") -> str:
        """Format an error with its decimals; `+` as the sign shows that of a positive one."""
        return f"{value:{sign}.{self.error_digits}f}"

    @property
    def bin(self) -> float:
        """Width of the bins in which values are counted: the step, or a part of the scale."""
        return self.step or self.range / BINS


class Dataset(Frozen):
    """What the columns of a contract are for.

    Attributes:
        contract: id of the contract.
        text: name of the column with the text.
        text_edges: bounds between the bands of text lengths, in words.
        target: the target.
        row_identifier: name of the column that names a row, if there is one.
        title: name of the column that names what is reviewed, if there is one.
        slices: columns by whose values the test set is evaluated.
        auxiliary_targets: columns that training predicts beside the target.
    """

    contract: str
    text: str
    text_edges: tuple[float, ...]
    target: Target
    row_identifier: str | None
    title: str | None
    slices: tuple[Column, ...]
    auxiliary_targets: tuple[Column, ...]

    @property
    def slice_kinds(self) -> tuple[str, ...]:
        """The columns by which there are slices; the text stands for slices by length."""
        lengths = (self.text,) if self.text_edges else ()
        return (*(column.name for column in self.slices), *lengths)

    @property
    def shown(self) -> list[str]:
        """The columns that are shown beside a quoted review, without the text."""
        named = [self.title] if self.title else []
        return [*named, *(column.name for column in self.slices if column.name != self.title)]


def properties_of(column: SchemaProperty) -> dict[str, Any]:
    """Return the custom properties of a column by name."""
    return {str(extra.property): extra.value for extra in column.customProperties or []}


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether a value of a document is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def read_dataset(contract: str, columns: list[SchemaProperty]) -> Dataset:
    """Read the roles of a contract's columns.

    Raises:
        ValueError: a role is missing, unknown or given twice, or a column does not have what its
            role needs.
    """
    roles = dict(_assign_roles(columns))
    text = roles.get("text")
    if text is None or "target" not in roles:
        missing = " and ".join(role for role in ("text", "target") if role not in roles)
        raise ValueError(
            f"no column has the role {missing}: give a column the custom property role"
        )
    if text.logicalType != "string":
        raise ValueError(f"{text.name}: the text must have the logicalType string")
    return Dataset(
        contract=contract,
        text=str(text.name),
        text_edges=_edges(text) or (),
        target=_read_target(roles["target"]),
        row_identifier=_name(roles.get("row_identifier")),
        title=_name(roles.get("title")),
        slices=tuple(_read_slices(column for column in columns if column is not text)),
        auxiliary_targets=tuple(
            _read_column(c) for c in columns if properties_of(c).get("auxiliaryTarget")
        ),
    )


def _assign_roles(columns: list[SchemaProperty]) -> Iterator[tuple[Role, SchemaProperty]]:
    given: dict[str, str] = {}
    for column in columns:
        role = properties_of(column).get("role")
        if role is None:
            continue
        if role not in ROLES:
            raise ValueError(f"{column.name}: the role {role} is none of {', '.join(ROLES)}")
        if role in given:
            raise ValueError(f"both {given[role]} and {column.name} have the role {role}")
        given[role] = str(column.name)
        yield role, column


def _name(column: SchemaProperty | None) -> str | None:
    return None if column is None else str(column.name)


def _read_target(column: SchemaProperty) -> Target:
    options = column.logicalTypeOptions or {}
    if column.logicalType not in NUMBERS:
        raise ValueError(f"{column.name}: the target must have the logicalType integer or number")
    low, high = options.get("minimum"), options.get("maximum")
    if not is_number(low) or not is_number(high) or not low < high:
        raise ValueError(
            f"{column.name}: the target needs logicalTypeOptions with a minimum and a larger"
            " maximum, between which predictions lie"
        )
    step = options.get("multipleOf", 1 if column.logicalType == "integer" else None)
    return Target(
        name=str(column.name),
        unit=str(properties_of(column).get("unit") or ""),
        minimum=low,
        maximum=high,
        step=step,
    )


def _read_slices(columns: Iterator[SchemaProperty]) -> Iterator[Column]:
    for column in columns:
        extras = properties_of(column)
        if not extras.get("slice") and "sliceEdges" not in extras:
            continue
        if (column.logicalType in NUMBERS) != ("sliceEdges" in extras):
            raise ValueError(
                f"{column.name}: a slice by numbers needs sliceEdges, the bounds between its bands;"
                " a slice by texts needs slice: true"
            )
        yield _read_column(column)


def _read_column(column: SchemaProperty) -> Column:
    extras = properties_of(column)
    lowest = (column.logicalTypeOptions or {}).get("exclusiveMinimum", -1)
    edges = _edges(column)
    if extras.get("logarithmic") and lowest < 0:
        raise ValueError(f"{column.name}: a logarithmic column needs an exclusiveMinimum of 0")
    return Column(
        name=str(column.name),
        edges=edges,
        histogram_edges=_edges(column, "histogramEdges") or edges,
        logarithmic=bool(extras.get("logarithmic")),
        unit=str(extras.get("unit") or ""),
    )


def _edges(column: SchemaProperty, name: str = "sliceEdges") -> tuple[float, ...] | None:
    edges = properties_of(column).get(name)
    if edges is None:
        return None
    numbers = [e for e in edges if is_number(e)] if isinstance(edges, list) else []
    if not numbers or numbers != edges or numbers != sorted(set(numbers)):
        raise ValueError(f"{column.name}: {name} must be a list of increasing numbers")
    return tuple(numbers)
