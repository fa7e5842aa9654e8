"""Reading local files, with error messages that name the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tasks.configuration.errors import SourceError
from tasks.configuration.system_errors import explain_system_error
from tasks.storage.artifacts import CHUNK_BYTES, digest_file


def local_path(source: str) -> Path:
    """Return the path of a source; expands `~`."""
    try:
        return Path(source).expanduser()
    except RuntimeError:
        # There is no such user; the unexpanded path is then reported as missing.
        return Path(source)


def measure_file(path: Path, shown: str) -> str:
    """Return the SHA-256 of a local file.

    Raises:
        SourceError: it is empty, or not a readable file.
    """
    try:
        if not path.exists():
            place = "" if path.is_absolute() else f" in {Path.cwd()}"
            raise SourceError(f"{shown}: there is no such file{place}; check the path")
        if path.is_dir():
            raise SourceError(f"{shown}: this is a folder; name a file in it")
        if not path.is_file():
            raise SourceError(f"{shown}: this is no regular file; save what it holds to one first")
        if path.stat().st_size == 0:
            raise SourceError(f"{shown}: the file is empty; check how it was made")
        return digest_file(path)
    except OSError as error:
        raise _unreadable(shown, error) from error


def read_chunks(path: Path, shown: str) -> Iterator[bytes]:
    """Yield the bytes of a local file; an OSError of reading becomes a SourceError.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise _unreadable(shown, error) from error


def _unreadable(shown: str, error: OSError) -> SourceError:
    why = explain_system_error(error)
    return SourceError(
        f"{shown}: the file cannot be read ({why}); check its permissions and its disk"
    )
