"""What is read from strangers' headers, and from records that a crash may have damaged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sources.source_records import (
    PART_VALIDATORS,
    SourceRecord,
    Validators,
    name_of_record,
    parse_http_date,
    parse_total,
    read_part_validators,
)
from tasks.storage.store import Store


@pytest.mark.parametrize("content", [b"", b"{", b'{"digest": 1}', b"\xff"])
def test_unreadable_record_counts_as_none(store: Store, tmp_path: Path, content: bytes) -> None:
    assert SourceRecord.read(store.records, "key") == SourceRecord()
    store.records.write(name_of_record("key"), content)
    assert SourceRecord.read(store.records, "key") == SourceRecord()
    (tmp_path / PART_VALIDATORS).write_bytes(content)
    assert read_part_validators(tmp_path) == Validators()


def test_a_record_of_an_earlier_version_is_read(store: Store) -> None:
    written = b'{"digest":"d","part":null,"source":"demo","whole":{"etag":"\\"v1\\""}}'
    store.records.write(name_of_record("key"), written)
    assert SourceRecord.read(store.records, "key").digest == "d"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Mon, 01 Jan 2024 00:00:00 UTC",
        "Tue, 01 Jan 2024 00:00:00 GMT",
        "Mon, 99 Jan 2024 00:00:00 GMT",
        "Monday, 01-Jan-24 00:00:00 GMT",
        "x" * 29,
        "Mon, 1 Jan 24 9999999999:0:00",
    ],
)
def test_only_exact_dates_are_read(text: str) -> None:
    assert parse_http_date(text) is None
    assert parse_http_date("Mon, 01 Jan 2024 00:00:00 GMT") == datetime(2024, 1, 1, tzinfo=UTC)


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_content_range_is_taken_only_when_consistent(first: int, last: int, total: int) -> None:
    text = f"bytes {first}-{last}/{total}"
    assert parse_total(text, first) == (total if first <= last < total else None)
    assert parse_total(text, first + 1) is None


@given(st.text(max_size=40) | st.from_regex(r"bytes [0-9*-]{0,9}/[0-9*]{0,30}"))
def test_content_range_of_a_stranger_never_raises(text: str) -> None:
    total = parse_total(text, 0)
    assert total is None or total > 0
