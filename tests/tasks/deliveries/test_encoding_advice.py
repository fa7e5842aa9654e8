from __future__ import annotations

import pytest

from data_contracts.findings import Finding
from tasks.deliveries.encoding_advice import advise_on_encodings, explain_misread
from tests.contracts import WINE

LONG = "Um vinho de longa duração"


def finding(rule: str, fraction: float, column: str | None = "description") -> Finding:
    return Finding(
        rule,
        column,
        "critical",
        "",
        passed=False,
        unexpected_count=1_200,
        unexpected_fraction=fraction,
        examples=((7, f"{LONG}. Příště znovu, dobøe a pøíštì koupím."), (9, "pøíštì")),
    )


@pytest.mark.parametrize(
    ("rule", "fraction", "told"),
    [
        ("description_mojibake", 0.02, True),
        ("description_mojibake", 0.01, False),
        ("description_length", 0.02, False),
    ],
)
def test_a_column_with_many_misread_texts_is_explained(
    rule: str, fraction: float, told: bool
) -> None:
    advice = advise_on_encodings(WINE.rules, [finding(rule, fraction)])
    assert advice == (
        {
            "description": "description: 1,200 texts look as if read in a wrong encoding, such as"
            ' "…ště znovu, dobøe a pøíštì koupím." in row 7; save the file as UTF-8 in the program'
            " that wrote it, or name another --ingest.encoding."
        }
        if told
        else {}
    )


def test_both_rules_of_a_column_are_explained_once() -> None:
    rules = ("title_mojibake", "title_misread")
    assert len(advise_on_encodings(WINE.rules, [finding(rule, 1, "title") for rule in rules])) == 1


def test_what_was_found_is_quoted_from_a_long_text() -> None:
    told = explain_misread("text", "1 of 9 texts look", f"{LONG * 9}. Vaudžsir rosŽ. {LONG * 9}")
    assert 'such as "…' in told
    assert "rosŽ. " in told
    assert '…"; save' in told
    assert len(told) < 250
