"""The one interface of a store's place: objects named by their paths, in a folder or a bucket.

The adapters: tasks/storage/folder.py and tasks/storage/bucket.py. What a store promises rests on
two methods: of several processes one creates an object, and one replaces it if it is unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tasks.storage.artifacts import FileRecord


class ConflictError(Exception):
    """The object is not the one any more that was to be replaced."""


class Known(NamedTuple):
    """What a listing says of an object.

    Attributes:
        size_bytes: its size.
        last_modified: in seconds since the epoch, by the clock of the place.
        tag: another one for other content, and perhaps for the same; empty in a folder.
    """

    size_bytes: int
    last_modified: float
    tag: str = ""


class Found(NamedTuple):
    """What an object holds.

    Attributes:
        content: its bytes.
        version: by which `replace` tells whether it is unchanged.
    """

    content: bytes
    version: Any


class Objects(Protocol):
    """The objects of a store.

    Attributes:
        root: folder of this machine with the files, or with copies of them.
        is_remote: whether `root` holds copies.
    """

    root: Path
    is_remote: bool

    def place(self, name: str = "") -> str:
        """Say for people where an object, or all of them, lies."""

    def probe(self, name: str) -> bytes | None:
        """Read an object as `read` does, without waiting long for a server that is away."""

    def read(self, name: str) -> Found | None:
        """Return what an object holds; None where there is none.

        Raises:
            StoreError: what is there cannot be an object.
        """

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read objects, in the order of `names`; those that are gone are left out."""

    def write(self, name: str, content: bytes) -> Any:
        """Put an object over what is there; a reader or a kill finds the old or the new, whole."""

    def create(self, name: str, content: bytes) -> None:
        """Put an object unless there is one: of several processes one succeeds.

        Raises:
            FileExistsError: there is one.
        """

    def replace(self, name: str, content: bytes, version: Any) -> None:
        """Put an object in the place of the one that was read with this version.

        Raises:
            ConflictError: another one is there, or none.
        """

    def touch(self, name: str) -> None:
        """Make an object newer, if there is one."""

    def known(self, name: str) -> Known | None:
        """Look at one object; None where there is none."""

    def list(self, folder: str = "") -> dict[str, Known]:
        """List all objects below a folder by their names, which begin with it, in their order."""

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects; those that are gone already are passed over."""

    def is_empty(self) -> bool:
        """Tell whether nothing lies in the place, but hidden files."""

    def take_in(self, prefix: str, folder: Path) -> None:
        """Move a folder of this machine to a prefix that no one else writes to.

        Its files are whole once this returns, and lie in `root` below the prefix.
        """

    def find_damage(self, prefix: str, files: dict[str, FileRecord]) -> str | None:
        """Return the name of a file below a prefix that is damaged or missing; None: all are sound.

        Those that are sound can be read in `root`, below the prefix, afterwards.
        """

    def share(self, path: Path) -> None:
        """Upload a file below `root`, where that holds copies."""

    def copy(self, name: str) -> Path:
        """Return a file of this machine with what an object holds.

        Raises:
            FileNotFoundError: there is none.
        """

    def explain_errors(self) -> AbstractContextManager[None]:
        """Turn the operating system's refusals to write below `root` into a StoreError."""

    def try_writing(self) -> None:
        """Write something and take it away again, and raise what keeps that from being done."""
