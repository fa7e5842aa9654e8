"""Reads a document of the Open Data Contract Standard, and refuses unknown keys.

The models of `open-data-contract-standard` ignore unknown keys: a misspelt rule would never be
checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pydantic
import yaml

if TYPE_CHECKING:
    from open_data_contract_standard.model import OpenDataContractStandard

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
        raise ValueError(f"not valid YAML: {' '.join(str(error).split())}") from None
    except pydantic.ValidationError as error:
        problems = [(e["loc"], f"{e['msg']}, not {e['input']!r}") for e in error.errors()]
    else:
        problems = list(_unknown_keys(document, ()))
    if problems:
        raise ValueError("; ".join(f"{_place(tree, keys)}: {what}" for keys, what in problems))
    return document


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
