"""Choosing the table in a zip archive."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath, PureWindowsPath

from tasks.configuration.errors import SourceError
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.redaction import printable

ENCRYPTED = 0x1
"""Bit 0 of a member's flags (APPNOTE.TXT, section 4.4.4)."""

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", *(f".tar{ending}" for ending in COMPRESSED))
OTHERS = (".json", ".txt", ".dat", "")
"""Endings of members that may be tables, where none is named as one."""
NAME_CHARACTERS_MAX = 100
TABLES_SHOWN_MAX = 5
REFUSED_SHOWN_MAX = 3
TABLES_TRIED_MAX = 20
"""Tables whose headers are read; to read those of thousands would take hours."""


def choose_member(
    archive: zipfile.ZipFile,
    read_header: Callable[[str], list[str] | SourceError],
    expected: ExpectedColumns,
) -> str:
    """Return the name of the member to read.

    Args:
        archive: the archive.
        read_header: reads the header of the member with a name, or says why it cannot.
        expected: the columns of the table to read.

    Raises:
        SourceError: the archive is encrypted, is a workbook, contains unsafe names, or does not
            contain exactly one table with the expected columns.
    """
    if any(member.flag_bits & ENCRYPTED for member in archive.infolist()):
        raise SourceError("the zip archive is encrypted; unpack it first")
    names = archive.namelist()
    _refuse_workbook(names)
    _refuse_unsafe(names)
    if not names:
        raise SourceError("the zip archive is empty; check how it was made")
    inner = any(name.lower().endswith(ARCHIVES) for name in names)
    tables = _list_tables(names, TABLES) or ([] if inner else _list_tables(names, OTHERS))
    if not tables:
        listed = ", ".join(map(show_name, names[:5]))
        if inner:
            raise SourceError(
                f"the zip archive holds another archive, and no table beside it: {listed}; unpack"
                " it, and name the file in it"
            )
        raise SourceError(
            f"the zip archive holds no {', '.join(TABLES[:-1])} or {TABLES[-1]}, only {listed};"
            " name another file"
        )
    return tables[0] if len(tables) == 1 else _choose_table(tables, read_header, expected)


def _choose_table(
    tables: list[str],
    read_header: Callable[[str], list[str] | SourceError],
    expected: ExpectedColumns,
) -> str:
    """Return the table with the expected header, else the only one with the needed columns."""
    listed = ", ".join(map(show_name, tables[:TABLES_SHOWN_MAX]))
    if len(tables) > TABLES_TRIED_MAX:
        raise SourceError(
            f"the zip archive holds {len(tables):,} tables ({listed}, …); unpack it and name the"
            " one to use"
        )
    headers, refused = dict[str, list[str]](), list[str]()
    for name in tables:
        header = read_header(name)
        if isinstance(header, SourceError):
            refused.append(f"{show_name(name)}: {header}")
        else:
            headers[name] = header
    fitting = [name for name, header in headers.items() if header == list(expected.header)]
    fitting = fitting or [name for name, header in headers.items() if expected.suffice(header)]
    if len(fitting) != 1:
        why = (
            f"; {len(refused)} cannot be read: {'; '.join(refused[:REFUSED_SHOWN_MAX])}"
            if refused
            else ""
        )
        raise SourceError(
            f"the zip archive holds {len(tables)} tables ({listed}), of which"
            f" {len(fitting)} have the columns that are needed; unpack it and name the one to"
            f" use{why}"
        )
    return fitting[0]


def _refuse_unsafe(names: list[str]) -> None:
    for name in names:
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or PureWindowsPath(name).drive:
            raise SourceError(
                f"the zip archive holds the unsafe name {show_name(name)}; unpack it by hand"
            )


def _list_tables(names: list[str], endings: tuple[str, ...]) -> list[str]:
    """List the members with these endings, but not what macOS stores beside each file."""
    return sorted(name for name in names if not _is_hidden(name) and _ending(name) in endings)


def _is_hidden(name: str) -> bool:
    path = PurePosixPath(name)
    return name.endswith("/") or "__MACOSX" in path.parts or path.name.startswith(".")


def _ending(name: str) -> str:
    """Return the ending of a name in lower case, without that of a compression."""
    path = PurePosixPath(name.lower())
    return (path.with_suffix("") if path.suffix in COMPRESSED else path).suffix


def _refuse_workbook(names: list[str]) -> None:
    for kind, sign in (
        ("an Excel workbook (.xlsx)", "xl/"),
        ("a spreadsheet (.ods)", "content.xml"),
    ):
        if any(name.startswith(sign) for name in names):
            raise SourceError(
                f"this is {kind}, not a CSV; open it and save the sheet with the reviews as"
                " CSV UTF-8"
            )


def show_name(name: str) -> str:
    """Return the name of a member, short and safe to show."""
    return printable(name)[:NAME_CHARACTERS_MAX]
