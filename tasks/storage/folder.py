"""The adapter for a store in a folder of this machine: each object is a file.

Files are written atomically; see tasks/storage/atomic_files.py.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from tasks.configuration.errors import StoreError
from tasks.configuration.system_errors import explain_system_error
from tasks.storage.artifacts import FileRecord
from tasks.storage.atomic_files import (
    create_atomically,
    explain_os_errors,
    flush_folder,
    nearest_folder,
    write_atomically,
)
from tasks.storage.locks import LOCKS, hold_lock
from tasks.storage.objects import ConflictError, Found, Known


class FolderObjects:
    """The files of a folder, named relative to it; see `Objects`."""

    is_remote = False

    def __init__(self, root: Path) -> None:
        """Use a folder, which need not exist.

        Raises:
            StoreError: the folder cannot be created.
        """
        try:
            self.root = root.expanduser().absolute()
            is_folder = nearest_folder(self.root).is_dir()
        except (OSError, RuntimeError) as error:
            raise StoreError(
                f"{root}: no folder for a store ({explain_system_error(error)}); name another"
            ) from error
        if not is_folder:
            raise StoreError(f"{root}: this is a file, not a folder; name another with --store")

    def place(self, name: str = "") -> str:
        """Return the path."""
        return str(self.root / name)

    def probe(self, name: str) -> bytes | None:
        """Read a file.

        Raises:
            StoreError: the folder cannot be a store.
        """
        try:
            found = self.read(name)
        except OSError as error:
            raise StoreError(
                f"{self.root}: no folder for a store ({explain_system_error(error)}); name another"
            ) from error
        return found.content if found else None

    def read(self, name: str) -> Found | None:
        """Read a file; its version is the digest of its content."""
        try:
            content = (self.root / name).read_bytes()
        except FileNotFoundError:
            return None
        except IsADirectoryError as error:
            place = self.place(name)
            raise StoreError(f"{place}: a folder stands where a file belongs; remove it") from error
        return Found(content, hashlib.sha256(content).digest())

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read one file after the other."""
        objects = ((name, self.read(name)) for name in names)
        return {name: found.content for name, found in objects if found is not None}

    def write(self, name: str, content: bytes) -> None:
        """Rename a new file over the old one."""
        write_atomically(self.root / name, content)

    def create(self, name: str, content: bytes) -> None:
        """Link a new file to its place."""
        try:
            create_atomically(self.root / name, content)
        except FileExistsError:
            # If the name is that of a folder, `read` raises a StoreError with advice.
            self.read(name)
            raise

    def replace(self, name: str, content: bytes, version: bytes) -> None:
        """Compare and rename under a lock."""
        with hold_lock(self.root / LOCKS / "replace"):
            found = self.read(name)
            if found is None or found.version != version:
                raise ConflictError(self.place(name))
            write_atomically(self.root / name, content)

    def touch(self, name: str) -> None:
        """Set the file's modification time."""
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.root / name)

    def known(self, name: str) -> Known | None:
        """Read the size and modification time of a file."""
        try:
            found = (self.root / name).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Known(found.st_size, found.st_mtime)

    def list(self, folder: str = "") -> dict[str, Known]:
        """List the files at any depth, hidden files included, locks excluded."""
        found = ((name, self.known(name)) for name in self._walk(folder))
        # Another process may have removed a file meanwhile.
        return dict(sorted((name, known) for name, known in found if known is not None))

    def _walk(self, folder: str) -> Iterator[str]:
        for place, folders, names in os.walk(self.root / folder, onerror=_raise):
            within = Path(place).relative_to(self.root)
            if within.parts[:1] != (LOCKS,):
                yield from (str(within / name) for name in names)
            if place == str(self.root):
                # A stage's folder may be a link to another disk.
                for linked in (name for name in folders if (self.root / name).is_symlink()):
                    yield from self._walk(linked)

    def delete(self, names: Iterable[str]) -> None:
        """Remove files, and the folders of an output or a set that become empty."""
        folders = set()
        for name in names:
            path = self.root / name
            path.unlink(missing_ok=True)
            # In `train/ADDRESS/ATTEMPT`, `train` stays: other processes may create a folder in it.
            depth = len(Path(name).parents) - 2 - name.startswith(".")
            folders |= set(path.parents[:depth]) if depth > 0 else set()
        for place in sorted(folders, reverse=True):
            with contextlib.suppress(OSError):
                place.rmdir()

    def is_empty(self) -> bool:
        """Return whether the folder holds no visible files."""
        listed = self.root.iterdir() if self.root.is_dir() else iter(())
        return all(path.name.startswith(".") for path in listed)

    def take_in(self, prefix: str, folder: Path) -> None:
        """Rename the folder, whose files are flushed already."""
        place = self.root / prefix
        place.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(place)
        flush_folder(place.parent)

    def find_damage(self, prefix: str, files: dict[str, FileRecord]) -> str | None:
        """Verify each file in place."""
        place = self.root / prefix
        return next((n for n, record in files.items() if not record.matches(place / n)), None)

    def share(self, path: Path) -> None:
        """Do nothing: the file is in the store."""

    def copy(self, name: str) -> Path:
        """Return the file itself."""
        if self.known(name) is None:
            raise FileNotFoundError(self.place(name))
        return self.root / name

    def explain_errors(self) -> AbstractContextManager[None]:
        """See `Objects`; names the folder."""
        return explain_os_errors(self.root)

    def try_writing(self) -> None:
        """Write an unnamed file, if the system has O_TMPFILE: a kill leaves nothing behind."""
        with tempfile.TemporaryFile(dir=nearest_folder(self.root)) as probe:
            probe.write(b"probe")
            probe.flush()
            os.fsync(probe.fileno())


def _raise(error: OSError) -> None:
    """Raise the error of an unreadable folder, which `os.walk` would treat as empty."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
