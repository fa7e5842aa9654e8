"""The version of the store's layout, which every store carries in its `store.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tasks.configuration.errors import StoreError
from tasks.engine.artifacts import Artifact
from tasks.engine.publication import Publication

FOLDER_FORMAT = 1
BUCKET_FORMAT = 2
"""The outputs' files lie one folder deeper. Earlier, such a store had the number 1 too."""

COPIED = {
    FOLDER_FORMAT: "a copy of a store in a bucket, which keeps outputs in other places than a"
    " folder; name the bucket, or another folder, with --store",
    BUCKET_FORMAT: "a copy of a store in a folder, which keeps outputs in other places than a"
    " bucket; name the folder, or another prefix, with --store",
}
"""What is said where a store of this format belongs, and one of the other format lies."""


def describe_format(version: int) -> bytes:
    """Write what `check_format` reads."""
    return json.dumps({"format": version}).encode()


def check_format(place: str, about: bytes | None, wanted: int, manifests: Iterable[bytes]) -> int:
    """Refuse a store of another format version, or one that was copied from the other kind.

    Args:
        place: the store, for people.
        about: what its `store.json` holds; None where there is none yet.
        wanted: the format of this kind of store.
        manifests: of its outputs; read only as far as needed.

    Returns:
        The version in its `store.json`, or the one that a new store gets.

    Raises:
        StoreError: it is of another format version, or a copy.
    """
    if about is None:
        return wanted
    try:
        found = json.loads(about)["format"]
    except (ValueError, KeyError, TypeError):
        found = "unreadable"
    if found not in (FOLDER_FORMAT, BUCKET_FORMAT):
        raise StoreError(
            f"{place}: the store's format is {found}, this version reads {wanted};"
            " name another with --store"
        )
    formats = (
        (_format_of(manifest) for manifest in manifests) if found == FOLDER_FORMAT else [found]
    )
    if _lies_otherwise(formats, wanted):
        raise StoreError(f"{place}: {COPIED[wanted]}")
    return int(found)


def _lies_otherwise(formats: Iterable[int | None], wanted: int) -> bool:
    """Tell whether there are outputs, and none is of the format wanted."""
    others = False
    for found in formats:
        if found == wanted:
            return False
        others |= found is not None
    return others


def _format_of(manifest: bytes) -> int | None:
    """Tell in which kind of store an output was published; None: its manifest is damaged."""
    for version, read in (
        (BUCKET_FORMAT, Publication.from_bytes),
        (FOLDER_FORMAT, Artifact.from_manifest),
    ):
        try:
            read(manifest)
        except ValueError:
            continue
        return version
    return None
