"""Writes a drafted contract for a local file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.constraints import PATTERNS
from data_contracts.counts import count_distinct
from data_contracts.matching import find_columns
from data_contracts.number_texts import NumberStyle
from data_contracts.unreadable import UNREADABLE
from data_contracts.wording import write_count
from tasks.configuration.errors import SourceError, UsageError
from tasks.configuration.parameters import IngestParameters
from tasks.configuration.system_errors import explain_system_error
from tasks.deliveries.number_advice import explain_texts, is_null_word
from tasks.sources.draft_advice import advise_on_encoding, find_total, list_renamed
from tasks.sources.local_files import measure_file
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.showing import show, write_words
from tasks.sources.reading.source_table import open_table, read_all
from tasks.sources.reading.titles import find_row_as_header
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
    _check_output(output, overwrite)
    name = output.name.removesuffix(ENDINGS[0]).removesuffix(ENDINGS[1])
    measure_file(file, str(file))
    try:
        document, rows, notes = _draft(name, file, text, target, parameters)
    except (SourceError, ValueError) as error:
        raise SourceError(f"{file}: {error}") from error
    _write(output, document)
    told = "".join(f"note: {note}\n" for note in notes)
    drafted, source = shlex.quote(str(output)), shlex.quote(str(file))
    return (
        f"{output}: a draft from {write_count(rows, 'row')} of {file}\n{told}"
        f"next: wine-points contract check {drafted}\n"
        f"then: wine-points check --contract {drafted} --source {source}"
        f"{_repeat_options(parameters)}"
    )


def _check_output(output: Path, overwrite: bool) -> None:
    if not output.name.endswith(ENDINGS):
        raise UsageError(f"--output {output}: name a file that ends in {ENDINGS[0]}")
    if output.exists() and not overwrite:
        raise UsageError(
            f"--output {output}: exists already; name another file, or replace it with --overwrite"
        )


def _write(output: Path, document: str) -> None:
    try:
        write_atomically(output, document.encode())
    except OSError as error:
        why = explain_system_error(error)
        raise UsageError(f"--output {output}: cannot be written ({why})") from error


def _draft(
    name: str, file: Path, text: str, target: str, parameters: IngestParameters
) -> tuple[str, int, list[str]]:
    """Draft a contract, and read it; return it with the number of rows, and notes."""
    from data_contracts.contract import parse_contract
    from data_contracts.drafting.draft import draft_contract, find_column
    from data_contracts.drafting.drafted_columns import describe_columns
    from data_contracts.drafting.rules import ROWS_FEW

    header, fields, notes = _read(file, text, target, parameters)
    columns = describe_columns(header, fields, parameters.numbers)
    advice = dict(_advise_on_texts(columns, parameters.numbers))
    chosen = find_column(columns, target, "target")
    if told := advice.get(chosen.written):
        raise SourceError(told)
    if chosen.numbers is None and chosen.texts.null_count < len(chosen.texts):
        raise SourceError(_explain_target(chosen, parameters.numbers))
    notes += [*advice.values(), *advise_on_encoding(columns), *list_renamed(columns)]
    document = draft_contract(name, columns, text, target)
    parse_contract(document.encode(), "the draft cannot be used")
    rows = fields.num_rows
    if rows < ROWS_FEW:
        few = "row is" if rows == 1 else "rows are"
        notes.append(f"{rows} {few} few to learn from; the rule rows requires half as many")
    return document, rows, notes


def _read(
    file: Path, text: str, target: str, parameters: IngestParameters
) -> tuple[list[str], pa.Table, list[str]]:
    """Read the columns that can be read as texts; return their names, the rows, and notes."""
    expected, reading = ExpectedColumns.named(text, target), parameters.for_name(file.name)
    with open_table(file, expected, reading) as source:
        tally, header = source.tally, source.header
        needed = [place for name in (text, target) for place in find_columns(header, name)[:1]]
        if why := find_row_as_header(header, expected):
            raise SourceError(why)
        tally.optional = {*range(len(header))} - {*needed}
        table, notes = read_all(source)
    readable = table.filter(pc.is_null(table[UNREADABLE]))
    notes += _describe_unreadable(table[UNREADABLE])
    notes += [f"left out of the draft: {why}" for why in tally.left_out.values()]
    places = [place for place in range(len(header)) if place not in tally.left_out]
    fields = readable.select([*map(str, places)])
    if len(needed) == 2 and (why := find_total(fields, *needed)):
        fields, notes = fields.slice(0, len(fields) - 1), [*notes, f"left out of the draft: {why}"]
    return [header[place] for place in places], fields, notes


def _describe_unreadable(reasons: pa.ChunkedArray) -> list[str]:
    """Say how many rows cannot be read, and why the first cannot.

    Raises:
        SourceError: no row can be read.
    """
    rows, found = len(reasons), reasons.drop_null()
    if not rows:
        raise SourceError("there is no row after the header")
    if not len(found):
        return []
    first = f"the first: {found[0].as_py()}"
    if len(found) == rows:
        none = "the only row cannot" if rows == 1 else f"none of the {rows:,} rows can"
        raise SourceError(f"{none} be read; {first}")
    return [f"{len(found):,} of {rows:,} rows cannot be read and are left out; {first}"]


def _advise_on_texts(columns: list[Described], style: NumberStyle) -> Iterator[tuple[str, str]]:
    """Name the columns of texts that an option of reading makes numbers, with the option."""
    for column in (column for column in columns if column.kind == "string"):
        texts = column.texts.drop_null()
        words = [word for word in texts.unique().to_pylist() if is_null_word(word)]
        others = texts.filter(pc.invert(pc.is_in(texts, pa.array(words, texts.type))))
        commas = style._replace(decimal="comma")
        if words and _are_numbers(others, style):
            listed = " and ".join(map(show, words))
            option = f"if {listed} means empty, add --ingest.nulls {write_words(words)}"
            yield column.written, f"{column.written}: {listed} beside numbers; {option}"
        elif style.decimal != "comma" and _are_numbers(others, commas):
            yield (
                column.written,
                f"{column.written}: values such as {show(others[0].as_py())} are texts; if the"
                " comma is the decimal sign, add --ingest.decimal comma",
            )


def _are_numbers(texts: pa.ChunkedArray, style: NumberStyle) -> bool:
    from data_contracts.drafting.columns import find_kind

    return len(texts) > 0 and find_kind(style.to_plain(texts).drop_null()) != "string"


def _explain_target(target: Described, style: NumberStyle) -> str:
    """Quote the values of a target that are no numbers, and say what to do."""
    texts = target.texts.drop_null()
    reads = pc.match_substring_regex(style.to_plain(texts), PATTERNS["double"])
    others = texts.filter(pc.invert(pc.fill_null(reads, True)))
    counts = count_distinct(pa.chunked_array([others]).combine_chunks())
    return f"the target must have numbers: {explain_texts(target.written, 'double', counts)}"


def _repeat_options(parameters: IngestParameters) -> str:
    """Write the options of reading for a command line."""
    given = parameters.model_dump(mode="json", exclude_defaults=True).items()
    words = {name: write_words(v if isinstance(v, list) else [str(v)]) for name, v in given}
    return "".join(f" --ingest.{name.replace('_', '-')} {word}" for name, word in words.items())
