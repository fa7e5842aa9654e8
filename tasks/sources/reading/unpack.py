"""Unpacking a source to a stream of bytes that is safe to read.

Sources are untrusted: the unpacked size is limited, and a name in an archive is never a path.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.reading.archives import choose_member
from tasks.sources.reading.expected import ExpectedColumns

MAGIC_BYTES = 8
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
"""PKWARE APPNOTE.TXT, section 4.3.7; the second one begins an empty archive."""

HARMLESS_BYTES = 16 * 1024**2
"""Unpacked size up to which the ratio is not checked."""

DAMAGE = (EOFError, OSError, ValueError, lzma.LZMAError, zipfile.BadZipFile, zlib.error)
"""Exceptions of the standard library and of Arrow for damaged archives."""

DAMAGED_ZIP = "the zip archive is damaged or of an unknown kind; unpack it first"


class Unpacked(io.RawIOBase):
    """A readable stream of at most `bytes_max` unpacked bytes.

    Attributes:
        name: of the member of an archive, else empty.
        bytes_of_values_max: most bytes of values, for formats that are compressed by themselves.

    Raises:
        SourceError: on reading, the packed file is damaged, or holds more bytes than allowed.
    """

    def __init__(
        self,
        stream: Any,
        bytes_max: int,
        name: str = "",
        bytes_of_values_max: int | None = None,
        file: IO[bytes] | None = None,
    ) -> None:
        """Read `stream`, which must be at its beginning; `file` is the same as a file."""
        self._stream, self._left, self.name, self._file = stream, bytes_max, name, file
        self.bytes_of_values_max = bytes_max if bytes_of_values_max is None else bytes_of_values_max
        self._peeked = b""
        self._spooled: IO[bytes] | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def peek(self, size: int) -> bytes:
        """Return the next bytes, which stay: `size` of them, or all that are left."""
        while len(self._peeked) < size and (part := self._take(size - len(self._peeked))):
            self._peeked += part
        return self._peeked[:size]

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; `size` is a hint, as for any raw stream."""
        part, self._peeked = self._peeked, b""
        if size < 0 or len(part) < size:
            part += self._take(size - len(part) if size >= 0 else -1)
        return part

    def to_file(self) -> IO[bytes]:
        """Return a file with all bytes, which is read from any place.

        It is the packed file itself, if that is not packed, or else a temporary file without a
        name.
        """
        if self._file:
            return self._file
        self._spooled = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        shutil.copyfileobj(self, self._spooled)
        return self._spooled

    def close(self) -> None:
        """Close the temporary file, if there is one; the stream is left to who opened it."""
        super().close()
        if self._spooled:
            self._spooled.close()

    def _take(self, size: int) -> bytes:
        try:
            taken: bytes = self._stream.read(size)
        except DAMAGE as error:
            raise SourceError("the packed file is cut off or damaged; get it again") from error
        self._left -= len(taken)
        if self._left < 0:
            raise SourceError(
                "it unpacks to far more than its size, as a decompression bomb does; if the file is"
                " honest, raise --ingest.unpacked-bytes-max or --ingest.unpacked-ratio-max"
            )
        return taken


def _open_zstandard(file: IO[bytes]) -> Any:
    return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")


CODECS: dict[bytes, tuple[str, Callable[[Any], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),  # RFC 1952, section 2.3.1
    **{
        b"BZh%d%b" % (level, block): ("bzip2", bz2.open)
        for level in range(1, 10)
        for block in (b"1AY&", b"\x17rE8")
    },
    b"\xfd7zXZ\x00": ("xz", lzma.open),
    b"\x28\xb5\x2f\xfd": ("Zstandard", _open_zstandard),  # RFC 8878, section 3.1.1
}
"""The name of a compression, and what opens it, by the first bytes.

Those of bzip2 are its level, and the magic of a block or of the end (bzip2 1.0.8, `compress.c`).
"""


def is_packed(magic: bytes) -> bool:
    """Return whether a file with these first bytes is compressed or a zip archive."""
    return magic.startswith((*CODECS, *ZIP_MAGICS))


@contextlib.contextmanager
def open_unpacked(
    path: Path,
    expected: ExpectedColumns,
    parameters: IngestParameters,
    read_header: Callable[[Unpacked], list[str] | SourceError],
) -> Iterator[Unpacked]:
    """Open the file at `path`, which may be compressed or in a zip archive.

    Args:
        path: of the file.
        expected: the columns of the table to read from an archive.
        parameters: limits of the unpacked size.
        read_header: reads the header of a member, to choose among several, or says why it cannot.

    Raises:
        SourceError: the archive is damaged or encrypted, contains unsafe names, or it is unclear
            which of its members to read.
    """
    with path.open("rb") as file, contextlib.ExitStack() as stack:
        size = path.stat().st_size
        ratio_bytes = max(HARMLESS_BYTES, int(size * parameters.unpacked_ratio_max))
        bytes_max = min(parameters.unpacked_bytes_max, ratio_bytes)
        magic = _look_at(file)
        if magic.startswith(ZIP_MAGICS):

            def open_member(name: str) -> Unpacked:
                member = stack.enter_context(archive.open(name))
                return _decompress(Unpacked(member, bytes_max, name), bytes_max)

            try:
                archive = stack.enter_context(zipfile.ZipFile(file))
                name = choose_member(archive, lambda name: read_header(open_member(name)), expected)
                unpacked = open_member(name)
            except (*DAMAGE, NotImplementedError) as error:
                raise SourceError(DAMAGED_ZIP) from error
        elif is_packed(magic):
            unpacked = _decompress(Unpacked(file, size), bytes_max)
        else:
            unpacked = Unpacked(file, parameters.unpacked_bytes_max, "", bytes_max, file)
        yield unpacked


def _look_at(file: IO[bytes]) -> bytes:
    magic = file.read(MAGIC_BYTES)
    file.seek(0)
    return magic


def _decompress(stream: Unpacked, bytes_max: int) -> Unpacked:
    """Decompress a stream, if it is compressed.

    Raises:
        SourceError: what it unpacks to is compressed or a zip archive itself.
    """
    codec = _find_codec(stream)
    if codec is None:
        return stream
    name, open_stream = codec
    unpacked = Unpacked(open_stream(_Seekless(stream)), bytes_max, stream.name)
    inner = _find_codec(unpacked)
    if inner or unpacked.peek(MAGIC_BYTES).startswith(ZIP_MAGICS):
        what = f"{inner[0]} file" if inner else "zip archive"
        raise SourceError(f"this is a {what} within a {name} file; unpack the outer one first")
    return unpacked


def _find_codec(stream: Unpacked) -> tuple[str, Callable[[Any], Any]] | None:
    magic = stream.peek(MAGIC_BYTES)
    return next((codec for sign, codec in CODECS.items() if magic.startswith(sign)), None)


class _Seekless:
    """The interface that the codecs need of a file."""

    closed = False

    def __init__(self, stream: Unpacked) -> None:
        self._stream, self._rest = stream, b""

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return self._rest + b"".join(iter(lambda: self._stream.read(1024**2), b""))
        self._rest = self._rest or self._stream.read(size)
        part, self._rest = self._rest[:size], self._rest[size:]
        return part

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """Leave the stream to who opened it."""
