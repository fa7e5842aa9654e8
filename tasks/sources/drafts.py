"""Writes a drafted contract for a local file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tasks.configuration.errors import SourceError, UsageError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.csv_table import read_csv_table
from tasks.sources.local_files import measure_file
from tasks.sources.unpack import open_csv_text
from tasks.storage.atomic_files import write_atomically

ENDINGS = (".odcs.yaml", ".odcs.yml")


def draft_from_file(
    file: Path, text: str, target: str, output: Path, parameters: IngestParameters
) -> str:
    """Draft a contract from a file, and write it; return a message for people.

    Args:
        file: the reviews.
        text: name of the column with the text.
        target: name of the column with the target.
        output: the contract to write, which must not exist.
        parameters: how to read the file.

    Raises:
        SourceError: the file cannot be read, or lacks one of the columns.
        UsageError: the output exists, has another ending, or cannot be written.
    """
    from data_contracts.drafting.draft import draft_contract

    if not output.name.endswith(ENDINGS):
        raise UsageError(f"--output {output}: name a file that ends in {ENDINGS[0]}")
    if output.exists():
        raise UsageError(f"--output {output}: exists already; move it away, or name another file")
    measure_file(file, str(file))
    name = output.name.removesuffix(ENDINGS[0]).removesuffix(ENDINGS[1])
    try:
        opener = partial(open_csv_text, file, (), parameters)
        header, table = read_csv_table(opener, parameters.field_bytes_max)
        document = draft_contract(name, header, table, text, target)
    except (SourceError, ValueError) as error:
        raise SourceError(f"{file}: {error}") from error
    try:
        write_atomically(output, document.encode())
    except OSError as error:
        raise UsageError(f"--output {output}: cannot be written ({error.strerror})") from error
    return (
        f"{output}: a draft from {table.num_rows:,} rows of {file}\n"
        f"next: wine-points contract check {output}\n"
        f"then: wine-points check --contract {output} --source {file}"
    )
