"""The store: a folder or a bucket that is the only authority on which work is done.

    STORE/
        store.json                   format version
        STAGE/ADDRESS/manifest.json  one stage's output: what it is, and the attempt that made it
        STAGE/ADDRESS/ATTEMPT/       the files that the manifest names
        accepted/                    what is remembered of accepted files (tasks/deliveries)
        champion/                    the champion and its history (tasks/champions/champion.py)
        runs/                        a record of each run: which outputs it used, what it measured;
                                     and the page of the metrics over runs
        scores/                      predictions of new reviews, where no other place is named
        sources/                     what is known of URLs, and downloads that were cut
        .work/STAGE/ADDRESS/         output in the making; `resume/` outlives a kill
        .damaged/                    manifests that were replaced
        .locks/                      one lock per address: what two runs need is made once

An output's files go to a folder that no other process has, and its manifest goes last, and only if
there is none: it is there with all its files or not at all. The loser of a race adopts the winner's
output. What is damaged is replaced in one step, and only if it is still the same.

Locks hold among the processes of one machine; among machines the conditional writes decide.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from tasks.configuration.errors import StoreError
from tasks.storage.artifacts import Artifact, FileRecord, Output, digest_json
from tasks.storage.atomic_files import flush_file, flush_folder
from tasks.storage.file_sets import FileSets
from tasks.storage.locks import LOCKS, hold_lock
from tasks.storage.objects import ConflictError, Objects
from tasks.storage.records import Records
from tasks.storage.workspace import Workspace

ABOUT = "store.json"
MANIFEST = "manifest.json"
SCORES = "scores"
FORMAT = 2
READABLE = (1, FORMAT)
"""Of format 1 the outputs in a folder have no attempts: see `Artifact.from_manifest`."""


class Store:
    """A store.

    Attributes:
        objects: what lies in it.
        root: folder of this machine where files of the store are read.
        records: its small files that are no outputs.
        file_sets: files that are kept in sets, beside the outputs.
        format_version: what its `store.json` says or will say.
    """

    def __init__(self, objects: Objects) -> None:
        """Open the store; a new one is made by `create`.

        Raises:
            StoreError: it cannot be read, or is a store of another format version.
        """
        self.objects, self.root = objects, objects.root
        about = objects.probe(ABOUT)
        self.format_version = FORMAT if about is None else check_format(str(self), about)
        self.records, self.file_sets = Records(objects), FileSets(objects)

    def __str__(self) -> str:
        """Name the store for people."""
        return self.objects.place()

    def place_of(self, artifact: Artifact, name: str) -> str:
        """Say for people where one file of an artifact lies."""
        return self.objects.place(f"{artifact.folder}/{name}")

    def place_of_file(self, path: Path) -> str:
        """Say for people where a file lies that may have been shared."""
        if path.is_relative_to(self.root):
            return self.objects.place(str(path.relative_to(self.root)))
        return str(path)

    def share(self, *paths: Path) -> None:
        """Bring files that were written below `root` to where the store lies, in this order."""
        for path in paths:
            if path.is_relative_to(self.root):
                self.objects.share(path)

    def explain_errors(self) -> AbstractContextManager[None]:
        """Turn the operating system's refusals to write into a StoreError."""
        return self.objects.explain_errors()

    def exists(self) -> bool:
        """Tell whether the store was made."""
        return self.objects.known(ABOUT) is not None

    def is_taken(self) -> bool:
        """Tell whether other things lie where the store would be made."""
        # Another run may have made the store meanwhile.
        return not self.objects.is_empty() and not self.exists()

    def create(self) -> None:
        """Make the store, unless it is there.

        Raises:
            StoreError: it cannot be made or written, or other things lie there.
        """
        if self.exists():
            return
        with self.explain_errors():
            if self.is_taken():
                raise StoreError(
                    f"{self}: holds other things and is no store; name another place with --store"
                )
            try:
                self.objects.create(ABOUT, json.dumps({"format": FORMAT}).encode())
            except FileExistsError:
                return
            except FileNotFoundError as error:
                raise StoreError(f"{self}: no store can be made here; name another") from error

    def path_of(self, artifact: Artifact, name: str) -> Path:
        """Path of one file of an artifact that was looked up."""
        return self.root / artifact.folder / name

    def look_up(self, stage: str, address: str) -> Artifact | None:
        """Return the output at this address when it is there and undamaged, else None.

        Its files can then be read in `root`.
        """
        artifact = self.read_manifest(f"{stage}/{address}/{MANIFEST}")
        if artifact is None or artifact.path != f"{stage}/{address}":
            return None
        damaged = self.objects.find_damage(artifact.folder, artifact.files)
        return artifact if damaged is None else None

    def read_manifest(self, name: str) -> Artifact | None:
        """Read what a manifest says; None where there is none, or it is damaged."""
        content = self.records.read(name)
        with contextlib.suppress(ValueError):
            return Artifact.from_manifest(content) if content is not None else None
        return None

    def note_use(self, artifact: Artifact) -> None:
        """Note that a run made or found an output; pruning keeps what was used lately."""
        self.objects.touch(f"{artifact.path}/{MANIFEST}")

    def newest(self, stage: str) -> Artifact | None:
        """Return the output of a stage that was last used, damaged or not, else None."""
        listed = self.objects.list(stage)
        manifests = [n for n in listed if n.count("/") == 2 and n.endswith(f"/{MANIFEST}")]
        for name in sorted(manifests, key=lambda n: listed[n].last_modified, reverse=True):
            if artifact := self.read_manifest(name):
                return artifact
        return None

    def holds(self, stage: str, address: str) -> bool:
        """Tell whether an output, damaged or not, lies at this address."""
        return self.objects.known(f"{stage}/{address}/{MANIFEST}") is not None

    def lock(self, name: str, wait: bool = True) -> AbstractContextManager[bool]:
        """Hold the lock `name` among all processes of this machine; see `hold_lock`."""
        return hold_lock(self.root / LOCKS / name, wait)

    @contextlib.contextmanager
    def workspace(self, stage: str, address: str, source: str = "") -> Iterator[Workspace]:
        """Make the workspace of an address, alone; remove it when the work was published."""
        name = f".work/{stage}/{address}"
        with self.lock(f"{stage}-{address}"):
            workspace = Workspace(self.root, self.root / name, source, self.records)
            workspace.explain_errors = self.explain_errors
            workspace.shares_state = self.objects.is_remote
            try:
                yield workspace
            except BaseException:
                workspace.discard_output()
                raise
            shutil.rmtree(self.root / name, ignore_errors=True)
            self.objects.delete(self.objects.list(name))

    def publish(
        self, draft: Artifact, workspace: Workspace, output: Output, replace: bool = False
    ) -> Artifact:
        """Publish the workspace's output as a whole, or adopt what another run put there.

        Args:
            draft: stage, address, ingredients and seconds of the artifact to be.
            workspace: holds the finished files.
            output: facts and, where the bytes do not say it, the digest of meaning.
            replace: replace what lies at the address instead of adopting it.

        Returns:
            The artifact that now lies at the address.
        """
        artifact = finish_output(draft, workspace.output, output)
        self.objects.take_in(artifact.folder, workspace.output)
        try:
            winner = self._announce(artifact, replace)
        except OSError:
            # The disk is full, as a rule: the files would take the room that is needed.
            if self.read_manifest(f"{artifact.path}/{MANIFEST}") != artifact:
                self._withdraw(artifact)
            raise
        if winner is None:
            return artifact
        self._withdraw(artifact)
        return winner

    def _withdraw(self, artifact: Artifact) -> None:
        self.objects.delete(f"{artifact.folder}/{name}" for name in artifact.files)

    def _announce(self, mine: Artifact, replace: bool) -> Artifact | None:
        """Write the manifest; return the output of another process where that came first."""
        name = f"{mine.path}/{MANIFEST}"
        while True:
            found = self.objects.read(name)
            try:
                if found is None:
                    self.objects.create(name, mine.to_manifest())
                    return None
                if not replace and (winner := self.look_up(mine.stage, mine.address)):
                    return winner
                aside = f".damaged/{mine.stage}-{mine.address}-{time.time_ns()}.json"
                self.objects.write(aside, found.content)
                self.objects.replace(name, mine.to_manifest(), found.version)
            except (FileExistsError, ConflictError):
                # What came meanwhile is newer than what was to be replaced.
                replace = False
            else:
                return None


