"""Reading JSON Lines as tables of strings: an object in each line, whose keys name the columns."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from tasks.configuration.errors import SourceError
from tasks.sources.reading.parts import LINE_CHARACTERS_SHOWN, Tally
from tasks.sources.reading.showing import show
from tasks.sources.reading.text_stream import TextStream

CHUNK_BYTES = 1024**2
PART_ROWS = 8_192
FIELDS_IN_A_LINE = 16
"""Number of largest fields in the largest accepted line."""
KEYS_MAX = 10_000

Row = dict[str, str | None]


class _Line(NamedTuple):
    """A line that is not blank."""

    content: bytes
    number: int
    ended: bool


class _UnreadableError(ValueError):
    """A line cannot be read, for this reason."""


def read_keys(text: TextStream, field_bytes_max: int) -> list[str]:
    """List the keys of all objects, in the order in which they first occur; reads the whole text.

    Raises:
        SourceError: a line is too large, or there are too many keys or none.
    """
    keys: dict[str, None] = {}
    for line in _read_lines(text, FIELDS_IN_A_LINE * field_bytes_max):
        try:
            keys |= dict.fromkeys(_parse(line.content))
        except _UnreadableError:
            continue
        if len(keys) > KEYS_MAX:
            raise SourceError(f"line {line.number}: the objects have more than {KEYS_MAX:,} keys")
    if not keys:
        raise SourceError(
            'no line holds a JSON object with a key, such as {"text": "…"}; check how the file was'
            " made"
        )
    return list(keys)


def read_json_parts(
    text: TextStream, keys: list[str], field_bytes_max: int, tally: Tally
) -> Generator[pa.Table]:
    """Read JSON Lines in parts, in bounded memory.

    Args:
        text: the file from its beginning.
        keys: see `read_keys`.
        field_bytes_max: largest accepted field, in bytes.
        tally: makes the parts.

    Raises:
        SourceError: a line or a field is too large.
    """
    rows: list[Row] = []
    refused: list[tuple[int, str | None]] = []
    for line in _read_lines(text, FIELDS_IN_A_LINE * field_bytes_max):
        try:
            row = _parse(line.content)
            _check_sizes(line, row, field_bytes_max)
            rows.append(row)
        except _UnreadableError as error:
            shown = show(line.content.decode(errors="replace"), LINE_CHARACTERS_SHOWN)
            tally.truncated = not line.ended
            why = str(error) if line.ended else "the file ends in the middle of this line"
            refused.append((len(rows) + len(refused), f"{why}: {shown}"))
        if len(rows) + len(refused) == PART_ROWS:
            yield tally.make_part(_to_table(rows, keys), refused)
            rows, refused = [], []
    yield tally.make_part(_to_table(rows, keys), refused)


def _to_table(rows: list[Row], keys: list[str]) -> pa.Table:
    columns = [pa.array([row.get(key) for row in rows], pa.string()) for key in keys]
    return pa.table(columns, [str(position) for position in range(len(keys))])


def _read_lines(text: TextStream, line_bytes_max: int) -> Iterator[_Line]:
    held, number = b"", 1
    while chunk := text.read(CHUNK_BYTES):
        *lines, held = (held + chunk).split(b"\n")
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


def _parse(line: bytes) -> Row:
    """Return the texts of an object by key.

    Raises:
        _UnreadableError: the line holds no such object.
    """
    try:
        found = _DECODER.decode(line.decode())
        if not isinstance(found, dict):
            raise _UnreadableError("no JSON object, as {…}, is in this line")
        row = {key: _to_text(value, key, line) for key, value in found.items()}
        if b"\\u" in line:
            "".join([*row, *filter(None, row.values())]).encode()
    except (RecursionError, UnicodeEncodeError):
        raise _UnreadableError("this line holds JSON that cannot be read as text") from None
    except _UnreadableError:
        raise
    except ValueError:
        raise _UnreadableError("this line is not valid JSON") from None
    return row


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
    longest = max(len((text or "").encode()) for text in row.values())
    if longest > field_bytes_max:
        raise SourceError(
            f"line {line.number}: a field of {longest:,} bytes, more than {field_bytes_max:,};"
            " raise --ingest.field-bytes-max if that is right"
        )
