"""Writes a drafted contract for a local file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from data_contracts.number_texts import NumberStyle
from data_contracts.unreadable import UNREADABLE
from tasks.configuration.errors import SourceError, UsageError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.local_files import measure_file
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.showing import show, write_words
from tasks.sources.reading.source_table import read_table
from tasks.storage.atomic_files import write_atomically

if TYPE_CHECKING:
    from data_contracts.drafting.columns import Described

ENDINGS = (".odcs.yaml", ".odcs.yml")


def draft_from_file(
    file: Path,
    text: str,
    target: str,
    output: Path,
    parameters: IngestParameters,
    overwrite: bool = False,
) -> str:
    """Draft a contract from a file, and write it; return a message for people.

    Args:
        file: the reviews.
        text: name of the column with the text.
        target: name of the column with the target.
        output: the contract to write.
        parameters: how to read the file.
        overwrite: replace the output if it exists.

    Raises:
        SourceError: the file cannot be read, or lacks one of the columns.
        UsageError: the output exists and must not, has another ending, or cannot be written.
    """
    if not output.name.endswith(ENDINGS):
        raise UsageError(f"--output {output}: name a file that ends in {ENDINGS[0]}")
    if output.exists() and not overwrite:
        raise UsageError(
            f"--output {output}: exists already; name another file, or replace it with --overwrite"
        )
    name = output.name.removesuffix(ENDINGS[0]).removesuffix(ENDINGS[1])
    measure_file(file, str(file))
    try:
        document, rows, notes = _draft(name, file, text, target, parameters)
    except (SourceError, ValueError) as error:
        raise SourceError(f"{file}: {error}") from error
    try:
        write_atomically(output, document.encode())
    except OSError as error:
        raise UsageError(f"--output {output}: cannot be written ({error.strerror})") from error
    told = "".join(f"note: {note}\n" for note in notes)
    drafted, source = shlex.quote(str(output)), shlex.quote(str(file))
    return (
        f"{output}: a draft from {rows:,} rows of {file}\n{told}"
        f"next: wine-points contract check {drafted}\n"
        f"then: wine-points check --contract {drafted} --source {source}"
        f"{_repeat_options(parameters)}"
    )


def _draft(
    name: str, file: Path, text: str, target: str, parameters: IngestParameters
) -> tuple[str, int, list[str]]:
    """Draft a contract, and read it; return it with the number of rows, and notes."""
    import pyarrow.compute as pc

    from data_contracts.contract import parse_contract
    from data_contracts.drafting.draft import draft_contract, find_column
    from data_contracts.drafting.drafted_columns import describe_columns
    from data_contracts.drafting.rules import ROWS_FEW

    expected, reading = ExpectedColumns.named(text, target), parameters.for_name(file.name)
    header, table, notes = read_table(file, expected, reading)
    readable = table.filter(pc.is_null(table[UNREADABLE]))
    fields = readable.select([str(place) for place in range(len(header))])
    columns = describe_columns(header, fields, parameters.numbers)
    commas = dict(_find_decimal_commas(columns, parameters.numbers))
    if advice := commas.get(find_column(columns, target, "target").written):
        raise SourceError(advice)
    notes += commas.values()
    document = draft_contract(name, columns, text, target)
    parse_contract(document.encode(), "the draft cannot be used")
    rows = fields.num_rows
    if rows < ROWS_FEW:
        notes.append(f"{rows} rows are few to learn from; the rule rows requires half as many")
    return document, rows, notes


def _find_decimal_commas(columns: list[Described], style: NumberStyle) -> Iterator[tuple[str, str]]:
    """Name the columns of texts that are numbers if the comma is the decimal sign, and say so."""
    from data_contracts.drafting.columns import find_kind

    if style.decimal == "comma":
        return
    commas = style._replace(decimal="comma")
    for name, texts in ((c.written, c.texts) for c in columns if c.kind == "string"):
        if find_kind(commas.to_plain(texts).drop_null()) != "string":
            first = style.to_plain(texts).drop_null()[0].as_py()
            yield (
                name,
                f"{name}: values such as {show(first)} are texts; if the comma is the decimal"
                " sign, add --ingest.decimal comma",
            )


def _repeat_options(parameters: IngestParameters) -> str:
    """Write the options of reading for a command line."""
    given = parameters.model_dump(mode="json", exclude_defaults=True).items()
    words = {name: write_words(v if isinstance(v, list) else [str(v)]) for name, v in given}
    return "".join(f" --ingest.{name.replace('_', '-')} {word}" for name, word in words.items())
