"""Mends values of a document that the standard refuses, so that the rest can be checked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Set
from typing import Any

from data_contracts.kinds import is_number
from data_contracts.places import Keys, get_item

CUSTOM = "customProperties"
NAMES = ("name", "property")
FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def mend(tree: Any, keys: Keys, refused: Set[str]) -> bool:
    """Replace a value by what it was surely meant to be, or else remove it.

    Args:
        tree: the document, which is changed.
        keys: the place of the value, which the document has.
        refused: the types of pydantic's errors about it.

    Returns:
        Whether the value is known now; a text in place of another value need not be the right name.
    """
    part = _find(tree, keys[:-1])
    value = get_item(part, keys[-1])
    if keys[-1] == CUSTOM and isinstance(value, dict) and value:
        part[CUSTOM] = [{"property": name, "value": value} for name, value in value.items()]
        return True
    for kind, make in _MADE.items():
        if kind in refused and (made := make(value)) is not None:
            part[keys[-1]] = made
            return keys[-1] not in NAMES
    remove(tree, keys)
    return False


def remove(tree: Any, keys: Keys) -> None:
    """Remove a part of a document; other items of a list keep their numbers."""
    part = _find(tree, keys[:-1])
    if isinstance(part, dict):
        part.pop(keys[-1], None)
    elif isinstance(part, list) and get_item(part, keys[-1]) != {}:
        part[int(keys[-1])] = {}
    elif part is not None:
        remove(tree, keys[:-1])


def rename(tree: Any, keys: Keys, name: str) -> None:
    """Rename a key of a document, unless the document has the name already."""
    part = _find(tree, keys[:-1])
    value = part.pop(keys[-1], None)
    part.setdefault(name, value)


def make_property(tree: Any, keys: Keys) -> Any:
    """Take a key of a custom property for its name; return the value."""
    part = _find(tree, keys[:-1])
    value = part.pop(keys[-1], None)
    part.setdefault("property", str(keys[-1]))
    part.setdefault("value", value)
    return value


def _find(tree: Any, keys: Keys) -> Any:
    """Return a part of a document; None if it was removed."""
    return functools.reduce(get_item, keys, tree)


def _make_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if is_number(value) else None


def _make_flag(value: Any) -> bool | None:
    return FLAGS.get(value.lower()) if isinstance(value, str) else None


def _make_number(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return number if is_number(number) else None


def _make_list(value: Any) -> list[Any] | None:
    """Take one item with a name for a list of one."""
    return [value] if isinstance(value, dict) and "name" in value else None


_MADE: dict[str, Callable[[Any], Any]] = {
    "string_type": _make_text,
    "bool_type": _make_flag,
    "float_type": _make_number,
    "int_type": _make_number,
    "list_type": _make_list,
}
