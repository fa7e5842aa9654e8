from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.matching import match_columns
from data_contracts.unreadable import UNREADABLE
from tasks.sources import new_reviews
from tasks.sources.new_reviews import check_parts, cut_into_parts, explain_header, read_ahead
from tasks.sources.reading.parts import Tally
from tests.contracts import STARS_COLUMNS, WINE, make_contract

GOOD = "A firm and bright wine with a long finish."


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (["description"], []),
        (["", "country", "description"], []),
        (["points", "description", "country"], []),
        (["description", "colour", "colour"], []),
        (["Description ", "points", "Points"], []),
        (["country", "points"], ["no column description, .* its columns are country, points."]),
        (["", "colour"], ["its columns are .*, colour."]),
        (
            ["description", "DESCRIPTION"],
            ["`description` and `DESCRIPTION` both match the column description; remove or rename"],
        ),
    ],
)
def test_of_a_header_the_text_alone_is_needed_and_once(header: list[str], says: list[str]) -> None:
    reasons = explain_header(match_columns(WINE, header), "description")
    assert len(reasons) == len(says)
    for part, reason in zip(says, reasons, strict=True):
        assert re.search(part, reason)


def test_the_text_of_another_contract_is_needed_and_its_rules_are_asked(tmp_path: Path) -> None:
    contract = make_contract(tmp_path, STARS_COLUMNS)
    assert explain_header(match_columns(contract, ["TEXT", "description"]), "text") == []
    (reason,) = explain_header(match_columns(contract, ["description"]), "text")
    assert reason.startswith("The file has no column text, the text that the model reads")
    rows = pa.table({"0": ["x", "x"], "1": ["fine", None]})
    tables = iter([Tally(["a", "text"]).make_part(rows)])
    ((kept, rejects),) = check_parts(cut_into_parts(tables, 1, "text", {}), contract)
    assert kept[["row_number", "text"]].to_numpy().tolist() == [[0, "fine"]]
    assert rejects[["row_number", "rule"]].to_numpy().tolist() == [[1, "text_required"]]


@given(sizes=st.lists(st.integers(0, 12), max_size=6))
def test_rows_are_numbered_on_from_part_to_part(sizes: list[int]) -> None:
    tally = Tally(["", "description"])
    tables = [
        tally.make_part(pa.table({"0": ["x"] * n, "1": [f"{i}-{k}" for k in range(n)]}))
        for i, n in enumerate(sizes)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(new_reviews, "PART_ROWS", 5)
        parts = list(cut_into_parts(iter(tables), 1, "description", {}))
    assert all(0 < len(part) <= 5 for part in parts)
    numbers = [row for part in parts for row in part["row_number"]]
    assert numbers == list(range(sum(sizes)))
    texts = [text for part in parts for text in part["description"]]
    assert texts == [text for table in tables for text in table["1"].to_pylist()]


BREACHES = {
    "description_required": None,
    "description_length": "too short",
    "description_has_a_token": "!!! ... ??? --- ;;;",
    "description_not_header": "description",
    "description_mojibake": "A cafÃ© wine of a wrong encoding.",
    "description_control_characters": "A wine that rings \x07 a bell.",
    "description_markup": "A <b>bold</b> wine, marked up.",
    "description_look_alikes": "A fine winе with a Cyrillic e.",
}


def make_part(texts: Sequence[str | None], numbers: Sequence[int] | None = None) -> pd.DataFrame:
    reasons = pd.Series([None] * len(texts), dtype="str")
    columns = {UNREADABLE: reasons, "description": pd.Series(texts, dtype="str")}
    return pd.DataFrame({"row_number": numbers or range(len(texts)), **columns})


def test_a_row_that_could_not_be_read_is_rejected_with_its_reason_alone() -> None:
    part = make_part([GOOD, None, None])
    part.loc[1, UNREADABLE] = '1 field where the header names 2: "=1"'
    ((kept, rejects),) = check_parts(iter([part]), WINE)
    assert kept["row_number"].tolist() == [0]
    assert [tuple(row) for row in rejects[["row_number", "rule", "value"]].to_numpy()] == [
        (1, "rows_readable", '1 field where the header names 2: "=1"'),
        (2, "description_required", ""),
    ]


@pytest.mark.parametrize("rule", BREACHES)
def test_a_row_that_breaks_a_rule_is_rejected_with_its_reason_and_value(rule: str) -> None:
    texts = [GOOD, BREACHES[rule], GOOD]
    ((kept, rejects),) = check_parts(iter([make_part(texts, [7, 8, 9])]), WINE)
    assert kept["row_number"].tolist() == [7, 9]
    told = rejects[rejects["rule"] == rule].to_dict("records")
    meanings = {r.name: r.meaning for r in WINE.rules}
    assert told == [
        {"row_number": 8, "column": "description", "rule": rule}
        | {"reason": meanings[rule], "value": BREACHES[rule] or ""}
    ]


@pytest.mark.parametrize("text", ["\u200b" * 20, "\xa0" * 20, "。、！？" * 5, "…" * 20])
def test_a_text_in_which_there_is_nothing_to_read_is_rejected(text: str) -> None:
    ((kept, rejects),) = check_parts(iter([make_part([text])]), WINE)
    assert len(kept) == 0
    assert "description_has_a_token" in set(rejects["rule"])


@pytest.mark.parametrize(
    "text",
    [
        "🍷" * 20 + " wine of many glasses",
        "نبيذ رائع وطويل جدا في الفم",
        '=HYPERLINK("http://evil.example") of a wine',
        "a line break\nand a tab\tin a review",
        "word " * 999,
        "points" * 3,
    ],
)
def test_odd_texts_that_the_contract_allows_can_be_scored(text: str) -> None:
    # Many copies too: how often a text stands says nothing against its score.
    ((kept, rejects),) = check_parts(iter([make_part([text] * 20)]), WINE)
    assert (len(kept), len(rejects)) == (20, 0)


def test_the_next_part_is_made_while_this_one_is_worked_on_and_its_error_comes_in_its_turn() -> (
    None
):
    made = [threading.Event() for _ in range(3)]

    def parts():
        for number, event in enumerate(made):
            event.set()
            yield number
        raise ValueError("the file is cut off")

    seen = []

    def take_all() -> None:
        for part in read_ahead(parts()):
            assert made[min(part + 1, 2)].wait(timeout=60)
            seen.append(part)

    with pytest.raises(ValueError, match="cut off"):
        take_all()
    assert seen == [0, 1, 2]
