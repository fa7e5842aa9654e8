"""Places in a contract document: the keys that lead to a part, from the outermost to its own."""

from __future__ import annotations

from typing import Any

import yaml

Keys = tuple[str | int, ...]
"""The path to a part of a document; an item of a list goes by its number or its name."""

TABLE: Keys = ("schema", 0)
COLUMNS: Keys = (*TABLE, "properties")
EACH = "*"
"""Stands for each item of a list."""


def resolve(content: Any, keys: Keys) -> Keys:
    """Replace the names of a list's items by their numbers, as far as the document has them."""
    resolved: list[str | int] = []
    for key in keys:
        if isinstance(content, list) and isinstance(key, str):
            key = next((n for n, item in enumerate(content) if key == _name(item)), key)
        resolved.append(key)
        content = get_item(content, key)
    return tuple(resolved)


def overlap(place: Keys, other: Keys) -> bool:
    """Tell whether one place is the other, or a part of it."""
    pairs = zip(place, other, strict=False)
    return bool(place) and all(a == b or EACH in (a, b) for a, b in pairs)


def show_place(content: Any, keys: Keys) -> str:
    """Join the keys with dots, and name the items of a list by their `name`."""
    shown = []
    for key in keys:
        in_list, content = isinstance(content, list), get_item(content, key)
        name = content.get("name") if in_list and isinstance(content, dict) else None
        shown.append(str(name if name and isinstance(name, str) else key))
    return ".".join(shown) or "the document"


def find_node(root: yaml.Node | None, keys: Keys) -> tuple[yaml.Node | None, int | None]:
    """Find a part, or the innermost part around it that the document has.

    Args:
        root: the document, from `yaml.compose`.
        keys: the part; items of lists go by their numbers.

    Returns:
        The part, and its line from 1, which is None for the document as a whole.
    """
    line, node = None, root
    for key in keys:
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            found = [(k, v) for k, v in node.value if str(key) == k.value]
            if not found and isinstance(key, int):
                continue  # One item was taken for a list.
            if not found:
                break
            name, node = found[-1]
            line = name.start_mark.line + 1
        else:
            break
    return node, line


def _name(item: Any) -> Any:
    """Return the name by which an item of a list goes."""
    return item.get("name", item.get("property")) if isinstance(item, dict) else None


def get_item(content: Any, key: str | int) -> Any:
    """Return the item of a list or the value of a name; None if there is none."""
    if isinstance(content, list):
        return content[key] if isinstance(key, int) and key < len(content) else None
    return content.get(key) if isinstance(content, dict) else None
