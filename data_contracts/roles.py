"""Reads the roles of a contract's columns; `Dataset` says what they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from data_contracts.dataset import STEP_TOLERANCE, Column, Dataset, Target
from data_contracts.kinds import EDGES, POSITIVE, is_number
from data_contracts.known_expectations import NUMBERS
from data_contracts.properties import properties_of

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

Role = Literal["text", "target", "row_identifier", "title"]
ROLES: tuple[Role, ...] = ("text", "target", "row_identifier", "title")


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
    target = _read_target(roles["target"])
    for column in columns:
        _check_uses(column, properties_of(column))
    return Dataset(
        contract=contract,
        text=str(text.name),
        text_edges=_edges(text) or (),
        target=target,
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


def _check_uses(column: SchemaProperty, extras: dict[str, Any]) -> None:
    """Make sure that a column has only the uses that suit its role and its type."""
    role = extras.get("role")
    if role in ("text", "target") and extras.get("auxiliaryTarget"):
        raise ValueError(
            f"{column.name}: the {role} cannot be an auxiliary target; remove auxiliaryTarget"
        )
    if role == "text" and extras.get("slice"):
        raise ValueError(
            f"{column.name}: the text has slices by its length; write sliceEdges, numbers of words,"
            " instead of slice"
        )
    if extras.get("logarithmic") and (role == "target" or column.logicalType not in NUMBERS):
        raise ValueError(
            f"{column.name}: only an auxiliary target or a slice of numbers can be logarithmic"
        )
    sliced = column.logicalType in NUMBERS and "sliceEdges" in extras
    if "histogramEdges" in extras and not sliced:
        raise ValueError(
            f"{column.name}: only a column of numbers with sliceEdges can have histogramEdges"
        )


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
    if step is not None:
        _check_step(str(column.name), step, low, high)
    return Target(
        name=str(column.name),
        unit=str(properties_of(column).get("unit") or ""),
        minimum=low,
        maximum=high,
        step=step,
    )


def _check_step(name: str, step: Any, low: float, high: float) -> None:
    """Make sure that both ends of a scale are multiples of its step, as all predictions are."""
    POSITIVE.check(f"{name}: multipleOf", step)
    if any(abs(end / step - round(end / step)) > STEP_TOLERANCE for end in (low, high)):
        raise ValueError(
            f"{name}: minimum {low} and maximum {high} must be multiples of {step}, the step of the"
            " target (multipleOf, which is 1 for integers)"
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
    EDGES.check(f"{column.name}: {name}", edges)
    return tuple(edges)
