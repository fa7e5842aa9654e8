"""The version of the store's layout, which every store carries in its `store.json`."""

from __future__ import annotations

import json

from tasks.errors import StoreError

STORE_FORMAT_VERSION = 1


def describe_format() -> bytes:
    """Write what `check_format` reads."""
    return json.dumps({"format": STORE_FORMAT_VERSION}).encode()


def check_format(place: str, about: bytes | None) -> None:
    """Refuse a store of another format version.

    Args:
        place: the store, for people.
        about: what its `store.json` holds; None where there is none yet.

    Raises:
        StoreError: it is of another format version.
    """
    if about is None:
        return
    try:
        found = json.loads(about)["format"]
    except (ValueError, KeyError, TypeError):
        found = "unreadable"
    if found != STORE_FORMAT_VERSION:
        raise StoreError(
            f"{place}: the store's format is {found}, this version reads"
            f" {STORE_FORMAT_VERSION}; name another with --store"
        )
