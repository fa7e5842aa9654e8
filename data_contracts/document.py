"""Reads a document of the Open Data Contract Standard, and refuses unknown keys.

The models of `open-data-contract-standard` ignore unknown keys: a misspelt rule would never be
checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pydantic

from data_contracts.kinds import show
from data_contracts.problems import InvalidContractError
from data_contracts.refused_values import explain_refusal
from data_contracts.yaml_text import read_yaml

if TYPE_CHECKING:
    from open_data_contract_standard.model import OpenDataContractStandard
    from pydantic_core import ErrorDetails

KIND, API_VERSION = "DataContract", re.compile(r"v3\.\d+\.\d+")
Keys = tuple[str | int, ...]
"""The path to a part of a document."""


def read_document(content: bytes) -> OpenDataContractStandard:
    """Read a document of the Open Data Contract Standard.

    Raises:
        InvalidContractError: it is not UTF-8, not YAML, has a key twice, or has keys or values that
            the standard does not allow.
    """
    from open_data_contract_standard.model import OpenDataContractStandard

    tree = read_yaml(content)
    try:
        # Otherwise the texts "false" and "1" would be taken for what they look like.
        document = OpenDataContractStandard.model_validate(tree, extra="allow", strict=True)
    except pydantic.ValidationError as error:
        problems = list(_describe(tree, error.errors()))
    else:
        problems = list(_unknown_keys(document, ()))
    if problems:
        raise InvalidContractError([f"{_place(tree, keys)}: {what}" for keys, what in problems])
    return document


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


def _describe(tree: Any, errors: list[ErrorDetails]) -> Iterator[tuple[Keys, str]]:
    """Describe the values that the models refuse.

    Where a value may be of several kinds, pydantic reports an error for each of them, with the name
    of the kind among the keys. An error about a value is left out where one is about its part.
    """
    found: dict[Keys, list[ErrorDetails]] = {}
    for error in errors:
        found.setdefault(_keys_in(tree, error["loc"]), []).append(error)
    for keys, refused in found.items():
        if not any(other[: len(keys)] == keys for other in found if other != keys):
            first, *others = dict.fromkeys(map(explain_refusal, refused))
            expected = " or ".join([first, *(other.removeprefix("must be ") for other in others)])
            yield keys, f"{expected}, not {show(refused[0]['input'])}"


def _keys_in(content: Any, keys: Keys) -> Keys:
    """Return the keys that the document has."""
    path: list[str | int] = []
    for key in keys:
        is_item = isinstance(content, list) and isinstance(key, int)
        if is_item or (isinstance(content, dict) and key in content):
            path.append(key)
            content = content[key]
    return tuple(path)


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
