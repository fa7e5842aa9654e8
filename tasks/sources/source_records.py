"""The record of a source, STORE/sources/KEY/record.json.

An unfinished download is beside it, as `download.part` with its validators, only on the machine
that downloads. Writers hold the lock of the folder.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from pydantic import ConfigDict

from tasks.storage.artifacts import Frozen, canonical_json
from tasks.storage.atomic_files import write_atomically
from tasks.storage.records import Records

FOLDER = "sources"
PART = "download.part"
PART_VALIDATORS = "download.part.json"

STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{0,200}"')
"""RFC 9110, section 8.8.3, without obsolete characters and with a limited length."""
CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")
"""RFC 9110, section 14.4, without the form with an unknown total."""


def parse_http_date(text: str) -> datetime | None:
    """Parse a date of a header; return None unless it is in the preferred form."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return moment if email.utils.format_datetime(moment, usegmt=True) == text else None
    except (ValueError, OverflowError):
        return None


def parse_total(text: str, first: int) -> int | None:
    """Parse the size of the whole file from a Content-Range header.

    Returns:
        The size; None if the header is invalid, or its range does not begin at `first`.
    """
    match = CONTENT_RANGE.fullmatch(text)
    start, last, total = map(int, match.groups()) if match else (-1, -1, -1)
    return total if first == start <= last < total else None


class Validators(Frozen):
    """The validators of a file, which change when the file changes (RFC 9110, section 8.8).

    Attributes:
        location: digest of the URL after redirects, to which the validators belong.
        etag: the entity tag, which may be weak.
        last_modified: only if it is strong, that is at least a second older than the answer
            (section 8.8.2.2); a file may change twice in a second.
    """

    location: str = ""
    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, location: str, headers: Mapping[str, str]) -> Self:
        """Read the valid validators from the headers of an answer that was just received."""
        etag = headers.get("etag", "")
        changed = parse_http_date(headers.get("last-modified", ""))
        answered = parse_http_date(headers.get("date", "")) or datetime.now(UTC)
        strong = changed is not None and answered - changed >= timedelta(seconds=1)
        return cls(
            location=location,
            etag=etag if STRONG_ETAG.fullmatch(etag.removeprefix("W/")) else None,
            last_modified=headers["last-modified"] if strong else None,
        )

    @property
    def strong(self) -> str | None:
        """The validator for If-Range (RFC 9110, section 13.1.5), or None."""
        if self.etag is None:
            return self.last_modified
        return None if self.etag.startswith("W/") else self.etag

    def conditions(self, location: str) -> dict[str, str]:
        """Return the headers of a conditional request to `location`; none for another URL."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        is_same = location == self.location
        return {name: value for name, value in headers.items() if is_same and value is not None}

    def same_as(self, other: Validators) -> bool:
        """Return whether both identify the same version of a file, as If-None-Match compares."""
        if self.location != other.location:
            return False
        etag, other_etag = ((v.etag or "").removeprefix("W/") for v in (self, other))
        if etag or other_etag:
            return etag == other_etag
        return self.last_modified is not None and self.last_modified == other.last_modified


class SourceRecord(Frozen):
    """The record of a source.

    Attributes:
        source: its redacted name.
        digest: SHA-256 of the bytes that were fetched last.
        whole: their validators.
    """

    source: str = ""
    digest: str | None = None
    whole: Validators = Validators()

    # Records of earlier versions contain the validators of the part, too.
    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def read(cls, records: Records, key: str) -> SourceRecord:
        """Read the record of a source; return an empty one if it is missing or unreadable."""
        try:
            return cls.model_validate_json(records.read(name_of_record(key)) or b"")
        except ValueError:
            return cls()

    def write(self, records: Records, key: str) -> None:
        """Replace the record of a source."""
        records.write(name_of_record(key), canonical_json(self.model_dump(mode="json")))


def name_of_record(key: str) -> str:
    """Return the path of the record of a source, relative to the store."""
    return f"{FOLDER}/{key}/record.json"


def read_part_validators(folder: Path) -> Validators:
    """Read the validators of the unfinished download in `folder`; empty if they are unknown."""
    try:
        return Validators.model_validate_json((folder / PART_VALIDATORS).read_bytes())
    except (OSError, ValueError):
        return Validators()


def write_part_validators(folder: Path, validators: Validators) -> None:
    """Write the validators of the download that begins in `folder`."""
    content = canonical_json(validators.model_dump(mode="json"))
    write_atomically(folder / PART_VALIDATORS, content)
