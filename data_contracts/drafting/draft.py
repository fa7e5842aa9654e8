"""Puts a drafted contract together, as a document of the Open Data Contract Standard."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import numpy as np
import pyarrow.compute as pc
import yaml

from data_contracts.drafting.columns import Described, read_numbers
from data_contracts.drafting.drafted_columns import (
    Roles,
    draft_column,
    find_roles,
)
from data_contracts.drafting.rules import draft_table_rules
from data_contracts.matching import find_columns
from data_contracts.wording import join_names

REJECTED_FRACTION_MIN = 0.01


def draft_contract(
    name: str, columns: list[Described], text_column: str, target_column: str
) -> str:
    """Draft the contract of a file.

    Args:
        name: of the dataset.
        columns: of the file; see `describe_columns`.
        text_column: name of the column with the text.
        target_column: name of the column with the target.

    Returns:
        A document in YAML, with the status `draft`.

    Raises:
        ValueError: a column is missing or given twice, the text is empty or has numbers alone, or
            the target is not a column of numbers with different values.
    """
    text = find_column(columns, text_column, "text")
    target = find_column(columns, target_column, "target")
    _check_roles(text, target)
    roles = find_roles(columns, text, target, len(text.texts))
    document = _describe_document(name) | {"schema": [_describe_table(name, roles)]}
    return _HEADING + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


_HEADING = """\
# Drafted from one file. Before you change `status` to `active`, review with `wine-points contract
# check`: the id, purpose and licence; the scale and unit of the target; slices and auxiliary
# targets; and each rule whose description says what was observed.
"""


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, which hide what a rule says."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _make_slug(name: str) -> str:
    """Return a name in lower-case ASCII letters, digits and hyphens."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    # Two names in other letters must not share an id, and so a champion.
    return slug or f"reviews-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def find_column(columns: list[Described], name: str, role: str) -> Described:
    """Find the column for a role by its name, as files are matched with a contract.

    Raises:
        ValueError: there is none, or more than one.
    """
    alike = find_columns([column.written for column in columns], name)
    found = [column for column in columns if name in (column.written, column.name)]
    found = found or [columns[place] for place in alike]
    if len(found) != 1:
        known = join_names(column.written or "(no name)" for column in columns)
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
    if target.numbers is None:
        raise ValueError(f"{target.written}: the target must have numbers")
    if len(values := np.unique(target.numbers)) < 2:
        what = f"{values[0]:.15g} alone" if len(values) else "no value"
        raise ValueError(f"{target.written}: the target must have different numbers, not {what}")


def _describe_document(name: str) -> dict[str, Any]:
    slug = _make_slug(name)
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


def _describe_table(name: str, roles: Roles) -> dict[str, Any]:
    table = {
        "name": _make_slug(name).replace("-", "_"),
        "physicalType": "file",
        "description": "One row per review.",
        "customProperties": [_tolerance(roles.text, roles.target)],
        "quality": draft_table_rules(roles.rows),
        "properties": [draft_column(column, roles) for column in roles.columns],
    }
    _rename_repeated(table)
    return table


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


def _rename_repeated(table: dict[str, Any]) -> None:
    """Rename rules of the same name, which the name of a column may lead to."""
    names: set[str] = set()
    for part in (table, *table["properties"]):
        for rule in part.get("quality", []):
            while rule["name"] in names:
                rule["name"] += "_2"
            names.add(rule["name"])
