"""Drafts the columns of a contract: names, roles, options and rules."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from data_contracts.constraints import PHYSICAL_TYPES
from data_contracts.dataset import RESERVED, ROW_NUMBER
from data_contracts.drafting.columns import (
    Described,
    describe_column,
    find_identifier,
    find_title,
    list_uses,
    read_numbers,
)
from data_contracts.drafting.rules import draft_null_rule, draft_target_rules
from data_contracts.drafting.scale import Scale, guess_scale
from data_contracts.drafting.text_rules import draft_text_rules
from data_contracts.names import is_unusable, simplify
from data_contracts.number_texts import PLAIN, NumberStyle

IDENTIFIER_ALIASES = ("id", "Unnamed: 0", "X", "index")
IN_FILE = "_in_file"
"""Added to the name of a column that the pipeline itself has."""
LENGTH_BANDS = (0.25, 0.5, 0.75)


class Roles(NamedTuple):
    """The columns with a role, all columns, and the number of rows."""

    text: Described
    target: Described
    identifier: Described | None
    title: Described | None
    columns: list[Described]
    rows: int


def describe_columns(
    header: list[str], table: pa.Table, style: NumberStyle = PLAIN
) -> list[Described]:
    """Describe the columns with a name, and the first one, which pandas leaves without.

    Args:
        header: the file's column names.
        table: its rows as nullable strings, columns in the header's order.
        style: how numbers are written.

    Raises:
        ValueError: two columns have the same name.
    """
    used = [place for place, name in enumerate(header) if name.strip() or not place]
    names = [header[place] for place in used]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two columns are called {repeated[0]}; rename one of them")
    return _name_apart(
        [describe_column(header[place], table.column(place), style) for place in used]
    )


def find_roles(columns: list[Described], text: Described, target: Described, rows: int) -> Roles:
    """Find the columns with a role, beside text and target."""
    others = [column for column in columns if column is not text and column is not target]
    identifier, title = find_identifier(others, rows), find_title(others)
    return Roles(text, target, identifier, title, columns, rows)


def _name_apart(columns: list[Described]) -> list[Described]:
    """Give columns names that neither another column nor the pipeline itself has."""
    named: list[Described] = []
    for column in columns:
        plain = "".join("_" if is_unusable(c) else c for c in column.name)
        plain = plain.lstrip(RESERVED) or "column"
        plain = f"{plain}{IN_FILE}" if plain == ROW_NUMBER else plain
        name, number = plain, 2
        while name in {other.name for other in named}:
            name, number = f"{plain}_{number}", number + 1
        named.append(column._replace(name=name))
    return named


def draft_column(column: Described, roles: Roles) -> dict[str, Any]:
    """Draft the part of the document about one column."""
    options, properties, quality = _draft_use(column, roles)
    drafted: dict[str, Any] = {"name": column.name}
    if column.name != column.written:
        drafted["physicalName"] = column.written
    drafted |= {
        "description": f"Observed: {column.distinct:,} different values,"
        f" {100 * column.nulls:.3g} % empty.",
        "logicalType": column.kind,
        "physicalType": PHYSICAL_TYPES[column.kind],
    }
    if options:
        drafted["logicalTypeOptions"] = options
    if column is roles.text or column is roles.target:
        drafted |= {"criticalDataElement": True, "required": True}
    if properties:
        drafted["customProperties"] = [{"property": k, "value": v} for k, v in properties.items()]
    return drafted | {"examples": column.examples} | ({"quality": quality} if quality else {})


def _draft_use(
    column: Described, roles: Roles
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """Draft the options of the type, the custom properties, and the rules of a column."""
    text, target = roles.text, roles.target
    if column is text:
        edges = _length_edges(text)
        properties = {"role": "text"} | ({"sliceEdges": edges} if edges else {})
        return {"minLength": 1}, properties, list(draft_text_rules(text, target))
    if column is target:
        numbers = read_numbers(target)
        whole = numbers[numbers == np.rint(numbers)] if target.kind == "integer" else numbers
        scale = guess_scale(whole)
        rules = [*draft_target_rules(target, scale)]
        return _scale_options(scale), {"role": "target", "unit": ""}, rules
    if column is roles.identifier:
        return {}, {"role": "row_identifier"} | _list_aliases(column, roles.columns), []
    properties = list_uses(column, roles.rows)
    if column is roles.title:
        properties["role"] = "title"
    options = {"exclusiveMinimum": 0} if properties.get("logarithmic") else {}
    return options, properties, [draft_null_rule(column)]


def _list_aliases(column: Described, columns: list[Described]) -> dict[str, list[str]]:
    """List the usual names of a row identifier that no other column has."""
    others = {simplify(n) for c in columns if c is not column for n in (c.name, c.written)}
    aliases = [alias for alias in IDENTIFIER_ALIASES if simplify(alias) not in others]
    return {"aliases": aliases} if aliases else {}


def _scale_options(scale: Scale) -> dict[str, Any]:
    whole = all(float(bound).is_integer() for bound in (scale.minimum, scale.maximum))
    bounds = [int(b) if whole else b for b in (scale.minimum, scale.maximum)]
    options: dict[str, Any] = {"minimum": bounds[0], "maximum": bounds[1]}
    if scale.step is not None and scale.step != 1:
        options["multipleOf"] = int(scale.step) if scale.step.is_integer() else scale.step
    return options


def _length_edges(text: Described) -> list[int]:
    lengths = text.texts.drop_null().to_pandas().str.count(r"\S+")
    edges = sorted({int(lengths.quantile(q)) for q in LENGTH_BANDS})
    return [edge for edge in edges if edge > lengths.min()]
