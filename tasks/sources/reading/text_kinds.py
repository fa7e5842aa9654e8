"""Recognising what a text is by its beginning."""

from __future__ import annotations

import json
import re
from typing import Literal

from tasks.configuration.errors import SourceError
from tasks.sources.reading.showing import show

Kind = Literal["csv", "json_lines"]

JSON_ARRAY = re.compile(rb"\s*\[\s*[\[{]")
JSON_OBJECT = re.compile(rb"\s*\{\s*[\"}]")
PYTHON_DICTIONARY = re.compile(rb"\s*\{\s*'")
MARKDOWN_TABLE = re.compile(
    rb"\s*\|[^\r\n]*\|[ \t]*[\r\n]+[ \t]*\|[ \t]*:?-[-:| \t]*\|?[ \t]*(?:[\r\n]|$)"
)
JSON_ROWS = re.compile(rb'"([^"\\]+)"\s*:\s*\[\s*\{')
"""A key, and the first row of its list."""
JSON_ROW = re.compile(rb"\s*\[[^\r\n]*\]\s*(?:[\r\n]|$)")
MARKUP = re.compile(rb"\s*<(?:[!?]|[a-z][^<>]*>(?![ ]*[,;\t|]))", re.IGNORECASE)
"""A tag. A header may begin with `<5 stars` or `<text>;`, which are none."""
ARFF = re.compile(rb"(?:\s|%[^\r\n]*+)*+@relation\s", re.IGNORECASE)
GIT_LFS = re.compile(rb"version https://git-lfs\.github\.com/spec/")
SQL = re.compile(
    rb"(?:\s|--[^\r\n]*+|/\*.*?\*/;?|(?:SET|USE) [^;\r\n]*;)*+"
    rb"(?:(?:(?:CREATE|DROP) (?:TABLE|DATABASE|SCHEMA)|INSERT INTO|LOCK TABLES)\s+[\w\"`'\[]"
    rb"|PRAGMA \w+ ?="
    rb"|BEGIN( TRANSACTION)?;|START TRANSACTION|COPY [^\r\n]+ FROM stdin)",
    re.IGNORECASE | re.DOTALL,
)
YAML = re.compile(
    rb"(?:\s|#[^\r\n]*+|%YAML[^\r\n]*+|---)*+(?:[\w\"']+:[ \t]*[\r\n]+)?"
    rb"[ \t]*- +[\w \"']+:(?: [^\r\n]*)?[\r\n]+[ \t]+[\w \"']+:[ \r\n]"
)
"""A list of mappings, at the top or below a key."""
LATEX = re.compile(rb"(?:\s|%[^\r\n]*+)*+\\(?:begin|documentclass|usepackage)\b")
RECORD_SEPARATOR = re.compile(rb"\x1e\s*[{\[]")
ISO_2022_JP = re.compile(rb"[^\x80-\xff]*?\x1b\$[@B]")
"""An escape sequence that begins Japanese letters (RFC 1468)."""
OTHERS = {
    MARKUP: "this is HTML or XML, not CSV; save its table as CSV. If the file came from an address,"
    " that may lead to a page about the file: open the page, and copy the address of the file",
    ARFF: "this is ARFF, not CSV; convert it to CSV, in Python with scipy.io.arff",
    GIT_LFS: "this is a pointer of Git LFS, not the file itself; get the file with git lfs pull",
    SQL: "this is a dump of SQL, not CSV; load it into a database, and export the table with the"
    " reviews as CSV",
    LATEX: "this is LaTeX, not CSV; save the table as CSV",
    RECORD_SEPARATOR: "this is a JSON text sequence (RFC 7464), not JSON Lines; remove the byte"
    " 0x1E before each object",
    ISO_2022_JP: "the text is in the encoding ISO-2022-JP; save the file as UTF-8",
    YAML: "this is YAML, not CSV; convert it to JSON Lines or CSV",
    PYTHON_DICTIONARY: "line 1: these are Python dictionaries, with single quotes, not JSON Lines;"
    " write each with json.dumps",
    MARKDOWN_TABLE: "this is a Markdown table, not CSV; save the table as CSV",
}
"""What a text is that is neither CSV nor JSON, and what to do, by how it begins."""
JSON_ADVICE = (
    "convert it to one object per line (.jsonl), in pandas with to_json(orient='records',"
    " lines=True), or to CSV"
)
LINES_TRIED = 10
"""Number of first lines of which one must be an object; single lines may be damaged."""


def recognise_text(head: bytes) -> Kind:
    """Return whether a text is JSON Lines or CSV.

    Args:
        head: its beginning, in UTF-8.

    Raises:
        SourceError: it is HTML, XML, ARFF, YAML, SQL, LaTeX, a Markdown table, a pointer of Git
            LFS, in the encoding ISO-2022-JP, or JSON in another form.
    """
    _refuse_other_texts(head)
    lines = [line for line in re.split(rb"[\r\n]+", head) if line.strip()]
    if JSON_ARRAY.match(head):
        raise SourceError(f"this is a JSON array, not CSV; {JSON_ADVICE}")
    if JSON_ROW.match(head) and isinstance(_parse(lines[0]), list):
        raise SourceError(
            "line 1: each line is a JSON array, not an object; write each as an object, such as"
            ' {"text": "…"}, with the names of its columns as keys, or save the table as CSV'
        )
    if not JSON_OBJECT.match(head):
        return "csv"
    tried = [] if lines[0].strip() == b"{" else lines[:LINES_TRIED]
    objects = [found for found in map(_parse, tried) if isinstance(found, dict)]
    if len(objects) == 0 or len(lines) == 1:
        _refuse_other_json(head, objects[0] if objects else None)
    return "json_lines"


def _refuse_other_texts(head: bytes) -> None:
    """Raise a SourceError if a text is neither CSV nor JSON."""
    for sign, what in OTHERS.items():
        if sign.match(head):
            raise SourceError(what)


def _refuse_other_json(head: bytes, only: dict[str, object] | None) -> None:
    """Raise a SourceError if a text that begins with an object is not JSON Lines.

    Args:
        head: the beginning of the text.
        only: the object in its only line; None if none of the first lines holds an object.
    """
    values = [] if only is None else [*only.values()]
    # A review may hold a list of objects, too, but has a text beside it.
    has_text = any(isinstance(value, str) for value in values)
    holds_rows = any(isinstance(v, list) and v and isinstance(v[0], dict) for v in values)
    if (only is None or (holds_rows and not has_text)) and (found := JSON_ROWS.search(head)):
        key = show(found[1].decode(errors="replace"))
        raise SourceError(
            f"this is JSON with its rows under the key {key}, not JSON Lines; convert the rows to"
            " one object per line (.jsonl), or to CSV"
        )
    if only is None:
        raise SourceError(f"this is JSON, but not JSON Lines; {JSON_ADVICE}")
    if only and all(isinstance(value, dict | list) for value in values):
        shown = ", ".join(show(key) for key in [*only][:3])
        raise SourceError(
            f"this is one JSON object of whole columns ({shown}), as pandas' to_json writes it, not"
            f" JSON Lines; {JSON_ADVICE}"
        )


def _parse(line: bytes) -> object:
    """Return what a line of JSON holds; None if it is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
