"""A stream of text in any encoding as checked UTF-8, without a byte order mark."""

from __future__ import annotations

import codecs

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import Encoding
from tasks.sources.reading.kinds import SIGN_BYTES, refuse_binary
from tasks.sources.reading.showing import show
from tasks.sources.reading.unpack import Unpacked
from tasks.sources.reading.wrong_encodings import advise_on_encoding, refuse_utf_8

HEAD_BYTES = 1024**2
"""How much is looked at before anything is read; a header must fit in it."""
CONTEXT_BYTES = 12
"""Bytes shown before and after one that is not valid."""

MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
    "mac-roman": "Mac Roman",
}


class TextStream:
    """Decodes a stream of bytes and encodes it as UTF-8.

    Attributes:
        newline: the byte that ends lines, for counting them; set it before reading.
        line: the line in which the bytes begin that are read next.
        encoding: its name for people.
        cut: whether the text ends within a character; known at its end.
        read_by_mark: whether the byte order mark decided on UTF-16.

    Raises:
        SourceError: on reading, with the line: a NUL byte in the first line or where none is
            allowed, or bytes that are not valid in the encoding.
    """

    def __init__(self, stream: Unpacked, encoding: Encoding, nul_allowed: bool = False) -> None:
        """Look at the beginning of `stream` to find out its encoding.

        Raises:
            SourceError: the stream is not text, or not in this encoding.
        """
        self._stream, self._nul_allowed = stream, nul_allowed
        self.line, self.newline, self.cut = 1, b"\n", False
        first = stream.peek(SIGN_BYTES)
        refuse_binary(first)
        self._codec, self._skip = _settle_codec(first, encoding)
        if not self._codec.startswith("utf"):
            refuse_utf_8(stream.peek(HEAD_BYTES), encoding)
        self.encoding = NAMES[self._codec]
        self.read_by_mark = self._codec != encoding and encoding != "utf-16"
        self._decoder = codecs.getincrementaldecoder(self._codec)()
        self._head = b""
        self._ended = False

    def peek(self) -> bytes:
        """Return the first HEAD_BYTES, or all if there are fewer; they stay."""
        while len(self._head) < HEAD_BYTES and (part := self._decode(HEAD_BYTES)):
            self._head += part
        nul = self._head.find(b"\0")
        if nul >= 0 and self._head.count(self.newline, 0, nul) == 0:
            self._check_nul(self._head, nul)
        return self._head

    def read(self, size: int) -> bytes:
        """Return the next bytes of UTF-8; `size` is a hint. Nothing is returned only at the end."""
        if self._head:
            part, self._head = self._head[:size], self._head[size:]
        else:
            part = self._decode(size)
        nul = part.find(b"\0")
        if nul >= 0:
            self._check_nul(part, nul)
        self.line += part.count(self.newline)
        return part

    def _decode(self, size: int) -> bytes:
        decoded = b""
        while not decoded and not self._ended:
            raw = self._stream.read(size)
            self._ended = not raw
            raw, self._skip = raw[self._skip :], max(0, self._skip - len(raw))
            before = self._decoder.getstate()[0]
            try:
                text = self._decoder.decode(raw)
            except UnicodeDecodeError as error:
                self._refuse(error)
            held = self._decoder.getstate()[0]
            self.cut = self._ended and bool(held)
            if self._codec == "utf-8":
                decoded = (before + raw)[: len(before) + len(raw) - len(held)]
            else:
                decoded = text.encode()
        return decoded

    @staticmethod
    def _around(part: bytes, at: int) -> bytes:
        """Return the bytes around a place, from its line on."""
        start = max(at - CONTEXT_BYTES, *(part.rfind(end, 0, at) + 1 for end in b"\n\r"))
        return part[start : at + CONTEXT_BYTES]

    def _check_nul(self, part: bytes, nul: int) -> None:
        line = self.line + part.count(self.newline, 0, nul)
        if line == 1 or not self._nul_allowed:
            shown = show(self._around(part, nul).decode("ascii", "backslashreplace"))
            raise SourceError(f"line {line}: a NUL byte in {shown}; {_advise_on_nul(part, nul)}")

    def _refuse(self, error: UnicodeDecodeError) -> None:
        """Raise a SourceError for bytes that are not valid."""
        at = error.start
        if (nul := error.object.find(b"\0")) >= 0 and not self._codec.startswith("utf-16"):
            self._check_nul(error.object, nul)
        valid = self._head + error.object[:at].decode(self._codec, "ignore").encode()
        # In the head it is not known yet what ends a line.
        line = self.line + valid.count(self.newline if b"\n" in valid else b"\r")
        around = self._around(error.object, at)
        if self._codec.startswith("utf-16"):
            found = "not valid UTF-16; leave out --ingest.encoding, or get the file again"
            raise SourceError(f"line {line}: {found}") from error
        shown = show(around.decode("ascii", "backslashreplace"))
        raise SourceError(
            f"line {line}: byte 0x{error.object[at]:02X} in {shown} is not valid"
            f" {NAMES[self._codec]}. {advise_on_encoding(self._codec, valid, error.object)}"
        ) from error


def _advise_on_nul(part: bytes, nul: int) -> str:
    """Say what a NUL byte is a sign of, and what to do."""
    if part.startswith(b"\0\0", nul):
        return (
            "the rest may be missing, as after a download or a copy that was cut off; get the file"
            " again"
        )
    if part[nul + 2 : nul + 5 : 2] == b"\0\0":
        return "the file looks like UTF-16: add --ingest.encoding utf-16"
    return "the file is damaged, or it is not text; get it again"


def _settle_codec(first: bytes, encoding: Encoding) -> tuple[str, int]:
    """Return the codec, and the length of the byte order mark.

    Raises:
        SourceError: the mark is that of another encoding.
    """
    if first.startswith(UTF32_MARKS):
        raise SourceError("this is UTF-32; save the file as UTF-8")
    if first.startswith(codecs.BOM_UTF8):
        if encoding != "utf-8":
            raise SourceError(
                f"the file begins with the mark of UTF-8, but --ingest.encoding is {encoding};"
                " leave it out"
            )
        return "utf-8", len(codecs.BOM_UTF8)
    mark = next((mark for mark in MARKS if first.startswith(mark)), None)
    if mark:
        if encoding not in ("utf-8", "utf-16"):
            raise SourceError(
                f"the file begins with the mark of UTF-16, but --ingest.encoding is {encoding};"
                " leave it out"
            )
        return MARKS[mark], len(mark)
    if encoding == "utf-16":
        return "utf-16-be" if first[:1] == b"\0" else "utf-16-le", 0
    return encoding, 0
