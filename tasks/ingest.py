"""Ingest: the bytes of files -> raw reviews as Parquet, with the types of the contract.

Each file is read by itself, and written in partitions; a file that is unchanged is not read again.

Ingest rejects nothing; the validation does. A value that cannot be parsed as its column's type
becomes null, and a second column keeps its text. A missing column becomes all null. A row that
cannot be read is all null but for the reason. `header.json` keeps the file's header, `form.json`
how the file is written, and `notes.json` what a person should know of how it was read.
"""

from __future__ import annotations

from collections import Counter

import pyarrow as pa

from data_contracts.constraints import PATTERNS
from data_contracts.contract import Contract
from data_contracts.matching import match_columns
from data_contracts.number_texts import PLAIN, NumberStyle
from data_contracts.unreadable import UNREADABLE
from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.deliveries.headers import FileInfo, merge_forms, merge_headers, merge_notes
from tasks.deliveries.partitions import FILES, FORM, HEADER, NOTES, name_partition
from tasks.engine.stages import stage
from tasks.engine.units import run_units, unit
from tasks.sources.fetched_bytes import SOURCE
from tasks.sources.many_files import FileList
from tasks.storage.artifacts import Artifact, Output, digest_json
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace

ABOUT = "about.json"
"""What a read file holds, beside its partitions."""
OTHER_FILES = (
    "; if it holds no reviews, take it out of the folder, or name the others by a glob such as"
    " 'FOLDER/*.csv'"
)
DELIMITERS = "; options hold for all files, and --ingest.delimiter auto finds the delimiter of each"


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


def count_nulls(
    contract: Contract, header: list[str], table: pa.Table, style: NumberStyle
) -> Counter[str]:
    """Count the fields of each column of numbers that a word marks as empty."""
    import pyarrow.compute as pc

    places = match_columns(contract, header).places if style.nulls else {}
    counts = {
        name: pc.sum(style.mark_nulls(table.column(str(places[name])))).as_py() or 0
        for name in contract.as_written
        if name in places
    }
    return Counter(counts)


def note_nulls(counts: Counter[str], style: NumberStyle) -> list[str]:
    """Say in a sentence how many fields a word marks as empty."""
    listed = ", ".join(f"{count:,} in {name}" for name, count in counts.items() if count)
    words = " and ".join(f'"{word}"' for word in style.nulls)
    return [f"{words} count as empty in columns of numbers: {listed}."] if listed else []


@unit("read")
def read_file(
    workspace: Workspace, source: Artifact, contract: Contract, parameters: IngestParameters
) -> Output:
    """Read a file as a table, and write it as partitions of typed Parquet.

    Raises:
        SourceError: the bytes are no table; the message names line and remedy.
    """
    from tasks.sources.reading.expected import ExpectedColumns
    from tasks.sources.reading.source_table import cut_partitions, digest_unpacked, open_table

    path, expected = workspace.input_path(source, SOURCE), ExpectedColumns.of(contract)
    style, nulls, sizes = parameters.numbers, Counter[str](), list[int]()
    with open_table(path, expected, parameters) as table:
        for part in cut_partitions(table, parameters.partition_rows):
            nulls.update(count_nulls(contract, table.header, part, style))
            reviews = type_reviews(contract, table.header, part, style)
            workspace.write_table(reviews, name_partition(0, len(sizes)))
            sizes.append(part.num_rows)
        notes = [*table.tally.list_notes(), *note_nulls(nulls, style)]
        header, form, numbered = table.header, table.form, table.tally.next_row
    content = digest_unpacked(path, expected, parameters) or source.digest
    about = FileInfo(header, form, numbered, sizes, notes, content)
    workspace.write_json(about._asdict(), ABOUT)
    return Output(facts={"rows": sum(sizes)})


@stage("ingest")
def ingest_reviews(
    workspace: Workspace, source: Artifact, contract: Contract, parameters: IngestParameters
) -> Output:
    """Read the files of the source, and write their rows as partitions of typed Parquet.

    Raises:
        SourceError: a file is no table; the message names file, line and remedy.
    """
    store = Store(workspace.objects)
    listed = FileList.read(store, source)
    calls = {
        name: (file, contract, parameters.for_name(name))
        for name, file in listed.open(store, source).items()
    }
    try:
        read = run_units(workspace, read_file, calls)
        files = {name: FileInfo(**workspace.read_json(made, ABOUT)) for name, made in read.items()}
        headers = {name: file.header for name, file in files.items()}
        header, remarks = merge_headers(contract, headers)
    except SourceError as error:
        advice = _advise(str(error)) if len(calls) > 1 else ""
        raise SourceError(f"{workspace.source}: {error}{advice}") from error
    for place, (name, made) in enumerate(read.items()):
        for number in range(len(files[name].sizes)):
            workspace.link(made, name_partition(0, number), name_partition(place, number))
    notes = [*listed.list_notes(), *remarks, *merge_notes(files)]
    workspace.write_json(header, HEADER)
    workspace.write_json(merge_forms([file.form for file in files.values()]), FORM)
    workspace.write_json(notes, NOTES)
    workspace.write_json([(name, f.numbered, f.sizes) for name, f in files.items()], FILES)
    contents = [file.content for file in files.values()]
    delivery = contents[0] if len(contents) == 1 else digest_json(contents)
    rows = sum(sum(file.sizes) for file in files.values())
    return Output(facts={"rows": rows, "columns": len(header), "delivery": delivery})


def _advise(error: str) -> str:
    """Return what else helps if one of several files cannot be read."""
    return f"{DELIMITERS if '--ingest.delimiter' in error else ''}{OTHER_FILES}"
