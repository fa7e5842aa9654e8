"""The store: a folder that is the only authority on which work is done.

    STORE/
        store.json                   format version
        STAGE/ADDRESS/               one stage's output: manifest.json and the files it names
        accepted/                    what is remembered of accepted files (tasks/deliveries)
        champion/                    the champion and its history (tasks/champions/champion.py)
        runs/                        a record of each run: which outputs it used, what it measured;
                                     and the page of the metrics over runs
        scores/                      predictions of new reviews, where no other place is named
        sources/                     what is known of URLs, and downloads that were cut
        .work/STAGE/ADDRESS/         output in the making; `resume/` outlives a kill
        .damaged/                    outputs that no longer matched their manifest
        .trash/                      outputs that are being pruned
        .locks/                      one lock per address: what two runs need is made once

An output is written beside, flushed, and renamed into place as a whole; a rename onto an existing
folder fails, so publication is create-if-absent and the loser of a race adopts what is there. Only
an output that is made anew though it was sound (`--refresh`) is set aside a moment before.

A store in a bucket has the same methods: tasks/engine/bucket_store.py.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from tasks.configuration.errors import StoreError
from tasks.engine.artifacts import Artifact, FileRecord, Output, digest_json
from tasks.engine.atomic_files import (
    explain_os_errors,
    flush_file,
    flush_folder,
    nearest_folder,
    write_atomically,
)
from tasks.engine.file_sets import FileSets, FolderSets
from tasks.engine.locks import hold_lock
from tasks.engine.records import FolderRecords, Records
from tasks.engine.store_format import FOLDER_FORMAT, check_format, describe_format
from tasks.engine.workspace import Workspace

ABOUT = "store.json"
MANIFEST = "manifest.json"
SCORES = "scores"


class Store:
    """A store in a folder of this machine.

    Attributes:
        root: the folder.
        records: its small files that are no outputs.
        file_sets: files that are kept in sets, beside the outputs.
        format_version: what its `store.json` says or will say.

    Raises:
        StoreError: it can be no folder, or is a store of another format version or kind.
    """

    def __init__(self, root: Path) -> None:
        """Open the store at `root`; a new one is made when something is first written."""
        try:
            self.root = root.expanduser().absolute()
            about = self.root / ABOUT
            written = about.read_bytes() if about.exists() else None
        except (OSError, RuntimeError) as error:
            raise StoreError(f"{root}: no folder for a store ({error}); name another") from error
        if not nearest_folder(self.root).is_dir():
            raise StoreError(f"{root}: this is a file, not a folder; name another with --store")
        place, manifests = str(self.root), _read_manifests(self.root)
        self.format_version = check_format(place, written, FOLDER_FORMAT, manifests)
        self.records: Records = FolderRecords(self.root)
        self.file_sets: FileSets = FolderSets(self.root)

    def __str__(self) -> str:
        """Name the store for people."""
        return str(self.root)

    def place_of(self, artifact: Artifact, name: str) -> str:
        """Say for people where one file of an artifact lies."""
        return str(self.path_of(artifact, name))

    def place_of_file(self, path: Path) -> str:
        """Say for people where a file lies that may have been shared."""
        return str(path)

    def share(self, *paths: Path) -> None:
        """Bring files that were written below `root` to where the store lies, in this order."""

    def explain_errors(self) -> AbstractContextManager[None]:
        """Turn the operating system's refusals to write into a StoreError."""
        return explain_os_errors(self.root)

    def exists(self) -> bool:
        """Tell whether the store was made."""
        return (self.root / ABOUT).exists()

    def is_taken(self) -> bool:
        """Tell whether other things lie where the store would be made."""
        listed = self.root.iterdir() if self.root.is_dir() else iter(())
        others = [path for path in listed if not path.name.startswith(".")]
        # Another run may have made the store meanwhile.
        return bool(others) and not self.exists()

    def create(self) -> None:
        """Make the store's folder, unless it is there.

        Raises:
            StoreError: it cannot be made or written, or it is a folder of something else.
        """
        about = self.root / ABOUT
        if about.exists():
            return
        with self.explain_errors():
            if self.is_taken():
                raise StoreError(
                    f"{self.root}: the folder holds other things and is no store;"
                    " name an empty or a new folder with --store"
                )
            try:
                write_atomically(about, describe_format(FOLDER_FORMAT))
            except FileNotFoundError as error:
                raise StoreError(f"{self.root}: no store can be made here; name another") from error

    def path_of(self, artifact: Artifact, name: str) -> Path:
        """Path of one file of an artifact."""
        return self.root / artifact.path / name

    def look_up(self, stage: str, address: str) -> Artifact | None:
        """Return the output at this address when it is there and undamaged, else None."""
        folder = self.root / stage / address
        try:
            artifact = Artifact.from_manifest((folder / MANIFEST).read_bytes())
        except (OSError, ValueError):
            return None
        if (artifact.stage, artifact.address) != (stage, address):
            return None
        intact = all(record.matches(folder / name) for name, record in artifact.files.items())
        return artifact if intact else None

    def note_use(self, artifact: Artifact) -> None:
        """Note that a run made or found an output; pruning keeps what was used lately."""
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.root / artifact.path / MANIFEST)

    def newest(self, stage: str) -> Artifact | None:
        """Return the output of a stage that was last used, damaged or not, else None."""
        manifests = (self.root / stage).glob(f"*/{MANIFEST}")
        for path in sorted(manifests, key=lambda p: p.stat().st_mtime, reverse=True):
            with contextlib.suppress(OSError, ValueError):
                return Artifact.from_manifest(path.read_bytes())
        return None

    def holds(self, stage: str, address: str) -> bool:
        """Tell whether anything, damaged or not, lies at this address."""
        return (self.root / stage / address).exists()

    def lock(self, name: str, wait: bool = True) -> AbstractContextManager[bool]:
        """Hold the lock `name` among all processes of this machine; see `hold_lock`."""
        return hold_lock(self.root / ".locks" / name, wait)

    @contextlib.contextmanager
    def workspace(self, stage: str, address: str, source: str = "") -> Iterator[Workspace]:
        """Make the workspace of an address, alone; remove it when the work was published."""
        folder = self.root / ".work" / stage / address
        with self.lock(f"{stage}-{address}"):
            workspace = Workspace(self.root, folder, source, self.records)
            workspace.explain_errors = self.explain_errors
            try:
                yield workspace
            except BaseException:
                workspace.discard_output()
                raise
            shutil.rmtree(folder, ignore_errors=True)

    def publish(
        self, draft: Artifact, workspace: Workspace, output: Output, replace: bool = False
    ) -> Artifact:
        """Move the workspace's output into place as a whole, or adopt what another run put there.

        Args:
            draft: stage, address, ingredients and seconds of the artifact to be.
            workspace: holds the finished files.
            output: facts and, where the bytes do not say it, the digest of meaning.
            replace: set aside what lies at the address instead of adopting it.

        Returns:
            The artifact that now lies at the address.
        """
        artifact = finish_output(draft, workspace.output, output)
        if replace:
            self.set_aside(artifact.stage, artifact.address)
        return self._rename_into_place(artifact, workspace.output)

    def _rename_into_place(self, artifact: Artifact, source: Path) -> Artifact:
        final = self.root / artifact.path
        final.parent.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                source.rename(final)
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
                winner = self.look_up(artifact.stage, artifact.address)
                if winner is not None:
                    return winner
                self.set_aside(artifact.stage, artifact.address)
                continue
            flush_folder(final.parent)
            return artifact

    def set_aside(self, stage: str, address: str) -> None:
        """Move what lies at this address to `.damaged/`, keeping it for whoever asks why."""
        aside = self.root / ".damaged" / f"{stage}-{address}-{time.time_ns()}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self.root / stage / address).rename(aside)


def _read_manifests(root: Path) -> Iterator[bytes]:
    """Read the manifests of all outputs, one after the other."""
    for path in root.glob(f"[!.]*/*/{MANIFEST}"):
        # Pruning may have removed it meanwhile.
        with contextlib.suppress(OSError):
            yield path.read_bytes()


def finish_output(draft: Artifact, folder: Path, output: Output) -> Artifact:
    """Measure the files of an output, write its manifest beside them, and flush all.

    Args:
        draft: stage, address, ingredients and seconds of the artifact to be.
        folder: of the finished files.
        output: facts and, where the bytes do not say it, the digest of meaning.
    """
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    files = {str(p.relative_to(folder)): FileRecord.of(p) for p in paths}
    digest = output.digest or digest_json({n: f.sha256 for n, f in files.items()})
    artifact = draft.model_copy(update={"files": files, "digest": digest, "facts": output.facts})
    (folder / MANIFEST).write_bytes(artifact.to_manifest())
    for path in [*paths, folder / MANIFEST]:
        flush_file(path)
    flush_folder(folder)
    return artifact
