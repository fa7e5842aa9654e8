from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from data_contracts.profile import Profile
from tasks.configuration.errors import StoreError
from tasks.deliveries.references import (
    NO_FILE,
    Comparison,
    ProfileReference,
    place_of,
    read_references,
)
from tasks.engine.caching import reached_code
from tasks.storage.artifacts import canonical_json
from tasks.storage.store import Store

PROFILE = Profile(
    rows=100,
    null_fractions={},
    target_counts={88: 100},
    histograms={},
    token_bins=[],
    categories={},
    tokens={},
).model_dump(mode="json")


def keep(store: Store, content: bytes) -> tuple[Path, ProfileReference]:
    """Keep a profile's file, and refer to it."""
    digest = hashlib.sha256(content).hexdigest()
    path = store.root / place_of(digest)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path, ProfileReference(name="the file of May", digest=digest, accepted_before="1999")


def test_what_there_is_and_why_there_is_no_more_are_handed_on(store: Store) -> None:
    _, last = keep(store, canonical_json(PROFILE))
    found, absent = read_references(
        store.records, Comparison(last=last, champion_absent="so it is")
    )
    assert found["last"].profile.rows == 100
    assert (found["last"].name, found["last"].accepted_before) == ("the file of May", "1999")
    assert absent == {"champion": "so it is"}
    assert read_references(store.records, Comparison()) == (
        {},
        {"last": NO_FILE, "champion": "there is no champion"},
    )


@pytest.mark.parametrize(
    "content",
    [{"format": 3, "counts": []}, {"format": 1, "rows": 100, "points": {}}, {"rows": 100}],
)
def test_a_profile_of_another_format_is_none_and_no_damage(
    store: Store, content: dict[str, Any]
) -> None:
    _, old = keep(store, canonical_json(content))
    _, champion = keep(store, canonical_json(PROFILE))
    found, absent = read_references(store.records, Comparison(last=old, champion=champion))
    assert set(found) == {"champion"}
    assert absent == {"last": "the profile of the file of May is of another format"}


@pytest.mark.parametrize("content", [b"", b"[{", b"1", b'{"format": 2}'])
def test_what_never_was_a_profile_is_damage(store: Store, content: bytes) -> None:
    path, last = keep(store, content)
    with pytest.raises(StoreError, match="damaged or missing") as caught:
        read_references(store.records, Comparison(last=last))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [None, b"", canonical_json(PROFILE | {"rows": 7})])
def test_a_damaged_profile_is_named_with_what_to_do(store: Store, content: bytes | None) -> None:
    path, last = keep(store, canonical_json(PROFILE))
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match="--reference none") as caught:
        read_references(store.records, Comparison(last=last))
    assert str(path) in str(caught.value)
    assert f"move {store.root / 'accepted'} away" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_neither_the_memory_nor_the_champions_room_shapes_what_the_checks_give() -> None:
    code, _ = reached_code("tasks.deliveries.references")
    assert "data_contracts/profile.py" in code
    assert not {name for name in code if "accept" in name or "champion" in name}
