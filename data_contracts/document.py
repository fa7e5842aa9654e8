"""Reads a document of the Open Data Contract Standard, and refuses unknown keys.

The models of `open-data-contract-standard` ignore unknown keys: a misspelt rule would never be
checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pydantic
import yaml

from data_contracts.refused_values import explain_refusal

if TYPE_CHECKING:
    from open_data_contract_standard.model import OpenDataContractStandard
    from pydantic_core import ErrorDetails

SHOWN_MAX = 60
Keys = tuple[str | int, ...]
"""The path to a part of a document."""


def read_document(content: bytes) -> OpenDataContractStandard:
    """Read a document of the Open Data Contract Standard.

    Raises:
        ValueError: it is not UTF-8, not YAML, or it has keys or values that the standard does not
            allow.
    """
    from open_data_contract_standard.model import OpenDataContractStandard

    try:
        tree = yaml.load(content.decode(), yaml.CSafeLoader)
        document = OpenDataContractStandard.model_validate(tree, extra="allow")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise ValueError(_explain_syntax(content, error)) from None
    except pydantic.ValidationError as error:
        problems = [(e["loc"], _describe(e)) for e in error.errors()]
    else:
        problems = list(_unknown_keys(document, ()))
    if problems:
        raise ValueError("; ".join(f"{_place(tree, keys)}: {what}" for keys, what in problems))
    return document


def _explain_syntax(content: bytes, error: yaml.YAMLError) -> str:
    """Explain an error of the YAML parser, whose own words are about its tokens."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return "not valid YAML: a character is not allowed there; save it as plain text"
    lines = content.decode().splitlines()
    # The parser notices an open bracket only after it, often at the end.
    number = min(mark.line, len(lines) - 1)
    shown = json.dumps(lines[number].strip()[:SHOWN_MAX], ensure_ascii=False)
    return (
        f"line {number + 1}: not valid YAML, here or before: {shown}; look for a bracket or a quote"
        " that is not closed, a tab, or a wrong indentation"
    )


def _describe(problem: ErrorDetails) -> str:
    found = json.dumps(problem["input"], ensure_ascii=False, default=str)[:SHOWN_MAX]
    return explain_refusal(problem) + ("" if problem["type"] == "missing" else f", not {found}")


def _unknown_keys(part: Any, keys: Keys) -> Iterator[tuple[Keys, str]]:
    """List the keys that the standard does not have, each with a message."""
    if isinstance(part, list):
        for number, item in enumerate(part):
            yield from _unknown_keys(item, (*keys, number))
    elif isinstance(part, pydantic.BaseModel):
        fields = type(part).model_fields
        known = ", ".join(sorted(field.alias or name for name, field in fields.items()))
        for key in part.model_extra or {}:
            yield (*keys, key), f"the standard has no such key here, only {known}"
        for name, field in fields.items():
            yield from _unknown_keys(getattr(part, name), (*keys, field.alias or name))


def _place(content: Any, keys: Keys) -> str:
    """Join the keys with dots, and name the items of a list by their `name`."""
    places = []
    for key in keys:
        in_list = isinstance(content, list) and isinstance(key, int)
        if in_list:
            content = content[key]
        else:
            content = content.get(key) if isinstance(content, dict) else None
        name = content.get("name") if in_list and isinstance(content, dict) else None
        places.append(str(name or key))
    return ".".join(places) or "the document"
