"""Unpacking a source to a stream of CSV bytes that is safe to parse.

Sources are untrusted: the unpacked size is limited, no file of an archive is written to the disk,
and the bytes are checked to be UTF-8 text.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.quotes import QuoteCheck
from tasks.sources.redaction import printable

GZIP_MAGIC = b"\x1f\x8b"
"""RFC 1952, section 2.3.1."""
ZIP_MAGIC = b"PK\x03\x04"
"""PKWARE APPNOTE.TXT, section 4.3.7."""
ZIP_EMPTY_MAGIC = b"PK\x05\x06"

HARMLESS_BYTES = 16 * 1024**2
"""Unpacked size up to which the ratio is not checked."""


Stream = IO[bytes] | gzip.GzipFile
DAMAGE = (EOFError, OSError, lzma.LZMAError, zipfile.BadZipFile, zlib.error)
"""Exceptions of the standard library for damaged archives."""

ENCRYPTED = 0x1
"""Bit 0 of a member's flags (APPNOTE.TXT, section 4.4.4)."""


class TextGuard(io.RawIOBase):
    """A readable stream that checks UTF-8 text, and removes its byte order mark.

    Attributes:
        quotes: checks the quotes that were read so far; call its `raise_error`.

    Raises:
        SourceError: on reading, with the line: a NUL byte in the header or where none is allowed,
            invalid UTF-8, HTML instead of CSV, or more bytes than allowed.
    """

    def __init__(self, stream: Stream, bytes_max: int, nul_allowed: bool = False) -> None:
        """Check `stream`, which must be at its beginning."""
        self._stream, self._left, self._nul_allowed = stream, bytes_max, nul_allowed
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._lines = 1
        self.quotes = QuoteCheck()
        self._pending = self._take(4096).removeprefix(codecs.BOM_UTF8)
        if self._pending.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise SourceError("this is UTF-16 or UTF-32, not UTF-8; save the file as UTF-8")
        if self._pending.lstrip()[:1] == b"<":
            raise SourceError(
                "this is HTML or XML, not CSV: the address may lead to a page about the file"
                " instead of the file itself"
            )

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next checked bytes; `size` is a hint, as for any raw stream."""
        chunk, self._pending = self._pending, b""
        if size < 0 or len(chunk) < size:
            chunk += self._take(size - len(chunk) if size >= 0 else -1)
        self._check(chunk)
        return chunk

    def readall(self) -> bytes:
        """Return all that is left."""
        return b"".join(iter(lambda: self.read(1024**2), b""))

    def _take(self, size: int) -> bytes:
        try:
            taken = self._stream.read(size)
        except DAMAGE as error:
            raise SourceError(f"the packed file is cut off or damaged: {error}") from error
        self._left -= len(taken)
        return taken

    def _check(self, chunk: bytes) -> None:
        if self._left < 0:
            raise SourceError(
                "it unpacks to far more than its size, as a decompression bomb does; if the file is"
                " honest, raise --ingest.unpacked-bytes-max or --ingest.unpacked-ratio-max"
            )
        nul = chunk.find(b"\0")
        line = self._lines + chunk.count(b"\n", 0, max(nul, 0))
        if nul >= 0 and (line == 1 or not self._nul_allowed):
            raise SourceError(f"line {line}: a NUL byte; the file is damaged or is no text")
        try:
            self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line = self._lines + chunk.count(b"\n", 0, max(error.start, 0))
            raise SourceError(
                f"line {line}: bytes that are not UTF-8; save the file as UTF-8"
                " (it may be Latin-1 or Windows-1252)"
            ) from error
        self.quotes.feed(chunk, self._lines)
        self._lines += chunk.count(b"\n")


@contextlib.contextmanager
def open_csv_text(
    path: Path, header: Sequence[str], parameters: IngestParameters, nul_allowed: bool = False
) -> Iterator[TextGuard]:
    """Open the CSV at `path`, which may be gzipped or in a zip archive.

    Args:
        path: of the file.
        header: the contract's; it decides between several tables in an archive.
        parameters: limits of the unpacked size.
        nul_allowed: allow NUL bytes after the header, for the rules about rows to find them. In the
            header they are a sign of UTF-16 or of binary data.

    Raises:
        SourceError: the archive is damaged or encrypted, contains unsafe names, or does not contain
            exactly one CSV with the contract's header.
    """
    with path.open("rb") as file, contextlib.ExitStack() as stack:
        magic = file.read(4)
        file.seek(0)
        size = path.stat().st_size
        ratio_bytes = max(HARMLESS_BYTES, int(size * parameters.unpacked_ratio_max))
        bytes_max = min(parameters.unpacked_bytes_max, ratio_bytes)
        stream: Stream = file
        if magic.startswith(GZIP_MAGIC):
            stream = stack.enter_context(gzip.open(file))
        elif magic in (ZIP_MAGIC, ZIP_EMPTY_MAGIC):
            stream = _open_member(stack, file, header)
        else:
            bytes_max = parameters.unpacked_bytes_max
        yield TextGuard(stream, bytes_max, nul_allowed)


def _open_member(stack: contextlib.ExitStack, file: IO[bytes], header: Sequence[str]) -> IO[bytes]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        if any(member.flag_bits & ENCRYPTED for member in archive.infolist()):
            raise SourceError("the zip archive is encrypted; unpack it first")
        return stack.enter_context(archive.open(_choose_member(archive, header)))
    except (*DAMAGE, NotImplementedError) as error:
        raise SourceError(f"the zip archive is damaged or of an unknown kind: {error}") from error


def _choose_member(archive: zipfile.ZipFile, header: Sequence[str]) -> str:
    names = archive.namelist()

    def shown(name: str) -> str:
        return printable(name)[:100]

    for name in names:
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in name:
            raise SourceError(
                f"the zip archive holds the unsafe name {shown(name)}; unpack it by hand"
            )
    tables = sorted(name for name in names if name.lower().endswith(".csv"))
    if not tables:
        raise SourceError(
            f"the zip archive holds no .csv, only {', '.join(map(shown, names[:5])) or 'nothing'}"
        )
    if len(tables) == 1:
        return tables[0]
    fitting = [name for name in tables if _read_header(archive, name) == list(header)]
    if len(fitting) != 1:
        listed = ", ".join(map(shown, tables[:5]))
        raise SourceError(
            f"the zip archive holds {len(tables)} tables ({listed}), of which"
            f" {len(fitting)} have the contract's header; unpack it and name the one to use"
        )
    return fitting[0]


def _read_header(archive: zipfile.ZipFile, name: str) -> list[str]:
    with archive.open(name) as member:
        line = member.readline(4096).removeprefix(codecs.BOM_UTF8).strip()
    return next(csv.reader([line.decode(errors="replace")]), [])
