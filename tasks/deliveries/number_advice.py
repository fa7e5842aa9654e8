"""What a person can do about texts in a column of numbers that are not numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from data_contracts.constraints import PATTERNS
from tasks.sources.reading.showing import show, write_words

if TYPE_CHECKING:
    from data_contracts.contract import Contract
    from data_contracts.counted_rows import CountedRows
    from data_contracts.counts import Counts

EXAMPLES_MAX = 3
EXAMPLE_CHARACTERS_MAX = 30
TEXTS_MAX = 1_000
"""Different texts of a column that are looked at, the most frequent ones."""

NULL_WORDS = {"na", "n/a", "#n/a", "null", r"\n", "nan", "none", "nil", "-", "--", "?", "."}
"""Words that programs and people write for an empty field, in lower case."""
THOUSANDS = re.compile(r"\s*[+-]?\d{1,3}(,\d{3})+\s*")
"""`1,234` is 1234 or 1.234."""
SEPARATED = re.compile(r"\s*[+-]?\d{1,3}(([.,' ])\d{3}(\2\d{3})*)([.,]\d+)?\s*")
"""Numbers with thousands separators."""
KINDS = {"int64": "whole number", "double": "number"}


def advise_on_numbers(contract: Contract, counts: CountedRows) -> dict[str, str]:
    """Explain the texts in columns of numbers that are not numbers.

    Args:
        contract: the columns.
        counts: of the columns `as_written`.

    Returns:
        For each column that holds such texts, a sentence that quotes some and says what helps.
    """
    from data_contracts.counted_rows import Counted

    found = {}
    for name, as_written in contract.as_written.items():
        texts = counts.get(Counted("texts", (as_written,)))
        if texts.num_rows:
            kind = str(contract.schema.field(name).type)
            found[name] = explain_texts(name, kind, texts)
    return found


OTHERWISE = {
    "int64": "write whole numbers alone, such as 4, or make the column a number in the contract",
    "double": "write the numbers alone, such as 4.5",
}
"""What to do about texts for which no option helps, by the type of the column."""


def explain_texts(name: str, kind: str, texts: Counts) -> str:
    """Quote texts that are not read as numbers, and say in a sentence what helps.

    Args:
        name: of the column.
        kind: its Arrow type, int64 or double.
        texts: their counts.
    """
    from data_contracts.counts import COUNT, VALUE
    from data_contracts.figures import total

    by_count = texts.sort_by([(COUNT, "descending"), (VALUE, "ascending")])
    different: list[str] = by_count[VALUE].slice(0, TEXTS_MAX).to_pylist()
    shown = ", ".join(show(text, EXAMPLE_CHARACTERS_MAX) for text in different[:EXAMPLES_MAX])
    shown += ", …" if texts.num_rows > EXAMPLES_MAX else ""
    number = total(texts)
    advice = [*_advise(different, kind)] or [OTHERWISE[kind]]
    what = f"value is not read as a {KINDS[kind]}"
    if number > 1:
        what = f"values are not read as {KINDS[kind]}s"
    return f"{name}: {number:,} {what}: {shown}; {'; '.join(advice)}."


def _advise(texts: list[str], kind: str) -> Iterator[str]:
    """List what helps with some of the texts."""
    if words := dict.fromkeys(text.strip() for text in texts if is_null_word(text)):
        means = f"{' and '.join(map(show, words))} {'means' if len(words) == 1 else 'mean'} empty"
        yield f"if {means}, add --ingest.nulls {write_words(words)}"
    separated = [text for text in texts if THOUSANDS.fullmatch(text)]
    commas = [text for text in texts if _reads(text.replace(",", "."), kind) and "." not in text]
    if {*commas} - {*separated}:
        yield "if the comma is the decimal sign, add --ingest.decimal comma"
    elif commas:
        yield (
            "if the comma separates thousands, remove it; if it is the decimal sign, add"
            " --ingest.decimal comma"
        )
    if any(_reads(text, kind) for text in texts):
        yield (
            "if the point is the decimal sign, leave out --ingest.decimal comma; if it separates"
            " thousands, remove it"
        )
    if any(map(SEPARATED.fullmatch, {*texts} - {*commas})):
        yield "remove the thousands separators"


def is_null_word(text: str) -> bool:
    """Return whether programs or people write this for an empty field."""
    return text.strip().lower() in NULL_WORDS


def _reads(text: str, kind: str) -> bool:
    """Return whether a text is a number with a decimal point."""
    return bool(re.fullmatch(PATTERNS[kind], text, re.ASCII))
