"""Reading JSON Lines as tables of strings: an object in each line, whose keys name the columns."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from tasks.configuration.errors import SourceError
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.parts import LINE_CHARACTERS_SHOWN, OTHERS, SPELLED_NULLS, Tally
from tasks.sources.reading.showing import show
from tasks.sources.reading.text_stream import TextStream

CHUNK_BYTES = 1024**2
PART_ROWS = 8_192
FIELDS_IN_A_LINE = 16
"""Number of largest fields in the largest accepted line."""
OTHER_KEYS_MAX = 1_000
"""Most keys that are listed though they are not expected."""
NO_TEXT = "this line holds JSON that cannot be read as text"

Row = list[str | None]


class _Line(NamedTuple):
    """A line that is not blank."""

    content: bytes
    number: int
    ended: bool


class _UnreadableError(ValueError):
    """A line cannot be read, for this reason."""


def read_keys(
    text: TextStream, expected: ExpectedColumns, field_bytes_max: int
) -> tuple[list[str], list[str]]:
    """List the keys of all objects, in the order in which they first occur; reads the whole text.

    Args:
        text: the file from its beginning.
        expected: the columns, whose keys are listed however many others there are.
        field_bytes_max: largest accepted field, in bytes.

    Returns:
        The keys, of which at most OTHER_KEYS_MAX are not expected; and remarks about them.

    Raises:
        SourceError: a line is too large, or there is no key.
    """
    keys: dict[str, None] = {}
    others, is_cut = 0, False
    for line in _read_lines(text, FIELDS_IN_A_LINE * field_bytes_max):
        try:
            found = _decode(line.content)
        except _UnreadableError:
            continue
        for key in found:
            if key in keys:
                continue
            is_other = not expected.knows(key)
            if is_other and others == OTHER_KEYS_MAX:
                is_cut = True
                continue
            others += is_other
            keys[key] = None
    if not keys:
        raise SourceError(
            'no line holds a JSON object with a key, such as {"text": "…"}; check how the file was'
            " made"
        )
    told = f"Only the first {OTHER_KEYS_MAX:,} unexpected keys were kept."
    return list(keys), [told] if is_cut else []


def read_json_parts(text: TextStream, field_bytes_max: int, tally: Tally) -> Generator[pa.Table]:
    """Read JSON Lines in parts, in bounded memory.

    Args:
        text: the file from its beginning.
        field_bytes_max: largest accepted field, in bytes.
        tally: makes the parts; says which keys are read.

    Raises:
        SourceError: a line or a field is too large.
    """
    places = tally.places
    wanted = [tally.header[place] for place in places]
    rows: list[Row] = []
    refused: list[tuple[int, str | None]] = []
    for line in _read_lines(text, FIELDS_IN_A_LINE * field_bytes_max):
        try:
            row = _parse(line.content, wanted, tally.nested)
            _check_sizes(line, row, field_bytes_max)
            rows.append(row)
        except _UnreadableError as error:
            shown = show(line.content.decode(errors="replace"), LINE_CHARACTERS_SHOWN)
            tally.truncated = not line.ended
            why = str(error) if line.ended else "the file ends in the middle of this line"
            refused.append((len(rows) + len(refused), f"{why}: {shown}"))
        if len(rows) + len(refused) == PART_ROWS:
            yield tally.make_part(_to_table(rows, places), refused)
            rows, refused = [], []
    yield tally.make_part(_to_table(rows, places), refused)


def _to_table(rows: list[Row], places: list[int]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * (len(places) + 1)
    return pa.table(
        [pa.array(column, pa.string()) for column in columns], [*map(str, places), OTHERS]
    )


def find_line_end(head: bytes) -> bytes:
    """Return what ends lines: LF, also for CRLF, or CR."""
    return b"\r" if b"\r" in head and b"\n" not in head else b"\n"


def _read_lines(text: TextStream, line_bytes_max: int) -> Iterator[_Line]:
    text.newline = find_line_end(text.peek())
    held, number = b"", 1
    while chunk := text.read(CHUNK_BYTES):
        *lines, held = (held + chunk).split(text.newline)
        for line in lines:
            if line.strip():
                yield _Line(line, number, ended=True)
            number += 1
        if len(held) > line_bytes_max:
            raise SourceError(
                f"line {number}: a line of more than {line_bytes_max:,} bytes; raise"
                " --ingest.field-bytes-max if that is right"
            )
    if held.strip():
        yield _Line(held, number, ended=False)


def _parse(line: bytes, wanted: list[str], nested: dict[str, None]) -> Row:
    """Return the texts of an object by the wanted keys, and OTHERS if only other keys have a value.

    Adds the keys whose values are lists or objects to `nested`.

    Raises:
        _UnreadableError: the line holds no such object.
    """
    found = _decode(line)
    row = [_to_text(found.get(key), key, line) for key in wanted]
    nested |= dict.fromkeys(key for key in wanted if isinstance(found.get(key), list | dict))
    if b"\\u" in line:
        _check_text(*filter(None, row))
    empty = (None, "", *SPELLED_NULLS)
    others = all(text in empty for text in row) and any(v not in empty for v in found.values())
    return [*row, OTHERS if others else None]


def _decode(line: bytes) -> dict[str, Any]:
    """Return the object in a line.

    Raises:
        _UnreadableError: the line holds none.
    """
    try:
        found = _DECODER.decode(line.decode())
    except RecursionError:
        raise _UnreadableError(NO_TEXT) from None
    except _UnreadableError:
        raise
    except ValueError:
        raise _UnreadableError("this line is not valid JSON") from None
    if not isinstance(found, dict):
        raise _UnreadableError("no JSON object, as {…}, is in this line")
    if b"\\u" in line:
        _check_text(*found)
    return found


def _check_text(*texts: str) -> None:
    """Make sure that escapes stand for whole characters.

    Raises:
        _UnreadableError: one stands for a part of a character.
    """
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        raise _UnreadableError(NO_TEXT) from None


def _to_text(value: Any, key: str, line: bytes) -> str | None:
    """Return a value as it is written; an empty text is null."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    # The decoder made texts of the numbers in it.
    return None if value is None else json.dumps(json.loads(line)[key], ensure_ascii=False)


def _to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _UnreadableError("this line names a key twice")
    return made


_DECODER = json.JSONDecoder(
    object_pairs_hook=_to_object, parse_float=str, parse_int=str, parse_constant=str
)


def _check_sizes(line: _Line, row: Row, field_bytes_max: int) -> None:
    if len(line.content) <= field_bytes_max:
        return
    longest = max(len((text or "").encode()) for text in row)
    if longest > field_bytes_max:
        raise SourceError(
            f"line {line.number}: a field of {longest:,} bytes, more than {field_bytes_max:,};"
            " raise --ingest.field-bytes-max if that is right"
        )
