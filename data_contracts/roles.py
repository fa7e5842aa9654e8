"""Reads the roles of a contract's columns; `Dataset` says what they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, cast

from data_contracts.dataset import STEP_TOLERANCE, Column, Dataset, Target
from data_contracts.kinds import EDGES, POSITIVE, is_number, show
from data_contracts.known_expectations import NUMBERS
from data_contracts.misspellings import find_meant
from data_contracts.places import COLUMNS, EACH, Keys
from data_contracts.problems import InvalidContractError, Problems, refuse
from data_contracts.properties import properties_of
from data_contracts.types_of_columns import unsuitable

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

Role = Literal["text", "target", "row_identifier", "title"]
ROLES: tuple[Role, ...] = ("text", "target", "row_identifier", "title")


def read_dataset(contract: str, columns: list[SchemaProperty]) -> Dataset:
    """Read the roles of a contract's columns.

    Raises:
        InvalidContractError: a role is missing, unknown or given twice, or a column does not have
            what its role needs.
    """
    problems = Problems()
    roles = assign_roles(columns, problems)
    text, target = roles.get("text"), None
    if text and text.logicalType != "string":
        with problems.collect():
            what = f"{text.name}: the text must have the logicalType string"
            raise _unsuitable(text, what, "the role text")
    if "target" in roles:
        with problems.collect(*_place(roles["target"]), "logicalTypeOptions"):
            target = _read_target(roles["target"])
    text_edges = None
    with problems.collect():
        text_edges = _edges(text) if text else None
    slices, auxiliary_targets = _read_uses(columns, text, problems)
    if problems.found or text is None or target is None:
        raise InvalidContractError(problems.found)
    return Dataset(
        contract=contract,
        text=str(text.name),
        text_edges=text_edges or (),
        target=target,
        row_identifier=_name(roles.get("row_identifier")),
        title=_name(roles.get("title")),
        slices=tuple(slices),
        auxiliary_targets=tuple(auxiliary_targets),
    )


def _read_uses(
    columns: list[SchemaProperty], text: SchemaProperty | None, problems: Problems
) -> tuple[list[Column], list[Column]]:
    """Read the slices and the auxiliary targets; collect what is wrong with others."""
    slices: list[Column] = []
    auxiliary_targets: list[Column] = []
    for column in columns:
        extras, place = properties_of(column), (*_place(column), "customProperties")
        for refusal in _check_uses(column, extras):
            with problems.collect(*place):
                raise refusal
        with problems.collect(*place):
            if column is not text and (extras.get("slice") or "sliceEdges" in extras):
                slices.append(_read_slice(column))
        with problems.collect(*place):
            if extras.get("auxiliaryTarget"):
                auxiliary_targets.append(_read_column(column))
    return slices, auxiliary_targets


def assign_roles(columns: list[SchemaProperty], problems: Problems) -> dict[Role, SchemaProperty]:
    """Find the column of each role; collect what is wrong with others.

    A misspelt role is a problem, and yet it counts.
    """
    given: dict[Role, SchemaProperty] = {}
    for column in columns:
        role = properties_of(column).get("role")
        place = (*_place(column), "customProperties", "role")
        with problems.collect(*place):
            if role is not None and role not in ROLES:
                what = f"{column.name}: the role {role} is none of {', '.join(ROLES)}"
                raise refuse(what, place)
        meant = cast("Role | None", find_meant(str(role), ROLES))
        with problems.collect(*place):
            if meant in given:
                first = given[meant].name
                raise ValueError(f"both {first} and {column.name} have the role {meant}")
        if meant is not None:
            given.setdefault(meant, column)
    missing = " and ".join(role for role in ("text", "target") if role not in given)
    # An unknown role may be the one that is missing.
    are_known = all(
        find_meant(str(extras["role"]), ROLES)
        for extras in map(properties_of, columns)
        if "role" in extras
    )
    with problems.collect(*COLUMNS):
        if missing and are_known:
            raise refuse(
                f"no column has the role {missing}: give a column the custom property role",
                (*COLUMNS, EACH, "customProperties", EACH, "property"),
            )
    return given


def _place(column: SchemaProperty) -> Keys:
    return (*COLUMNS, str(column.name))


def _unsuitable(column: SchemaProperty, what: str, use: str, *needs: Keys) -> InvalidContractError:
    return unsuitable(str(column.name), column.logicalType, what, use, *needs)


def _check_uses(column: SchemaProperty, extras: dict[str, Any]) -> Iterator[ValueError]:
    """List the uses that do not suit the role and the type of a column."""
    role, place = extras.get("role"), (*_place(column), "customProperties")
    if role in ("text", "target") and extras.get("auxiliaryTarget"):
        yield ValueError(
            f"{column.name}: the {role} cannot be an auxiliary target; remove auxiliaryTarget"
        )
    if role == "text" and extras.get("slice"):
        yield ValueError(
            f"{column.name}: the text has slices by its length; write sliceEdges, numbers of words,"
            " instead of slice"
        )
    what = f"{column.name}: only an auxiliary target or a slice of numbers can be logarithmic"
    if extras.get("logarithmic") and column.logicalType not in NUMBERS:
        yield _unsuitable(column, what, "logarithmic", (*place, "logarithmic"))
    is_used = "sliceEdges" in extras or extras.get("auxiliaryTarget")
    if extras.get("logarithmic") and (role == "target" or not is_used):
        yield refuse(what, (*place, "logarithmic"))
    what = f"{column.name}: only a column of numbers with sliceEdges can have histogramEdges"
    if "histogramEdges" in extras and column.logicalType not in NUMBERS:
        yield _unsuitable(column, what, "histogramEdges", (*place, "histogramEdges"))
    if "histogramEdges" in extras and "sliceEdges" not in extras:
        yield refuse(what, place)


def _name(column: SchemaProperty | None) -> str | None:
    return None if column is None else str(column.name)


def _read_target(column: SchemaProperty) -> Target:
    options = column.logicalTypeOptions or {}
    if column.logicalType not in NUMBERS:
        what = f"{column.name}: the target must have the logicalType integer or number"
        raise _unsuitable(column, what, "the role target")
    low, high = options.get("minimum"), options.get("maximum")
    if not is_number(low) or not is_number(high) or not low < high:
        raise refuse(
            f"{column.name}: the target needs logicalTypeOptions with a minimum and a larger"
            " maximum, between which predictions lie",
            (*_place(column), "logicalTypeOptions"),
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
    options = (*COLUMNS, name, "logicalTypeOptions")
    if not POSITIVE.fits(step):
        raise refuse(f"{name}: multipleOf must be {POSITIVE.words}, not {show(step)}", options)
    if any(abs(end / step - round(end / step)) > STEP_TOLERANCE for end in (low, high)):
        raise ValueError(
            f"{name}: minimum {low} and maximum {high} must be multiples of {step}, the step of the"
            " target (multipleOf, which is 1 for integers)"
        )


def _read_slice(column: SchemaProperty) -> Column:
    has_edges = "sliceEdges" in properties_of(column)
    if (column.logicalType in NUMBERS) != has_edges:
        what = (
            f"{column.name}: a slice by numbers needs sliceEdges, the bounds between its bands;"
            " a slice by texts needs slice: true"
        )
        use = "sliceEdges" if has_edges else "slice"
        raise _unsuitable(column, what, use, (*_place(column), "customProperties"))
    return _read_column(column)


def _read_column(column: SchemaProperty) -> Column:
    extras, problems = properties_of(column), Problems()
    lowest = (column.logicalTypeOptions or {}).get("exclusiveMinimum", -1)
    edges, histogram_edges = None, None
    with problems.collect():
        edges = _edges(column)
    with problems.collect():
        histogram_edges = _edges(column, "histogramEdges")
    with problems.collect():
        if extras.get("logarithmic") and not (is_number(lowest) and lowest >= 0):
            raise refuse(
                f"{column.name}: a logarithmic column needs an exclusiveMinimum of 0",
                (*_place(column), "logicalTypeOptions"),
            )
    problems.raise_any()
    return Column(
        name=str(column.name),
        edges=edges,
        histogram_edges=histogram_edges or edges,
        logarithmic=bool(extras.get("logarithmic")),
        unit=str(extras.get("unit") or ""),
    )


def _edges(column: SchemaProperty, name: str = "sliceEdges") -> tuple[float, ...] | None:
    edges = properties_of(column).get(name)
    if edges is None:
        return None
    try:
        EDGES.check(f"{column.name}: {name}", edges)
    except ValueError as error:
        raise refuse(str(error), (*_place(column), "customProperties", name)) from None
    return tuple(edges)
