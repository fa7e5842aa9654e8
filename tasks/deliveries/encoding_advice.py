"""What a person can do about texts that look as if they were read in a wrong encoding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from data_contracts.constraints import MISREAD_FRACTION_MAX
from data_contracts.encodings import MOJIBAKE
from tasks.sources.reading.showing import show

if TYPE_CHECKING:
    from data_contracts.findings import Finding
    from data_contracts.rules import Rule

AROUND_CHARACTERS = 20
"""Shown before and after what was found."""


def advise_on_encodings(rules: Iterable[Rule], findings: Iterable[Finding]) -> dict[str, str]:
    """Explain the columns of which many texts look as if read in a wrong encoding.

    Args:
        rules: of the contract.
        findings: of the delivery.

    Returns:
        For each such column, a sentence that quotes what was found and says what helps.
    """
    names = {rule.name for rule in rules if rule.arguments.get("regex") == MOJIBAKE}
    found = {}
    for finding in findings:
        is_many = (finding.unexpected_fraction or 0) > MISREAD_FRACTION_MAX
        if finding.rule in names and finding.column and is_many and finding.examples:
            row, text = finding.examples[0]
            counted = f"{finding.unexpected_count:,} texts look"
            told = explain_misread(finding.column, counted, text, f" in row {row}")
            found[finding.column] = f"{told}."
    return found


def explain_misread(name: str, counted: str, text: str, where: str = "") -> str:
    """Say that texts are misread, with what was found in one of them, and what helps.

    Args:
        name: of the column.
        counted: how many texts look, such as `5 of 9 texts look`.
        text: one of them.
        where: it stands.
    """
    match = re.search(MOJIBAKE, text)
    start = max(0, match.start() - AROUND_CHARACTERS) if match else 0
    end = match.end() + AROUND_CHARACTERS if match else len(text)
    shown = show(f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}")
    return (
        f"{name}: {counted} as if read in a wrong encoding, such as {shown}{where}; save the file"
        " as UTF-8 in the program that wrote it, or name another --ingest.encoding"
    )
