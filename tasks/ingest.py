"""Ingest: bytes -> raw reviews as Parquet, with the types of the contract.

Ingest rejects nothing; the validation does. A value that cannot be parsed as its column's type
becomes null, and a second column keeps its text. A missing column becomes all null. A row that
cannot be read is all null but for the reason. `header.json` keeps the file's header, `form.json`
how the file is written, and `notes.json` what a person should know of how it was read.
"""

from __future__ import annotations

import pyarrow as pa

from data_contracts.constraints import PATTERNS
from data_contracts.contract import Contract
from data_contracts.matching import match_columns
from data_contracts.number_texts import PLAIN, NumberStyle
from data_contracts.unreadable import UNREADABLE
from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.engine.stages import stage
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace

REVIEWS = "reviews.parquet"
HEADER = "header.json"
FORM = "form.json"
NOTES = "notes.json"


def type_column(
    texts: pa.ChunkedArray, kind: pa.DataType, style: NumberStyle = PLAIN
) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Cast one column of strings.

    Args:
        texts: nullable strings.
        kind: string, int64 or double.
        style: how numbers are written.

    Returns:
        The values, null where the text cannot be parsed as `kind`, and a mask of these rows.
    """
    import pyarrow.compute as pc

    if pa.types.is_string(kind):
        return texts, pc.if_else(pc.is_null(texts), False, False)
    texts = style.to_plain(texts)
    reads = pc.fill_null(pc.match_substring_regex(texts, PATTERNS[str(kind)]), True)
    trimmed = pc.utf8_trim_whitespace(pc.if_else(reads, texts, pa.scalar(None, pa.string())))
    if pa.types.is_integer(kind):
        trimmed = pc.replace_substring_regex(trimmed, r"^\+|\.0+$", "")
    values = pc.cast(pc.replace_substring_regex(trimmed, r"^\+", ""), kind)
    if pa.types.is_floating(kind):
        finite = pc.fill_null(pc.is_finite(values), True)
        values, reads = pc.if_else(finite, values, pa.scalar(None, kind)), pc.and_(reads, finite)
    return values, pc.invert(reads)


def type_reviews(
    contract: Contract, header: list[str], table: pa.Table, style: NumberStyle = PLAIN
) -> pa.Table:
    """Rename and cast the columns of a table of strings by the contract.

    Args:
        contract: names and types of the columns.
        header: the file's column names.
        table: its rows as `tasks/sources/reading/parts.py` describes them.
        style: how numbers are written.

    Returns:
        `row_number` (int64, 0 for the file's first row), the contract's columns, for each column of
        numbers a column with the texts that cannot be parsed, else null, and `UNREADABLE`.
    """
    import pyarrow.compute as pc

    places = match_columns(contract, header).places
    rows = table.num_rows
    columns: dict[str, pa.ChunkedArray] = {"row_number": table["row_number"]}
    as_written: dict[str, pa.ChunkedArray] = {}
    for name in contract.schema.names:
        kind = contract.schema.field(name).type
        if name in places:
            texts = table.column(str(places[name]))
        else:
            texts = pa.chunked_array([pa.nulls(rows, pa.string())])
        columns[name], breaches = type_column(texts, kind, style)
        if name in contract.as_written:
            unread = pc.if_else(breaches, texts, pa.scalar(None, pa.string()))
            as_written[contract.as_written[name]] = unread
    return pa.table(columns | as_written | {UNREADABLE: table[UNREADABLE]})


def note_nulls(
    contract: Contract, header: list[str], table: pa.Table, style: NumberStyle
) -> list[str]:
    """Say in a sentence how many fields of each column of numbers a word marks as empty."""
    import pyarrow.compute as pc

    places = match_columns(contract, header).places
    counts = {
        name: pc.sum(style.mark_nulls(table.column(str(places[name])))).as_py() or 0
        for name in contract.as_written
        if name in places and style.nulls
    }
    listed = ", ".join(f"{count:,} in {name}" for name, count in counts.items() if count)
    words = " and ".join(f'"{word}"' for word in style.nulls)
    return [f"{words} count as empty in columns of numbers: {listed}."] if listed else []


@stage("ingest")
def ingest_reviews(
    workspace: Workspace, source: Artifact, contract: Contract, parameters: IngestParameters
) -> Output:
    """Read the source's bytes as a table and write them as typed Parquet.

    Raises:
        SourceError: the bytes are no table; the message names file, line and remedy.
    """
    from tasks.sources.reading.expected import ExpectedColumns
    from tasks.sources.reading.source_table import open_table, read_all

    path, expected = workspace.input_path(source, "source"), ExpectedColumns.of(contract)
    try:
        with open_table(path, expected, parameters) as opened:
            header, form = opened.header, opened.form
            table, notes = read_all(opened)
    except SourceError as error:
        raise SourceError(f"{workspace.source}: {error}") from error
    reviews = type_reviews(contract, header, table, parameters.numbers)
    notes += note_nulls(contract, header, table, parameters.numbers)
    workspace.write_table(reviews, REVIEWS)
    workspace.write_json(header, HEADER)
    workspace.write_json(form, FORM)
    workspace.write_json(notes, NOTES)
    return Output(facts={"rows": reviews.num_rows, "columns": len(header)})
