"""The files of a source whose reviews are scored, one after the other."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_contracts.contract import Contract
from data_contracts.matching import match_columns
from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.kept_columns import FILE, KEPT, find_kept
from tasks.sources.new_reviews import cut_into_parts, explain_header
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.showing import make_sentence
from tasks.sources.reading.source_table import SourceTable, open_table
from tasks.sources.reading.titles import find_row_as_header

if TYPE_CHECKING:
    import pandas as pd


class FilesToScore:
    """The files of a source.

    Attributes:
        kept: the names of the columns to copy; of many files, first that of the file.
        notes: sentences about how the files were read, after the last part.
    """

    def __init__(
        self,
        paths: Mapping[str, Path],
        contract: Contract,
        parameters: IngestParameters,
        keep: Sequence[str],
    ) -> None:
        """Prepare to read files.

        Args:
            paths: by the names of the files; the name of an only file is empty.
            contract: names the text.
            parameters: how the files are written.
            keep: names of columns to copy; see `find_kept`.
        """
        self._paths, self._contract, self._parameters = paths, contract, parameters
        self._expected = ExpectedColumns.of(contract, [contract.dataset.text], keep)
        self._keep = keep
        self._are_named = "" not in paths
        self.kept = [*([FILE] if self._are_named else []), *dict.fromkeys(keep)]
        self.notes: list[str] = []

    def find_reasons(self) -> list[str]:
        """List the reasons, as sentences, why a file cannot be scored.

        Raises:
            SourceError: a file is no table.
        """
        reasons = []
        for name in self._paths:
            with self._open(name) as table:
                matching = match_columns(self._contract, table.header)
            if why := find_row_as_header(table.header, self._expected):
                reasons.append(f"{name}: {why}." if name else make_sentence(why))
                continue
            found = explain_header(matching, self._contract.dataset.text)
            reasons += [f"{name}: {reason}" if name else reason for reason in found]
        return reasons

    def read(self, taken: Collection[str]) -> Iterator[pd.DataFrame]:
        """Read the reviews in parts; see `cut_into_parts`. Row numbers begin anew in each file.

        Args:
            taken: names of the scores' own columns.

        Raises:
            SourceError: a file cannot be read.
            UsageError: see `find_kept`.
        """
        text = self._contract.dataset.text
        reserved = {*taken, FILE} if self._are_named else taken
        for name in self._paths:
            with self._open(name) as table:
                matching = match_columns(self._contract, table.header)
                places = find_kept(self._keep, table.header, matching, reserved)
                place = matching.places[text]
                table.tally.as_written = {*places.values()} - {place}
                for part in cut_into_parts(table.parts, place, text, places):
                    yield part.assign(**{f"{KEPT}{FILE}": name}) if name else part
                notes = table.tally.list_notes()
                self.notes += [f"{name}: {note}" if name else note for note in notes]

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[SourceTable]:
        parameters = self._parameters.for_name(name)
        try:
            with open_table(
                self._paths[name], self._expected, parameters, nul_allowed=True
            ) as table:
                yield table
        except SourceError as error:
            raise SourceError(f"{name}: {error}" if name else str(error)) from error
