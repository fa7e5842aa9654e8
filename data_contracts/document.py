"""The contract document as the standard's own models read it, held to the keys that they know.

The models of `open-data-contract-standard` pass over a key that they do not know, so that a
misspelt one would be a rule that nobody checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydantic
import yaml

if TYPE_CHECKING:
    from open_data_contract_standard.model import OpenDataContractStandard

Keys = tuple[str | int, ...]
"""The way to a part of a document."""


def read_document(path: Path) -> OpenDataContractStandard:
    """Read a document in the Open Data Contract Standard.

    Raises:
        ValueError: it is no YAML, or a key or a value of it is none of the standard's.
    """
    from open_data_contract_standard.model import OpenDataContractStandard

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        document = OpenDataContractStandard.model_validate(content, extra="allow")
    except yaml.YAMLError as error:
        raise ValueError(f"it is no sound YAML: {' '.join(str(error).split())}") from None
    except pydantic.ValidationError as error:
        said = [(e["loc"], f"{e['msg']}, not {e['input']!r}") for e in error.errors()]
    else:
        said = list(_strange_keys(document, ()))
    if said:
        raise ValueError("; ".join(f"{_place(content, keys)}: {what}" for keys, what in said))
    return document


def _strange_keys(part: Any, keys: Keys) -> Iterator[tuple[Keys, str]]:
    """List the keys that the standard does not have, with those that it has in their place."""
    if isinstance(part, list):
        for number, item in enumerate(part):
            yield from _strange_keys(item, (*keys, number))
    elif isinstance(part, pydantic.BaseModel):
        fields = type(part).model_fields
        known = ", ".join(sorted(field.alias or name for name, field in fields.items()))
        for key in part.model_extra or {}:
            yield (*keys, key), f"the standard has no such key there, only {known}"
        for name, field in fields.items():
            yield from _strange_keys(getattr(part, name), (*keys, field.alias or name))


def _place(content: Any, keys: Keys) -> str:
    """Write where in a document something stands, parts of a list by their names."""
    written = []
    for key in keys:
        held = isinstance(content, list) and isinstance(key, int)
        content = content[key] if held else content.get(key) if isinstance(content, dict) else None
        name = content.get("name") if held and isinstance(content, dict) else None
        written.append(str(name or key))
    return ".".join(written) or "the document"
