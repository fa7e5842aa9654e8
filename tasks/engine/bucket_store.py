"""A store in a bucket, with a working folder on this machine.

    s3://BUCKET/PREFIX/
        store.json                         format version
        STAGE/ADDRESS/manifest.json        one stage's output: its manifest, and the attempt
        STAGE/ADDRESS/ATTEMPT/             the files that the manifest names
        accepted/ champion/ runs/ …        as in a folder (tasks/engine/store.py)
        .damaged/STAGE-ADDRESS-TIME.json   manifests that were replaced
        .work/STAGE/ADDRESS/resume/        what a stage has reached

An output's files are uploaded to a folder that no other process has, and its manifest goes last,
as a conditional put: it is there with all its files or not at all. The loser of a race adopts the
winner's output. What is damaged is replaced in one step, and only if it is still the same.

Locks hold among the processes of one machine; among machines the conditional puts decide.
"""

from __future__ import annotations

import contextlib
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import get_args

from tasks.configuration.errors import StoreError
from tasks.engine.artifacts import Artifact, Output
from tasks.engine.atomic_files import explain_os_errors, write_atomically
from tasks.engine.bucket_files import BucketSets
from tasks.engine.bucket_records import BucketRecords
from tasks.engine.locks import hold_lock
from tasks.engine.objects import ConflictError, Known, Objects
from tasks.engine.publication import Publication
from tasks.engine.run import StageName
from tasks.engine.store import (
    ABOUT,
    MANIFEST,
    Store,
    finish_output,
)
from tasks.engine.store_format import BUCKET_FORMAT, check_format, describe_format
from tasks.engine.workspace import Workspace


