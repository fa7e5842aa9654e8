"""The interface of a store's adapters: objects named by paths, in a folder or a bucket.

tasks/storage/folder.py and tasks/storage/bucket.py implement it. Atomic publication rests on two
methods: `create` and `replace` succeed for only one of several processes.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tasks.storage.artifacts import FileRecord


class ConflictError(Exception):
    """Another process replaced or removed the object."""


class Known(NamedTuple):
    """The metadata of an object.

    Attributes:
        size_bytes: its size.
        last_modified: seconds since the epoch, by the clock of the folder's or bucket's machine.
        tag: the e_tag, which changes with the content; empty in a folder.
    """

    size_bytes: int
    last_modified: float
    tag: str = ""


class Found(NamedTuple):
    """The content of an object.

    Attributes:
        content: its bytes.
        version: for `replace`, which fails if the version changed.
    """

    content: bytes
    version: Any


class Objects(Protocol):
    """The objects of a store.

    Attributes:
        root: folder of this machine with the files or their copies.
        is_remote: whether `root` holds copies.
    """

    root: Path
    is_remote: bool

    def place(self, name: str = "") -> str:
        """Return the path or URL of an object, or of the store, for messages."""

    def probe(self, name: str) -> bytes | None:
        """Read an object as `read` does, but fail soon if the server does not answer."""

    def read(self, name: str) -> Found | None:
        """Return an object, or None if there is none.

        Raises:
            StoreError: the name is that of a folder.
        """

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read objects, in the order of `names`; skip missing ones."""

    def write(self, name: str, content: bytes) -> Any:
        """Create or replace an object atomically."""

    def create(self, name: str, content: bytes) -> None:
        """Create an object atomically; of several processes one succeeds.

        Raises:
            FileExistsError: the object exists.
        """

    def replace(self, name: str, content: bytes, version: Any) -> None:
        """Replace the object that was read with this version, atomically.

        Raises:
            ConflictError: the object was replaced or removed since.
        """

    def touch(self, name: str) -> None:
        """Set the modification time of an object, if it exists, to now."""

    def known(self, name: str) -> Known | None:
        """Return the metadata of an object, or None if there is none."""

    def list(self, folder: str = "") -> dict[str, Known]:
        """List all objects below a folder, sorted by name; names are relative to the store."""

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects; skip missing ones."""

    def is_empty(self) -> bool:
        """Return whether there are no objects but hidden files."""

    def take_in(self, prefix: str, folder: Path) -> None:
        """Move a folder of this machine to a prefix that no other process writes to.

        Afterwards its files are stored, and can be read in `root` below the prefix.
        """

    def find_damage(self, prefix: str, files: dict[str, FileRecord]) -> str | None:
        """Return the name of a damaged or missing file below a prefix; None if there is none.

        Afterwards the undamaged files can be read in `root` below the prefix.
        """

    def share(self, path: Path) -> None:
        """Upload a file below `root`, if `root` holds copies."""

    def copy(self, name: str) -> Path:
        """Return the path of a local file with the content of an object.

        Raises:
            FileNotFoundError: there is no such object.
        """

    def explain_errors(self) -> AbstractContextManager[None]:
        """Turn an OSError that is raised when writing below `root` into a StoreError."""

    def try_writing(self) -> None:
        """Write and remove a probe; raise the error if that fails."""
