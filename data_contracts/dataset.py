"""The roles of a contract's columns: which one is the text, which one the target, and so on.

A contract states them as `customProperties` of its columns:

- `role`: `text` (the model's input), `target` (what it predicts), `row_identifier` (names a row),
  or `title` (names what is reviewed; shown beside a quoted review). Text and target are required.
- `slice: true`: the test set is also evaluated by the values of this column. A column of numbers,
  or the text, states `sliceEdges` instead: edges between bands (of the text: numbers of words).
- `auxiliaryTarget: true`: a column that training predicts beside the target.
- `logarithmic: true`: a positive number that is learned and drawn on a logarithmic scale.
- `histogramEdges`: edges between the bars of a sliced column of numbers, on the quality page and
  in rules about its distribution; by default the `sliceEdges`.
- `unit`: of a column of numbers, such as `points`.
- `aliases`: other names that a file may give the column.
- `mandatory: true`: a file without the column is rejected, as without text or target.
"""

from __future__ import annotations

import math
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

BINS = 40
"""Number of bins of a target without a step."""
BINS_MAX = 100
"""A target with more steps has bins of several steps."""
STEP_TOLERANCE = 1e-6
"""Difference from a multiple of a step, in steps, that rounding explains: 0.3 / 0.1 is not 3."""
RESERVED = ":"
"""Names of columns that the pipeline adds begin with it, except ROW_NUMBER."""
ROW_NUMBER = "row_number"


def add_unit(text: str, unit: str) -> str:
    """Return a text followed by a unit in brackets, unless it is the same word or empty."""
    return f"{text} ({unit})" if unit not in ("", text) else text


def count_decimals(length: float) -> int:
    """Return the number of decimals with which a length above 0 has four significant digits."""
    return max(0, 3 - math.floor(math.log10(length)))


class Frozen(BaseModel):
    """A record that can be part of a cache key."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Frozen):
    """A column that is used beside text and target.

    Attributes:
        name: of the column.
        edges: between the bands of a column of numbers; None for a column of strings.
        histogram_edges: between the bars of a column of numbers; None for one of strings.
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
        """Number of decimals of a value: those of the step, or one fewer than those of an error."""
        if self.step is None:
            return max(0, self.error_digits - 1)
        return max(0, -Decimal(str(self.step)).normalize().as_tuple().exponent)  # type: ignore[operator]

    def format(self, value: float) -> str:
        """Format a value with its decimals, without the unit."""
        return f"{value:,.{self.digits}f}"

    @property
    def error_digits(self) -> int:
        """Number of decimals of an error: four significant digits of a quarter of the scale."""
        return count_decimals(self.range / 4)

    def format_error(self, value: float, sign: str = "") -> str:
        """Format an error with its decimals; with `+`, a positive error has a sign, too."""
        return f"{value:{sign}.{self.error_digits}f}"

    @property
    def mean_digits(self) -> int:
        """Number of decimals of a mean of values that were counted in bins."""
        return self.digits if self.step is None else self.error_digits

    @property
    def bin(self) -> float:
        """Width of the bins in which values are counted: a few steps, or a part of the scale.

        The number of steps is odd, so that no value lies between two bins.
        """
        if self.step is None:
            return self.range / BINS
        width = self.step
        while self.range / width > BINS_MAX + STEP_TOLERANCE:
            width *= 5
        return width


class Dataset(Frozen):
    """What the columns of a contract are for.

    Attributes:
        contract: id of the contract.
        text: name of the column with the text.
        text_edges: between the bands of text lengths, in words.
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