def check_format(place: str, about: bytes) -> int:
    """Read the format version in a store's `store.json`.

    Args:
        place: the store, for people.
        about: what the file holds.

    Raises:
        StoreError: this version reads no such store.
    """
    try:
        found = json.loads(about)["format"]
    except (ValueError, KeyError, TypeError):
        found = "unreadable"
    if found not in READABLE:
        raise StoreError(
            f"{place}: the store's format is {found}, this version reads {READABLE[0]} and"
            f" {READABLE[1]}; name another with --store"
        )
    return int(found)


def finish_output(draft: Artifact, folder: Path, output: Output) -> Artifact:
    """Measure the files of an output, flush them, and name the attempt.

    Args:
        draft: stage, address, ingredients and seconds of the artifact to be.
        folder: of the finished files.
        output: facts and, where the bytes do not say it, the digest of meaning.
    """
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    files = {str(p.relative_to(folder)): FileRecord.of(p) for p in paths}
    for place in [*paths, *{path.parent for path in paths}]:
        flush_folder(place) if place.is_dir() else flush_file(place)
    settled = {
        "files": files,
        "digest": output.digest or digest_json({n: f.sha256 for n, f in files.items()}),
        "facts": output.facts,
        "attempt": uuid.uuid4().hex[:16],
    }
    return draft.model_copy(update=settled)
