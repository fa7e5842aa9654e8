"""Telling which encoding a text has that is not in the one that was named."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator

from data_contracts.encodings import MOJIBAKE
from tasks.configuration.errors import SourceError
from tasks.sources.reading.showing import show

BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
FOREIGN = re.compile(rb"[\x80-\xff]{3,}")
"""Bytes as of words in another alphabet: western words have an accent here and there."""
ACCENTED_WORD = re.compile(rb"[^\s\x80-\xff]*+[\x80-\xff]\S*+")
WORDS_TRIED = 1_000
"""Words with bytes beyond ASCII by which an encoding is advised."""
WORDS_SHOWN = 5
SHOWN_WORD = re.compile(rb"[A-Za-z]{0,8}[\x80-\xff][A-Za-z\x80-\xff]{0,8}")
VALID_BY_CHANCE_MAX = 20
"""Bytes beyond ASCII that may be valid UTF-8 although the file has another encoding."""
CHARACTERS_BY_CHANCE_MAX = 2
"""Different characters that such bytes may be read as: `NESCAFÉ™` in Windows-1252 has one."""
ADVISED = ("cp1252", "mac-roman")
"""Encodings that are advised; Latin-1 is a part of the first."""


def refuse_utf_8(head: bytes, encoding: str) -> None:
    """Raise a SourceError if a text is UTF-8, though an encoding of one byte per letter is named.

    Args:
        head: the beginning of the text; it may be cut within a character.
        encoding: the named one.
    """
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return
    if sum(not character.isascii() for character in {*text}) > CHARACTERS_BY_CHANCE_MAX:
        raise SourceError(
            f"the text is UTF-8, but --ingest.encoding is {encoding}; leave out --ingest.encoding"
        )


def advise_on_encoding(codec: str, valid: bytes, part: bytes) -> str:
    """Say what may help where a byte is not valid.

    Args:
        codec: the one in which it is not valid.
        valid: the text before the byte.
        part: the text around it.
    """
    letters, foreign = BEYOND_ASCII.findall(part), b"".join(FOREIGN.findall(part))
    if codec == "utf-8" and len(BEYOND_ASCII.findall(valid)) > VALID_BY_CHANCE_MAX:
        return "The text before is, so the file is damaged, or mixes encodings; get it again"
    if len(foreign) > len(letters) / 2:
        return (
            "The text seems to be in another alphabet, such as Cyrillic or Japanese; save the file"
            " as UTF-8 (in Excel: CSV UTF-8)"
        )
    fitting = [name for name in ADVISED if name != codec and _fits(name, part)]
    if not fitting:
        return (
            "The letters look like an encoding without an option, such as one of central Europe,"
            " Turkey or DOS; save the file as UTF-8 in the program that wrote it"
        )
    words = b" ".join(itertools.islice(_list_words(part), WORDS_SHOWN))
    readings = [f"{name} it reads {show(words.decode(name))}" for name in fitting]
    chosen = "it if that is right" if len(fitting) == 1 else "the one that is right"
    return (
        f"With --ingest.encoding {', with '.join(readings)}: add {chosen}, or save the file as"
        " UTF-8"
    )


def _fits(codec: str, part: bytes) -> bool:
    """Return whether words make sense in an encoding of one byte per letter."""
    try:
        words = b" ".join([b"", *ACCENTED_WORD.findall(part)[:WORDS_TRIED], b""]).decode(codec)
    except UnicodeDecodeError:
        return False
    return not re.search(MOJIBAKE, words)


def _list_words(part: bytes) -> Iterator[bytes]:
    """Yield words with a letter beyond ASCII that no earlier word has."""
    seen = set[bytes]()
    for match in SHOWN_WORD.finditer(part):
        letters = {*BEYOND_ASCII.findall(match[0])}
        if letters - seen:
            yield match[0]
        seen |= letters
