"""Joins what was found in the files of a delivery: their headers, and notes about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from data_contracts.contract import Contract
from data_contracts.matching import list_names, match_columns
from data_contracts.wording import join_names
from tasks.configuration.errors import SourceError
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.showing import list_files
from tasks.sources.reading.titles import find_row_as_header


class FileInfo(NamedTuple):
    """What was found in a file.

    Attributes:
        header: the names of the columns.
        form: how it is written, such as `CSV in UTF-8, with commas between fields`.
        numbered: number of its rows, including those that were skipped.
        sizes: number of rows of each partition.
        notes: how the file was read, in sentences.
        content: SHA-256 of the unpacked file, in hexadecimal digits.
    """

    header: list[str]
    form: str
    numbered: int
    sizes: list[int]
    notes: list[str]
    content: str


def merge_headers(
    contract: Contract, headers: Mapping[str, list[str]]
) -> tuple[list[str], list[str]]:
    """Join the headers of a delivery's files.

    Args:
        contract: matches names of columns, so that files may name them differently.
        headers: by the name of the file.

    Returns:
        The first file's header, with the columns that only other files have; and sentences about
        the files that have another header than the first. If several columns of a file match one of
        the contract, the header of that file, for the validation to refuse.

    Raises:
        SourceError: of several files, one lacks a column that is needed.
    """
    first, *others = headers
    if others:
        for name, header in headers.items():
            _check_columns(contract, name, header)
    matched = {name: match_columns(contract, header) for name, header in headers.items()}
    for name in headers:
        if matched[name].clashes:
            return headers[name], [f"{name}: its columns cannot be told apart."] * bool(name)
    header, known = list(headers[first]), {*matched[first].names}
    unlike: dict[str, list[str]] = {}
    for name in others:
        names = matched[name].names
        header += [headers[name][place] for place, n in enumerate(names) if n not in known]
        known |= {*names}
        if headers[name] != headers[first]:
            difference = _describe_difference(matched[first].names, names)
            unlike.setdefault(difference, []).append(name)
    return header, [
        f"Another header than in {first} is in {list_files(names)}: {difference}."
        for difference, names in unlike.items()
    ]


def _check_columns(contract: Contract, name: str, header: list[str]) -> None:
    matching = match_columns(contract, header)
    missing = [n for n in contract.schema.names if n in contract.needed - matching.places.keys()]
    if why := find_row_as_header(header, ExpectedColumns.of(contract)):
        raise SourceError(f"{name}: {why}")
    if missing and not matching.clashes:
        raise SourceError(
            f"{name}: the file has no column {join_names(missing)}; its columns are"
            f" {matching.listed}"
        )


def _describe_difference(first: list[str], other: list[str]) -> str:
    missing = [name for name in first if name not in other]
    added = [name for name in other if name not in first]
    parts = [f"missing {list_names(missing)}"] * bool(missing)
    parts += [f"added {list_names(added)}"] * bool(added)
    return "; ".join(parts) or "the same columns in another order or with other names"


def merge_notes(files: Mapping[str, FileInfo]) -> list[str]:
    """List the notes about the files; a note about several files is listed once, with them."""
    named: dict[str, list[str]] = {}
    for name, file in files.items():
        for note in file.notes:
            named.setdefault(note, []).append(name)
    if len(files) == 1:
        return list(named)
    return [f"{list_files(names)}: {note}" for note, names in named.items()]


def merge_forms(forms: Sequence[str]) -> str:
    """Say how the files are written, with their number if there are several."""
    listed = " and ".join(dict.fromkeys(forms))
    return listed if len(forms) == 1 else f"{len(forms):,} files: {listed}"
