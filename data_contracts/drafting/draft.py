"""Puts a drafted contract together, as a document of the Open Data Contract Standard."""

from __future__ import annotations

import hashlib
import re
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

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
from data_contracts.drafting.rules import draft_null_rule, draft_table_rules, draft_target_rules
from data_contracts.drafting.scale import Scale, guess_scale
from data_contracts.drafting.text_rules import draft_text_rules
from data_contracts.matching import find_columns
from data_contracts.names import is_unusable, simplify
from data_contracts.number_texts import PLAIN, NumberStyle

REJECTED_FRACTION_MIN = 0.01
IDENTIFIER_ALIASES = ("id", "Unnamed: 0", "X", "index")
LENGTH_BANDS = (0.25, 0.5, 0.75)


def draft_contract(
    name: str,
    header: list[str],
    table: pa.Table,
    text_column: str,
    target_column: str,
    style: NumberStyle = PLAIN,
) -> str:
    """Draft the contract of a file.

    Args:
        name: of the dataset.
        header: the file's column names.
        table: its rows as nullable strings, columns in the header's order.
        text_column: name of the column with the text.
        target_column: name of the column with the target.
        style: how numbers are written.

    Returns:
        A document in YAML, with the status `draft`.

    Raises:
        ValueError: a column is missing or given twice, the text is empty or has numbers alone, or
            the target is not a column of numbers with different values.
    """
    columns = _describe_columns(header, table, style)
    text, target = _find(columns, text_column, "text"), _find(columns, target_column, "target")
    _check_roles(text, target)
    roles = _find_roles(columns, text, target, table.num_rows)
    slug = _make_slug(name)
    document = _describe_document(name, slug) | {
        "schema": [
            {
                "name": slug.replace("-", "_"),
                "physicalType": "file",
                "description": "One row per review.",
                "customProperties": [_tolerance(text, target)],
                "quality": draft_table_rules(table.num_rows),
                "properties": [_draft_column(c, roles) for c in columns],
            }
        ]
    }
    _rename_repeated(document["schema"][0])
    return _HEADING + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


_HEADING = """\
# Drafted from one file. Before you change `status` to `active`, review with `wine-points contract
# check`: the id, purpose and licence; the scale and unit of the target; slices and auxiliary
# targets; and each rule whose description says what was observed.
"""


class _Roles(NamedTuple):
    """The columns with a role, all columns, and the number of rows."""

    text: Described
    target: Described
    identifier: Described | None
    title: Described | None
    columns: list[Described]
    rows: int


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, which hide what a rule says."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _describe_columns(header: list[str], table: pa.Table, style: NumberStyle) -> list[Described]:
    """Describe the columns with a name, and the first one, which pandas leaves without."""
    used = [place for place, name in enumerate(header) if name.strip() or not place]
    names = [header[place] for place in used]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two columns are called {repeated[0]}; rename one of them")
    return _name_apart(
        [describe_column(header[place], table.column(place), style) for place in used]
    )


def _make_slug(name: str) -> str:
    """Return a name in lower-case ASCII letters, digits and hyphens."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    # Two names in other letters must not share an id, and so a champion.
    return slug or f"reviews-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _find(columns: list[Described], name: str, role: str) -> Described:
    alike = find_columns([column.written for column in columns], name)
    found = [column for column in columns if name in (column.written, column.name)]
    found = found or [columns[place] for place in alike]
    if len(found) != 1:
        known = ", ".join(column.written or "(no name)" for column in columns)
        problem = "more than one column" if found else "no column"
        raise ValueError(f"the file has {problem} {name} for the {role}; its columns are {known}")
    return found[0]


def _check_roles(text: Described, target: Described) -> None:
    if text is target:
        raise ValueError(f"{text.written}: text and target must be two columns")
    if not pc.any(pc.is_valid(text.texts)).as_py():
        raise ValueError(f"{text.written}: the text is empty in every row")
    if text.numbers is not None:
        raise ValueError(f"{text.written}: the text must have words, not numbers alone")
    if target.numbers is None or len(np.unique(target.numbers)) < 2:
        what = "texts" if target.numbers is None else "one value alone"
        raise ValueError(f"{target.written}: the target must have different numbers, not {what}")


def _find_roles(columns: list[Described], text: Described, target: Described, rows: int) -> _Roles:
    others = [column for column in columns if column is not text and column is not target]
    identifier, title = find_identifier(others, rows), find_title(others)
    return _Roles(text, target, identifier, title, columns, rows)


def _name_apart(columns: list[Described]) -> list[Described]:
    """Give columns names that neither another column nor the pipeline itself has."""
    named: list[Described] = []
    for column in columns:
        plain = "".join("_" if is_unusable(c) else c for c in column.name)
        name, number = plain.lstrip(RESERVED) or "column", 2
        while name in {ROW_NUMBER, *(other.name for other in named)}:
            name, number = f"{plain.lstrip(RESERVED) or 'column'}_{number}", number + 1
        named.append(column._replace(name=name))
    return named


def _describe_document(name: str, slug: str) -> dict[str, Any]:
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"urn:datacontract:{slug}",
        "name": slug.replace("-", "_"),
        "version": "1.0.0",
        "status": "draft",
        "description": {
            "purpose": f"{name}: texts with a score, which a model learns to predict.",
            "usage": "To be written.",
            "limitations": "To be written.",
        },
        "customProperties": [{"property": "license", "value": "unknown"}],
    }


def _tolerance(text: Described, target: Described) -> dict[str, Any]:
    observed = text.nulls + 1 - len(read_numbers(target)) / len(target.texts)
    fraction = max(REJECTED_FRACTION_MIN, min(round(2 * observed, 3), 0.5))
    return {
        "property": "rejectedRowsFractionMax",
        "value": fraction,
        "description": "Rows that break a critical rule are rejected up to this share of the file;"
        f" beyond it, the whole file is. Observed: {100 * observed:.3g} % of the rows have no text"
        " or no number as the target.",
    }


def _draft_column(column: Described, roles: _Roles) -> dict[str, Any]:
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
    column: Described, roles: _Roles
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
        options = _scale_options(guess_scale(whole))
        return options, {"role": "target", "unit": ""}, [*draft_target_rules(target)]
    if column is roles.identifier:
        return {}, {"role": "row_identifier"} | _list_aliases(column, roles.columns), []
    properties = list_uses(column, roles.rows)
    if column is roles.title:
        properties["role"] = "title"
    options = {"exclusiveMinimum": 0} if properties.get("logarithmic") else {}
    return options, properties, [draft_null_rule(column)]


def _rename_repeated(table: dict[str, Any]) -> None:
    """Give rules names of their own; a column may be called as a rule about the file begins."""
    names: set[str] = set()
    for part in (table, *table["properties"]):
        for rule in part.get("quality", []):
            while rule["name"] in names:
                rule["name"] += "_2"
            names.add(rule["name"])


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
        options["multipleOf"] = scale.step
    return options


def _length_edges(text: Described) -> list[int]:
    lengths = text.texts.drop_null().to_pandas().str.count(r"\S+")
    edges = sorted({int(lengths.quantile(q)) for q in LENGTH_BANDS})
    return [edge for edge in edges if edge > 0]