class BucketStore(Store):
    """A store in a bucket.

    Attributes:
        root: the working folder: copies of what was read, locks, and work in the making.
        objects: the bucket's.
    """

    def __init__(self, objects: Objects, root: Path) -> None:
        """Open the store; a new one is made by `create`.

        Raises:
            StoreError: the bucket cannot be read, the working folder cannot be written, or the
                store is of another format version or kind.
        """
        about, manifests = objects.probe(ABOUT), _read_manifests(objects)
        version = check_format(objects.url, about, BUCKET_FORMAT, manifests)
        super().__init__(root)
        self.format_version = version
        Store(root).create()
        self.objects = objects
        self.records = BucketRecords(objects, self.root)
        self.file_sets = self._sets = BucketSets(objects, self.root)
        self._attempts: dict[str, str] = {}

    def __str__(self) -> str:
        """Name the URL."""
        return self.objects.url

    def explain_errors(self) -> AbstractContextManager[None]:
        """Turn the refusals of the working folder into a StoreError."""
        return explain_os_errors(self.root, "WINE_POINTS_CACHE")

    def exists(self) -> bool:
        """Tell whether the store was made."""
        return self.objects.read(ABOUT) is not None

    def is_taken(self) -> bool:
        """Tell whether other things lie where the store would be made."""
        return bool(self.objects.list()) and not self.exists()

    def create(self) -> None:
        """Make the store, unless it is there.

        Raises:
            StoreError: it cannot be written, or other things lie there.
        """
        if self.exists():
            return
        if self.is_taken():
            raise StoreError(
                f"{self}: other things lie there and no store; name another prefix with --store"
            )
        self.objects.create(ABOUT, describe_format(BUCKET_FORMAT))

    def place_of(self, artifact: Artifact, name: str) -> str:
        """Name the URL of one file of an artifact; in a dry run it may not be there yet."""
        attempt = self._attempts.get(artifact.path, "")
        return self.objects.place(str(Path(artifact.path, attempt, name)))

    def place_of_file(self, path: Path) -> str:
        """Name the URL of a file that was shared."""
        if path.is_relative_to(self.root):
            return self.objects.place(str(path.relative_to(self.root)))
        return str(path)

    def share(self, *paths: Path) -> None:
        """Upload files, each whole."""
        for path in paths:
            if path.is_relative_to(self.root):
                self.objects.write(str(path.relative_to(self.root)), path)

    @contextlib.contextmanager
    def workspace(self, stage: str, address: str, source: str = "") -> Iterator[Workspace]:
        """Make the workspace of an address, alone on this machine; see `Store.workspace`."""
        with super().workspace(stage, address, source) as workspace:
            workspace.shares_state = True
            yield workspace
        self.objects.delete(self.objects.list(f".work/{stage}/{address}"))

    def look_up(self, stage: str, address: str) -> Artifact | None:
        """Return the output at this address when it is there and undamaged, else None.

        Its files can then be read in the working folder.
        """
        found = self.objects.read(f"{stage}/{address}/{MANIFEST}")
        try:
            published = Publication.from_bytes(found[0]) if found else None
        except ValueError:
            return None
        if published is None or published.artifact.path != f"{stage}/{address}":
            return None
        self._attempts[published.artifact.path] = published.attempt
        return published.artifact if self._bring(published) else None

    def _bring(self, published: Publication) -> bool:
        """Bring a publication to the working folder; tell whether it is sound."""
        artifact, manifest = published.artifact, published.artifact.to_manifest()
        folder = self.root / artifact.path
        with hold_lock(self.root / ".locks" / f"cache-{artifact.stage}-{artifact.address}"):
            held = folder / MANIFEST
            if not held.exists() or held.read_bytes() != manifest:
                # Whoever reads the old copy keeps what it has opened.
                super().set_aside(artifact.stage, artifact.address)
            damaged = self._sets.bring(published.prefix, folder, artifact.files)
            if damaged is None:
                write_atomically(held, manifest)
        return damaged is None

    def note_use(self, artifact: Artifact) -> None:
        """Put the manifest once more; pruning keeps what was used lately."""
        self.objects.touch(f"{artifact.path}/{MANIFEST}")

    def newest(self, stage: str) -> Artifact | None:
        """Return the output of a stage that was last used, damaged or not, else None."""
        listed = _list_manifests(self.objects, stage)
        for name in sorted(listed, key=lambda n: listed[n].last_modified, reverse=True):
            try:
                content = self.records.read(name)
                if content is not None:
                    return Publication.from_bytes(content).artifact
            except ValueError:
                continue
        return None

    def holds(self, stage: str, address: str) -> bool:
        """Tell whether anything, damaged or not, lies at this address."""
        return self.objects.known(f"{stage}/{address}/{MANIFEST}") is not None

    def publish(
        self, draft: Artifact, workspace: Workspace, output: Output, replace: bool = False
    ) -> Artifact:
        """Upload the workspace's output as a whole, or adopt what another run put there.

        Args:
            draft: stage, address, ingredients and seconds of the artifact to be.
            workspace: holds the finished files.
            output: facts and, where the bytes do not say it, the digest of meaning.
            replace: replace what lies at the address instead of adopting it.

        Returns:
            The artifact that now lies at the address.
        """
        artifact = finish_output(draft, workspace.output, output)
        mine = Publication(artifact, uuid.uuid4().hex[:16])
        self._sets.upload(mine.prefix, workspace.output, artifact.files)
        winner = self._announce(mine, replace)
        if winner is not None:
            self.objects.delete(f"{mine.prefix}/{name}" for name in artifact.files)
            return winner
        self._attempts[artifact.path] = mine.attempt
        with hold_lock(self.root / ".locks" / f"cache-{artifact.stage}-{artifact.address}"):
            super().set_aside(artifact.stage, artifact.address)
            folder = self.root / artifact.path
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(workspace.output, folder)
        return artifact

    def _announce(self, mine: Publication, replace: bool) -> Artifact | None:
        """Put the manifest; return the output of another process where that came first."""
        stage, address = mine.artifact.stage, mine.artifact.address
        name = f"{stage}/{address}/{MANIFEST}"
        while True:
            found = self.objects.read(name)
            try:
                if found is None:
                    self.objects.create(name, mine.to_bytes())
                    return None
                if not replace and (winner := self.look_up(stage, address)):
                    return winner
                aside = f".damaged/{stage}-{address}-{time.time_ns()}.json"
                self.objects.write(aside, found[0])
                self.objects.replace(name, mine.to_bytes(), found[1])
            except (FileExistsError, ConflictError):
                # What came meanwhile is newer than what was to be replaced.
                replace = False
            else:
                return None


def _list_manifests(objects: Objects, stage: str) -> dict[str, Known]:
    """List the manifests of a stage's outputs."""
    listed = objects.list(stage).items()
    return {n: k for n, k in listed if n.count("/") == 2 and n.endswith(f"/{MANIFEST}")}


def _read_manifests(objects: Objects) -> Iterator[bytes]:
    """Read the manifests of all outputs, one after the other."""
    for stage in get_args(StageName):
        for name in _list_manifests(objects, stage):
            if found := objects.read(name):
                yield found[0]
