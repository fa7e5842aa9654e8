"""Sources of many files: the files of a folder or a glob, in the order of their names.

The bytes of each file are an output of their own. The list of the files is one more, `files.json`;
its digest is that of the delivery.
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Self

from tasks.configuration.errors import SourceError, StoreError
from tasks.sources.fetched_bytes import look_up
from tasks.sources.local_files import local_path
from tasks.sources.reading.showing import list_files
from tasks.sources.redaction import printable
from tasks.storage.artifacts import Artifact, canonical_json, digest_json
from tasks.storage.store import Store

FILES = "files.json"
"""Name of the published list."""


class File(NamedTuple):
    """A file of a delivery.

    Attributes:
        name: relative to the folder; empty if the source is a single file.
        digest: SHA-256 of its bytes.
        same_as: name of an earlier file with the same bytes; such a file is not read.
    """

    name: str
    digest: str
    same_as: str | None = None


class FileList(NamedTuple):
    """The files of a delivery in the order of their names."""

    files: tuple[File, ...]

    @classmethod
    def of(cls, digests: Mapping[str, str]) -> Self:
        """Make the list from the digest of each file, by name."""
        first: dict[str, str] = {}
        for name, digest in sorted(digests.items()):
            first.setdefault(digest, name)
        return cls(
            tuple(
                File(name, digest, None if first[digest] == name else first[digest])
                for name, digest in sorted(digests.items())
            )
        )

    @classmethod
    def read(cls, store: Store, fetched: Artifact) -> Self:
        """Read the list of a fetched delivery, which may be a single file."""
        if FILES not in fetched.files:
            return cls((File("", fetched.digest),))
        listed = json.loads(store.path_of(fetched, FILES).read_bytes())
        return cls(tuple(File(**file) for file in listed))

    def open(self, store: Store, fetched: Artifact) -> dict[str, Artifact]:
        """Return the fetched bytes of each file to read, by the file's name.

        Raises:
            StoreError: the bytes of a file are damaged or missing.
        """
        if FILES not in fetched.files:
            return {"": fetched}
        opened = {}
        for file in self.files:
            if file.same_as is None:
                found = look_up(store, file.digest)
                if found is None:
                    raise StoreError(f"{file.name}: its copy in the store is damaged; run again")
                opened[file.name] = found
        return opened

    def list_notes(self) -> list[str]:
        """Say in sentences which files are not read."""
        copies: dict[str, list[str]] = {}
        for file in self.files:
            if file.same_as is not None:
                copies.setdefault(file.same_as, []).append(file.name)
        return [
            f"Warning: not read, since the same bytes are in {first}: {list_files(names)}."
            for first, names in copies.items()
        ]

    @property
    def digest(self) -> str:
        """The SHA-256 of the list, in hexadecimal digits."""
        return digest_json(self._to_json())

    def write(self, path: Path) -> None:
        """Write the list as JSON."""
        path.write_bytes(canonical_json(self._to_json()))

    def _to_json(self) -> list[dict[str, str | None]]:
        return [file._asdict() for file in self.files]


def find_files(source: str, shown: str) -> dict[str, Path] | None:
    """Find the files of a folder, at any depth, or those that match a glob.

    Left out are files whose name, or the name of a folder below the source, begins with a dot or an
    underscore, as those of Spark and macOS do.

    Args:
        source: a path, which may hold `*`, `?`, `[…]` and `**`.
        shown: the same, for messages.

    Returns:
        The files by their names relative to the folder, in the order of the names; None if the
        source names a single file.

    Raises:
        SourceError: there is no such file, or the folder cannot be read.
    """
    path = local_path(source)
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError):
        return None  # `measure_file` says what is wrong
    if is_folder:
        found, root = _walk(path, shown), path
    elif glob.has_magic(str(path)) and not exists:
        root = _fixed_part(path)
        found = root.glob(str(path.relative_to(root)))
    else:
        return None
    names = {file.relative_to(root).as_posix(): file for file in found if file.is_file()}
    kept = {name: names[name] for name in sorted(names) if not is_hidden(name)}
    if not kept:
        what = "the folder holds no files" if root == path else "no file matches"
        raise SourceError(f"{shown}: {what}; name a file, a folder with files, or a glob")
    check_names(kept, shown)
    return kept


def check_names(names: Iterable[str], shown: str) -> None:
    """Check that the names of a source's files can be shown.

    Raises:
        SourceError: one holds a control character, or is too long.
    """
    for name in names:
        if printable(name) != name:
            raise SourceError(
                f"{shown}: {printable(name)}: the name holds what cannot be printed, or is too"
                " long; rename the file"
            )


def lies_in(path: Path, source: str) -> bool:
    """Return whether a path lies in the folder that a source names."""
    folder = local_path(source)
    return folder.is_dir() and path.resolve().is_relative_to(folder.resolve())


def is_hidden(name: str) -> bool:
    """Return whether a file, or a folder above it, has a name with a dot or an underscore first."""
    return any(part.startswith((".", "_")) for part in name.split("/"))


def _fixed_part(path: Path) -> Path:
    """Return the folder above the first part of a path that is a pattern."""
    while glob.has_magic(str(path)):
        path = path.parent
    return path


def _walk(folder: Path, shown: str) -> Iterable[Path]:
    def fail(error: OSError) -> None:
        raise SourceError(
            f"{shown}: the folder cannot be read ({error.strerror}); check its permissions"
        ) from error

    for place, _, names in os.walk(folder, onerror=fail):
        yield from (Path(place) / name for name in names)
