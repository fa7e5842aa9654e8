"""What is known of a source, kept in a folder of its own: STORE/sources/KEY/record.json.

While a download is unfinished, `download.part` lies beside it with the validators that it came
with: a matter of the machine that downloads. Whoever writes there holds the lock of the folder.
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
"""RFC 9110, section 8.8.3, without its obsolete characters and no longer than is sensible."""
CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")
"""RFC 9110, section 14.4; an unknown total is of no use here."""


def parse_http_date(text: str) -> datetime | None:
    """Read a date of a header; None unless it is one in the preferred form."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return moment if email.utils.format_datetime(moment, usegmt=True) == text else None
    except (ValueError, OverflowError):
        return None


def parse_total(text: str, first: int) -> int | None:
    """Read the size of the whole from a Content-Range header.

    Returns:
        None unless the header is complete and consistent, and its range begins at `first`.
    """
    match = CONTENT_RANGE.fullmatch(text)
    start, last, total = map(int, match.groups()) if match else (-1, -1, -1)
    return total if first == start <= last < total else None


class Validators(Frozen):
    """By what a server tells one state of a file from another (RFC 9110, section 8.8).

    Attributes:
        location: digest of the address that answered, after redirects: validators say nothing of
            another file.
        etag: the entity tag, weak ones included.
        last_modified: only where it is strong, that is at least a second older than the answer
            (section 8.8.2.2); a file may change twice in the same second.
    """

    location: str = ""
    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, location: str, headers: Mapping[str, str]) -> Self:
        """Take what is sound from the headers of an answer that was just received."""
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
        """The validator that may stand in If-Range (RFC 9110, section 13.1.5), if there is one."""
        if self.etag is None:
            return self.last_modified
        return None if self.etag.startswith("W/") else self.etag

    def conditions(self, location: str) -> dict[str, str]:
        """Headers that make `location` answer in full only if the file there changed."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        here = location == self.location
        return {name: value for name, value in given.items() if here and value is not None}

    def same_as(self, other: Validators) -> bool:
        """Tell whether both name the same state of the same file, as If-None-Match compares."""
        if self.location != other.location:
            return False
        mine, its = ((v.etag or "").removeprefix("W/") for v in (self, other))
        if mine or its:
            return mine == its
        return self.last_modified is not None and self.last_modified == other.last_modified


class SourceRecord(Frozen):
    """What is known of a source.

    Attributes:
        source: the source for people, redacted.
        digest: SHA-256 of the bytes that were fetched last.
        whole: the validators that came with them.
    """

    source: str = ""
    digest: str | None = None
    whole: Validators = Validators()

    # Records of earlier versions held the validators of the part too.
    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def read(cls, records: Records, key: str) -> SourceRecord:
        """Read the record of a source; an empty one when there is none or it is unreadable."""
        try:
            return cls.model_validate_json(records.read(name_of_record(key)) or b"")
        except ValueError:
            return cls()

    def write(self, records: Records, key: str) -> None:
        """Replace the record of a source."""
        records.write(name_of_record(key), canonical_json(self.model_dump(mode="json")))


def name_of_record(key: str) -> str:
    """Path of the record of a source, in the store."""
    return f"{FOLDER}/{key}/record.json"


def read_part_validators(folder: Path) -> Validators:
    """Read what the unfinished download in `folder` came with; empty where that is unknown."""
    try:
        return Validators.model_validate_json((folder / PART_VALIDATORS).read_bytes())
    except (OSError, ValueError):
        return Validators()


def write_part_validators(folder: Path, validators: Validators) -> None:
    """Note what the download that begins in `folder` comes with."""
    content = canonical_json(validators.model_dump(mode="json"))
    write_atomically(folder / PART_VALIDATORS, content)
