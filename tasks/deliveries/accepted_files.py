"""The list of accepted deliveries, and their profiles.

    STORE/accepted/
        accepted.json        the accepted deliveries, newest last
        DIGEST.json          the profile of a delivery, or of a champion's training data

The list is limited to the SOURCES_MAX most recently used sources, and to the newest FILES_MAX files
of each. A source is used when a file of it is accepted or compared with. Only profiles that the
newest file of each source needs are kept, and those that were used in the last KEEP_HOURS, since a
run may be reading them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from pydantic import Field, TypeAdapter

from tasks.champions.scales import major_of
from tasks.configuration.errors import StoreError
from tasks.deliveries.references import FOLDER, Comparison, place_of
from tasks.engine.run import Run
from tasks.sources.local_files import local_path
from tasks.storage.artifacts import Frozen, canonical_json
from tasks.storage.records import Records

MEMORY = f"{FOLDER}/accepted.json"
SOURCES_MAX = 20
FILES_MAX = 200
KEEP_HOURS = 24


class Acceptance(Frozen):
    """The record of an accepted delivery.

    Attributes:
        delivery: SHA-256 of the reviews as text; see `identify_delivery`.
        source: name of the source; see `name_source`.
        major: the contract's major version. Under another one the scale of the target may differ.
            Empty in records of older versions.
        accepted: time in ISO 8601, UTC.
        profile: SHA-256 of the profile's file.
        comparison: the profiles that the delivery was compared with.
        files: the digests of its files by their names, if it has several.
    """

    delivery: str
    source: str
    major: str = ""
    accepted: str
    profile: str
    comparison: Comparison
    files: dict[str, str] = Field(default_factory=dict)


History = TypeAdapter(list[Acceptance])


def read_history(run: Run) -> list[Acceptance]:
    """Read all accepted deliveries, the oldest first.

    Raises:
        StoreError: the list is damaged.
    """
    records = run.store.records
    try:
        return _parse(records, records.read(MEMORY))
    except OSError as error:
        raise _damage(records) from error


def _parse(records: Records, content: bytes | None) -> list[Acceptance]:
    try:
        return [] if content is None else History.validate_json(content)
    except ValueError as error:
        raise _damage(records) from error


def _damage(records: Records) -> StoreError:
    return StoreError(
        f"{records.place(MEMORY)}: damaged; restore it from a backup, or move it away to begin"
        " without accepted files"
    )


def name_source(run: Run) -> str:
    """Return the name of the run's source that its deliveries share: of a file, its absolute path.

    Links are not followed: one such as `newest.csv` is a source of its own.
    """
    if run.demo or "://" in run.source:
        return run.source
    return os.path.normpath(local_path(run.source).absolute())


def history_of(run: Run) -> list[Acceptance]:
    """Return what the contract's major version accepted of the run's source, the oldest first."""
    # Earlier versions remembered a file by its path as it was given.
    names = {run.source, name_source(run)}
    majors = {"", major_of(run.contract.version)}
    return [e for e in read_history(run) if e.source in names and e.major in majors]


def remember(run: Run, entry: Acceptance) -> None:
    """Add an accepted delivery, and remove those beyond the limits."""
    records, kept = run.store.records, list[Acceptance]()

    def add(content: bytes | None) -> bytes:
        kept[:] = _select_entries(records, [*_parse(records, content), entry])
        return canonical_json(History.dump_python(kept, mode="json"))

    records.update(MEMORY, add)
    _forget_profiles(records, kept)


def note_use(run: Run, digests: Iterable[str]) -> None:
    """Touch these profiles, so that they count as used."""
    for digest in digests:
        run.store.records.touch(place_of(digest))


def _select_entries(records: Records, entries: list[Acceptance]) -> list[Acceptance]:
    """Leave out the deliveries beyond the limits."""
    by_source: dict[str, list[Acceptance]] = {}
    for entry in entries:
        by_source.setdefault(entry.source, []).append(entry)

    def last_used(source: str) -> float:
        return records.last_used(place_of(by_source[source][-1].profile))

    kept_sources = sorted(by_source, key=last_used)[-SOURCES_MAX:]
    kept = {id(entry) for source in kept_sources for entry in by_source[source][-FILES_MAX:]}
    return [entry for entry in entries if id(entry) in kept]


def _forget_profiles(records: Records, entries: list[Acceptance]) -> None:
    """Remove profiles that are no longer needed, and temporary files of killed processes."""
    newest = {(entry.source, entry.major): entry for entry in entries}.values()
    compared = [e.comparison for e in newest]
    needed = {entry.profile for entry in newest}
    needed |= {r.digest for c in compared for r in (c.last, c.champion) if r}
    keep = {MEMORY, *map(place_of, needed)}
    records.forget(FOLDER, keep, before=time.time() - KEEP_HOURS * 3600)
