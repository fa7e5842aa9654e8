"""Texts in a wrong encoding, and a missing header, are told as causes before all other reasons."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from data_contracts.findings import Finding
from data_contracts.matching import match_columns
from tasks.deliveries.encoding_advice import advise_on_encodings, explain_misread
from tasks.ingest import type_reviews
from tasks.sources.reading.parts import Tally
from tasks.validate import add_advice, explain_header
from tests.assessments import assess_table
from tests.contracts import WINE, column, critical, make_contract

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


@pytest.mark.slow
@pytest.mark.parametrize(("stars", "first"), [("x", "Because."), ("4", None)])
def test_causes_come_first_where_a_file_is_rejected(
    tmp_path: Path, stars: str, first: str | None
) -> None:
    scale = {"minimum": 0, "maximum": 5}
    target = critical(column("stars", "number", scale, role="target"))
    contract = make_contract(tmp_path, [target, column("text", role="text")])
    header = ["text", "stars"]
    rows = pa.table({"0": ["A firm beer."] * 20, "1": [stars, *"12345"[:4]] * 4})
    typed = type_reviews(contract, header, Tally(header).make_part(rows))
    judged = assess_table(contract, match_columns(contract, header), typed, {})
    reasons = add_advice(contract, judged, {}, ["Because."]).reasons
    assert (reasons[0] if reasons else None) == first


def test_a_header_that_looks_like_a_row_is_a_cause() -> None:
    (cause,) = explain_header(WINE, ["0", "Italy", "A firm wine", "87"])
    assert cause.startswith("There is no column description or points, and the header looks like")
    assert cause.endswith("with the names of the columns above it.")
    assert explain_header(WINE, ["country", "points", "87"]) == []
