"""Sources in a bucket: an object, all objects below a prefix, or those that match a glob."""

from __future__ import annotations

import contextlib
import glob
import re
import tempfile
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from fsspec.utils import glob_translate

from tasks.configuration.errors import SourceError, StoreError, TransientError
from tasks.configuration.parameters import FetchParameters
from tasks.engine.run import PENDING, Run
from tasks.sources.fetched_bytes import check_digest
from tasks.sources.fetching import Fetchable, folder_of, look_up_source, publish_part
from tasks.sources.many_files import check_names, is_hidden
from tasks.sources.source_records import PART, SourceRecord, Validators
from tasks.storage.artifacts import Artifact
from tasks.storage.bucket import PROBE, BucketObjects
from tasks.storage.objects import Known


class BucketFile(NamedTuple):
    """An object of a bucket.

    Attributes:
        run: the run, for its store.
        objects: of the bucket.
        name: of the object.
        known: its metadata when it was listed.
        bytes_max: largest accepted size.
    """

    run: Run
    objects: BucketObjects
    name: str
    known: Known
    bytes_max: int

    def fetch(self, sha256: str | None) -> tuple[Artifact, bool]:
        """Publish the object; download it only if its e_tag changed since the last run."""
        folder, shown = self._folder(), self.objects.place(self.name)
        with self.run.store.lock(f"source-{folder.name}"):
            if stored := self._look_up():
                check_digest(shown, stored.digest, sha256)
                return stored, True
            self._download(shown, folder / PART)
            record = SourceRecord(source=shown, whole=self._validators())
            return publish_part(self.run, folder, record, sha256), False

    def plan(self) -> str:
        """Return the SHA-256 of the stored object if its e_tag is the same."""
        stored = self._look_up()
        return stored.digest if stored else PENDING

    def _look_up(self) -> Artifact | None:
        record, stored = look_up_source(self.run, self._folder())
        return stored if self.known.tag and record.whole == self._validators() else None

    def _validators(self) -> Validators:
        return Validators(location=self.objects.url, etag=self.known.tag)

    def _folder(self) -> Path:
        return folder_of(self.run, self.objects.place(self.name))

    def _download(self, shown: str, path: Path) -> None:
        if self.known.size_bytes > self.bytes_max:
            raise SourceError(
                f"{shown}: {self.known.size_bytes:,} bytes, more than {self.bytes_max:,}; raise"
                " --fetch.bytes-max if that is right"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with _as_source_errors():
            is_there = self.objects.download(self.name, path)
            now = self.objects.known(self.name)
        if not is_there or now is None:
            raise SourceError(f"{shown}: the object was removed meanwhile; run again")
        if now.tag != self.known.tag or path.stat().st_size != self.known.size_bytes:
            raise TransientError(f"{shown}: the object changed while it was read; run again")


def find_objects(run: Run, source: str, parameters: FetchParameters) -> dict[str, Fetchable]:
    """Find the objects that a source names.

    Args:
        run: the run, for its store.
        source: see `list_objects`.
        parameters: the limit of a file's size.

    Returns:
        The objects by their names below the prefix; the name of a single object is empty.

    Raises:
        SourceError: see `list_objects`.
        TransientError: see `list_objects`.
    """
    objects, known = list_objects(source)
    name = _split(source)[1]
    folder = "" if name in known else _fixed_part(name)
    return {
        "" if key == name else key.removeprefix(folder): BucketFile(
            run, objects, key, about, parameters.bytes_max
        )
        for key, about in known.items()
    }


def list_objects(source: str) -> tuple[BucketObjects, dict[str, Known]]:
    """List the objects that a source names; empty and hidden ones are left out.

    Args:
        source: s3://, gs:// or az://, the bucket, and an object, a prefix or a glob.

    Returns:
        The bucket, and the metadata of the objects by their names in it.

    Raises:
        SourceError: the bucket cannot be read, or there is no such object.
        TransientError: the server does not answer.
    """
    bucket, name = _split(source)
    is_pattern = glob.has_magic(name)
    with _as_source_errors():
        objects = BucketObjects(bucket, Path(tempfile.gettempdir()))
        objects.probe(PROBE)  # tells soon whether the bucket can be read
        if name and not is_pattern and (found := objects.known(name)):
            return objects, {name: found}
        folder = _fixed_part(name)
        listed = objects.list(folder.rstrip("/"))
    pattern = re.compile(glob_translate(name) if is_pattern else "")
    chosen = {
        key: known
        for key, known in listed.items()
        if pattern.match(key) and known.size_bytes and not is_hidden(key.removeprefix(folder))
    }
    check_names(chosen, source)
    if not chosen:
        raise SourceError(f"{source}: there is no such object, and none below it; check the name")
    return objects, chosen


def _split(source: str) -> tuple[str, str]:
    """Return the URL of a source's bucket, and what the source names in it."""
    scheme, _, place = source.partition("://")
    bucket, _, name = place.partition("/")
    return f"{scheme}://{bucket}", name


def _fixed_part(name: str) -> str:
    """Return the folder, with its slash, above the first part of a name that is a pattern."""
    fixed = takewhile(lambda part: part and not glob.has_magic(part), name.split("/"))
    return "".join(f"{part}/" for part in fixed)


@contextlib.contextmanager
def _as_source_errors() -> Iterator[None]:
    """Turn what a bucket's adapter reports of a store into errors of the source."""
    try:
        yield
    except StoreError as error:
        raise SourceError(str(error)) from error
