"""The store: a folder or a bucket with all outputs; it alone decides which stages are cached.

    STORE/
        store.json                   format version
        STAGE/ADDRESS/manifest.json  manifest of an output, with the attempt that made it
        STAGE/ADDRESS/ATTEMPT/       the files of the manifest
        accepted/                    accepted deliveries (tasks/deliveries)
        champion/                    the champion registry (tasks/champions/champion.py)
        presets/                     preset file of the last tuning, by default
        runs/                        records of runs (tasks/reporting/run_records.py), and the page
                                     of metrics over runs
        scores/                      predictions of new reviews, by default
        contracts/SCOPE/             these five folders of another contract than the default one
        sources/                     records of URLs, and unfinished downloads
        .work/STAGE/ADDRESS/         workspace of a stage; `resume/` survives a kill
        .damaged/                    replaced manifests
        .locks/                      a lock for each address

Publication is atomic: each process writes the files to a folder of its own, and then creates the
manifest, unless there is one. The loser of a race adopts the winner's output. A damaged manifest is
replaced, unless another process replaced it meanwhile. Locks work only between the processes of a
machine; between machines `create` and `replace` of `Objects` decide.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from tasks.configuration.errors import StoreError
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.locks import LOCKS, hold_lock
from tasks.storage.objects import ConflictError, Objects
from tasks.storage.records import SCOPES, Records
from tasks.storage.run_names import RUNS, RUNS_SHOWN, outputs_of
from tasks.storage.workspace import Workspace, finish_output

ABOUT = "store.json"
MANIFEST = "manifest.json"
FORMAT = 2
READABLE = (1, FORMAT)
"""Format 1: outputs in a folder have no attempts; see `Artifact.from_manifest`."""


class Store:
    """A store.

    Attributes:
        objects: its objects.
        root: folder of this machine with the files or their copies.
        records: its records.
        format_version: the format in its `store.json`; in a new store the format that it will have.
    """

    def __init__(self, objects: Objects, scope: str = "") -> None:
        """Open the store, which need not exist; `create` makes a new one.

        Raises:
            StoreError: it cannot be read, or has an unknown format version.
        """
        self.objects, self.root = objects, objects.root
        about = objects.probe(ABOUT)
        self.format_version = FORMAT if about is None else check_format(str(self), about)
        self.records = Records(objects, scope)

    def scoped(self, scope: str) -> Store:
        """Return the same store as the runs of another contract see it; see `Records`."""
        return self if scope == self.records.scope else Store(self.objects, scope)

    def scopes(self) -> list[Store]:
        """Return the store as the runs of each contract see it."""
        names = {path.split("/")[1] for path in self.objects.list(SCOPES)}
        return [self.scoped(scope) for scope in ("", *sorted(names))]

    def __str__(self) -> str:
        """Return the path or URL of the store."""
        return self.objects.place()

    def place_of(self, artifact: Artifact, name: str) -> str:
        """Return the path or URL of an artifact's file, for people."""
        return self.objects.place(f"{artifact.folder}/{name}")

    def place_of_file(self, path: Path) -> str:
        """Return the path or URL of a local file, which may be shared, for people."""
        if path.is_relative_to(self.root):
            return self.objects.place(str(path.relative_to(self.root)))
        return str(path)

    def share(self, *paths: Path) -> None:
        """Upload files below `root`, in this order, if the store is a bucket."""
        for path in paths:
            if path.is_relative_to(self.root):
                self.objects.share(path)

    def explain_errors(self) -> AbstractContextManager[None]:
        """Turn an OSError that is raised when writing to the store into a StoreError."""
        return self.objects.explain_errors()

    def exists(self) -> bool:
        """Return whether the store exists."""
        return self.objects.known(ABOUT) is not None

    def is_taken(self) -> bool:
        """Return whether the folder or prefix holds files, but no store."""
        # In this order: another run may create the store meanwhile.
        return not self.objects.is_empty() and not self.exists()

    def create(self) -> None:
        """Create the store, unless it exists.

        Raises:
            StoreError: it cannot be created, or the folder or prefix holds other files.
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
        """Return the local path of a file of an artifact that was looked up."""
        return self.root / artifact.folder / name

    def look_up(self, stage: str, address: str) -> Artifact | None:
        """Return the output at an address, with readable files, or None if missing or damaged."""
        artifact = self.read_manifest(f"{stage}/{address}/{MANIFEST}")
        if artifact is None or artifact.path != f"{stage}/{address}":
            return None
        damaged = self.objects.find_damage(artifact.folder, artifact.files)
        return artifact if damaged is None else None

    def read_manifest(self, name: str) -> Artifact | None:
        """Read a manifest; return None if it is missing or damaged."""
        content = self.records.read(name)
        with contextlib.suppress(ValueError):
            return Artifact.from_manifest(content) if content is not None else None
        return None

    def note_use(self, artifact: Artifact) -> None:
        """Touch the manifest of an output that a run made or found, for pruning."""
        self.objects.touch(f"{artifact.path}/{MANIFEST}")

    def newest(self, stage: str) -> Artifact | None:
        """Return the output of a stage that an ended run of this contract used last, or None.

        It is not verified. Only the newest RUNS_SHOWN runs are searched.
        """
        for record in reversed(self.records.names(RUNS)[-RUNS_SHOWN:]):
            with contextlib.suppress(StoreError):
                used = outputs_of(record, self.records.read(record) or b"")
                names = [f"{path}/{MANIFEST}" for path in used if path.startswith(f"{stage}/")]
                for name in sorted(names, key=self.records.last_used, reverse=True):
                    if artifact := self.read_manifest(name):
                        return artifact
        return None

    def holds(self, stage: str, address: str) -> bool:
        """Return whether there is a manifest at this address, damaged or not."""
        return self.objects.known(f"{stage}/{address}/{MANIFEST}") is not None

    def lock(self, name: str, wait: bool = True) -> AbstractContextManager[bool]:
        """Hold a lock between the processes of this machine; see `hold_lock`."""
        return hold_lock(self.root / LOCKS / name, wait)

    @contextlib.contextmanager
    def workspace(self, stage: str, address: str, source: str = "") -> Iterator[Workspace]:
        """Create and lock the workspace of an address; remove it unless an exception is raised."""
        name = f".work/{stage}/{address}"
        with self.lock(f"{stage}-{address}"):
            workspace = Workspace(self.objects, self.root / name, source, self.records.scope)
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
        """Publish the output in the workspace atomically, or adopt the output of another run.

        Args:
            draft: stage, address, ingredients and seconds of the artifact.
            workspace: holds the files.
            output: facts, and optionally the digest of the content.
            replace: replace an output at the address instead of adopting it.

        Returns:
            The artifact that now is at the address.
        """
        artifact = finish_output(draft, workspace.output, output)
        self.objects.take_in(artifact.folder, workspace.output)
        try:
            winner = self._announce(artifact, replace)
        except OSError:
            # Usually the disk is full: remove the files, which would only take space.
            if self.read_manifest(f"{artifact.path}/{MANIFEST}") != artifact:
                self._withdraw(artifact)
            raise
        if winner is None:
            return artifact
        self._withdraw(artifact)
        return winner

    def _withdraw(self, artifact: Artifact) -> None:
        self.objects.delete(f"{artifact.folder}/{name}" for name in artifact.files)

    def _announce(self, artifact: Artifact, replace: bool) -> Artifact | None:
        """Write the manifest; return the output of another process if that was first."""
        name = f"{artifact.path}/{MANIFEST}"
        while True:
            found = self.objects.read(name)
            try:
                if found is None:
                    self.objects.create(name, artifact.to_manifest())
                    return None
                if not replace and (winner := self.look_up(artifact.stage, artifact.address)):
                    return winner
                backup = f".damaged/{artifact.stage}-{artifact.address}-{time.time_ns()}.json"
                self.objects.write(backup, found.content)
                self.objects.replace(name, artifact.to_manifest(), found.version)
            except (FileExistsError, ConflictError):
                # Adopt the output that another process published meanwhile.
                replace = False
            else:
                return None


def check_format(place: str, about: bytes) -> int:
    """Read the format version of a store from the content of its `store.json`.

    Raises:
        StoreError: this version of the project cannot read the format.
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
