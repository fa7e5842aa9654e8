"""Reads a document of the Open Data Contract Standard, and refuses unknown keys.

The models of `open-data-contract-standard` ignore unknown keys: a misspelt rule would never be
checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pydantic
import yaml

from data_contracts.kinds import show
from data_contracts.problems import InvalidContractError
from data_contracts.refused_values import explain_refusal

if TYPE_CHECKING:
    from open_data_contract_standard.model import OpenDataContractStandard
    from pydantic_core import ErrorDetails

KIND, API_VERSION = "DataContract", re.compile(r"v3\.\d+\.\d+")
Keys = tuple[str | int, ...]
"""The path to a part of a document."""


class _Loader(yaml.CSafeLoader):
    """Refuses a key that occurs twice in one mapping, of which YAML's readers keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Make a mapping.

        Raises:
            InvalidContractError: a key occurs twice.
        """
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            # Only texts: `<<` may occur twice, and all keys of the standard are texts.
            if key.tag == "tag:yaml.org,2002:str" and (before := lines.get(key.value)):
                what = f"{show(key.value)} stands here and in line {before}; remove one"
                raise InvalidContractError([f"line {line}: {what}"])
            lines[key.value] = line
        return super().construct_mapping(node, deep)


def read_document(content: bytes) -> OpenDataContractStandard:
    """Read a document of the Open Data Contract Standard.

    Raises:
        InvalidContractError: it is not UTF-8, not YAML, or it has keys or values that the standard
            does not allow.
    """
    from open_data_contract_standard.model import OpenDataContractStandard

    tree = _read_tree(content)
    try:
        # Otherwise the texts "false" and "1" would be taken for what they look like.
        document = OpenDataContractStandard.model_validate(tree, extra="allow", strict=True)
    except pydantic.ValidationError as error:
        problems = [(e["loc"], _describe(e)) for e in error.errors()]
    else:
        problems = list(_unknown_keys(document, ()))
    if problems:
        raise InvalidContractError([f"{_place(tree, keys)}: {what}" for keys, what in problems])
    return document


def _read_tree(content: bytes) -> dict[str, Any]:
    """Parse the YAML."""
    try:
        tree = yaml.load(content.decode(), _Loader)  # noqa: S506 - a safe one
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidContractError([f"line {line}: not UTF-8 text"]) from None
    except yaml.YAMLError as error:
        raise InvalidContractError([_explain_syntax(content, error)]) from None
    except InvalidContractError:
        raise
    except ValueError as error:
        # A date such as 2026-02-30, or a number of thousands of digits.
        what = "a date or a number is impossible; write it in quotes"
        raise InvalidContractError([f"not valid YAML: {what}"]) from error
    if tree is None:
        raise InvalidContractError(["the document is empty"])
    if not isinstance(tree, dict):
        raise InvalidContractError(
            [f"the document must be names with values, such as kind: {KIND}, not {show(tree)}"]
        )
    return tree


def check_header(document: OpenDataContractStandard) -> Iterator[str]:
    """List what the document lacks to be a data contract of the version that is read."""
    if document.kind != KIND:
        yield f"kind must be {KIND}, not {show(document.kind)}"
    if not API_VERSION.fullmatch(document.apiVersion or ""):
        yield f"apiVersion must be v3.1.0 or another v3, not {show(document.apiVersion)}"
    if not document.id:
        yield "the document needs an id, under which a store keeps its champion"
    if not document.version:
        yield "the document needs a version, such as 1.0.0"


def _explain_syntax(content: bytes, error: yaml.YAMLError) -> str:
    """Explain an error of the YAML parser, whose own words are about its tokens."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return "not valid YAML: a character is not allowed there; save it as plain text"
    lines = content.decode().splitlines()
    # The parser notices an open bracket only after it, often at the end.
    number = min(mark.line, len(lines) - 1)
    shown = show(lines[number].strip())
    return (
        f"line {number + 1}: not valid YAML, here or before: {shown}; look for a bracket or a quote"
        " that is not closed, a tab, or a wrong indentation"
    )


def _describe(problem: ErrorDetails) -> str:
    found = "" if problem["type"] == "missing" else f", not {show(problem['input'])}"
    return explain_refusal(problem) + found


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
        places.append(str(name if name and isinstance(name, str) else key))
    return ".".join(places) or "the document"
