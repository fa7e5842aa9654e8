"""The kinds of files to fetch: of this machine, at a URL, and the demo reviews."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import NamedTuple, Protocol

from tasks.configuration.errors import TransientError
from tasks.configuration.parameters import FetchParameters
from tasks.engine.caching import reached_code
from tasks.engine.run import PENDING, Run
from tasks.sources.download import download, is_unchanged
from tasks.sources.fetched_bytes import check_digest, look_up, publish
from tasks.sources.local_files import local_path, measure_file, read_chunks
from tasks.sources.source_records import FOLDER, PART, PART_VALIDATORS, SourceRecord
from tasks.storage.artifacts import Artifact, digest_file, digest_json


class Fetchable(Protocol):
    """A file that can be fetched."""

    def fetch(self, sha256: str | None) -> tuple[Artifact, bool]:
        """Publish its bytes, unless the store holds them.

        Args:
            sha256: the digest that they must have, if it is known.

        Returns:
            The artifact with one file, and whether a server answered that the file is unchanged.
        """

    def plan(self) -> str:
        """Return the SHA-256 of its bytes, or PENDING if only a download can tell."""


class LocalFile(NamedTuple):
    """A file of this machine."""

    run: Run
    source: str
    shown: str

    def fetch(self, sha256: str | None) -> tuple[Artifact, bool]:
        """Publish a copy of the file, unless the store holds it."""
        path, digest = local_path(self.source), self.plan()
        check_digest(self.shown, digest, sha256)

        def copy(target: Path) -> None:
            with target.open("wb") as file:
                file.writelines(read_chunks(path, self.shown))
            if digest_file(target) != digest:
                raise TransientError(
                    f"{self.shown}: the file changed while it was read; run again when it is"
                    " written"
                )

        return publish(self.run.store, digest, copy), False

    def plan(self) -> str:
        """Return the SHA-256 of the file."""
        return measure_file(local_path(self.source), self.shown)


class Demo(NamedTuple):
    """The demo reviews."""

    run: Run
    source: str
    shown: str
    parameters: FetchParameters

    def fetch(self, sha256: str | None) -> tuple[Artifact, bool]:
        """Publish the demo reviews, unless the store holds them."""
        folder = self._folder()
        with self.run.store.lock(f"source-{folder.name}"):
            record, stored = look_up_source(self.run, folder)
            if stored:
                check_digest(self.shown, stored.digest, sha256)
                return stored, False
            self._write(folder / PART)
            record = record.model_copy(update={"source": self.shown})
            return publish_part(self.run, folder, record, sha256), False

    def plan(self) -> str:
        """Return the SHA-256 of the demo reviews; make them in a temporary folder if necessary."""
        record, _ = look_up_source(self.run, self._folder())
        if record.digest:
            return record.digest
        with tempfile.TemporaryDirectory() as folder:
            self._write(Path(folder) / PART)
            return digest_file(Path(folder) / PART)

    def _folder(self) -> Path:
        """Return the folder of the record of the demo with these parameters and code."""
        code, libraries = reached_code("tasks.sources.demo_reviews")
        demo = {"rows": self.parameters.demo_rows, "seed": self.parameters.demo_seed}
        key = digest_json({"demo": demo, "code": code, "libraries": libraries})
        return self.run.store.root / FOLDER / key[:32]

    def _write(self, path: Path) -> None:
        from tasks.sources.demo_reviews import write_demo_csv

        path.parent.mkdir(parents=True, exist_ok=True)
        write_demo_csv(path, self.parameters.demo_rows, self.parameters.demo_seed)


class WebFile(NamedTuple):
    """A file at an http(s) URL."""

    run: Run
    source: str
    shown: str
    parameters: FetchParameters

    def fetch(self, sha256: str | None) -> tuple[Artifact, bool]:
        """Publish the file; download it only if it changed since the last run."""
        folder = folder_of(self.run, self.source)
        with self.run.store.lock(f"source-{folder.name}"):
            record, stored = look_up_source(self.run, folder)
            whole = download(self.source, folder, self.parameters, record.whole if stored else None)
            if stored and whole is None:
                (folder / PART).unlink(missing_ok=True)
                check_digest(self.shown, stored.digest, sha256)
                return stored, True
            record = record.model_copy(update={"source": self.shown, "whole": whole})
            return publish_part(self.run, folder, record, sha256), False

    def plan(self) -> str:
        """Return the SHA-256 of the stored file if the server answers that it is unchanged."""
        record, stored = look_up_source(self.run, folder_of(self.run, self.source))
        if stored is None or not is_unchanged(self.source, record.whole, self.parameters):
            return PENDING
        return stored.digest


def folder_of(run: Run, url: str) -> Path:
    """Return the folder of the record of a URL."""
    key = hashlib.sha256(url.encode(errors="surrogateescape")).hexdigest()
    return run.store.root / FOLDER / key[:32]


def look_up_source(run: Run, folder: Path) -> tuple[SourceRecord, Artifact | None]:
    """Return a source's record, and its artifact if that is undamaged and not to be refreshed."""
    if "fetch" in run.refresh:
        return SourceRecord(), None
    record = SourceRecord.read(run.store.records, folder.name)
    return record, look_up(run.store, record.digest) if record.digest else None


def publish_part(run: Run, folder: Path, record: SourceRecord, sha256: str | None) -> Artifact:
    """Check and publish the complete download in `folder`, and write its record."""
    part = folder / PART
    digest = digest_file(part)
    try:
        check_digest(record.source, digest, sha256)
        artifact = publish(run.store, digest, part.rename)
        record.model_copy(update={"digest": digest}).write(run.store.records, folder.name)
    finally:
        part.unlink(missing_ok=True)
        (folder / PART_VALIDATORS).unlink(missing_ok=True)
    return artifact
