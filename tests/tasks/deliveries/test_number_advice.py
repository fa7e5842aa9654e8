"""Texts in a column of numbers are quoted, with the option or step that helps."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from data_contracts.counted_rows import FrameCounts
from data_contracts.number_texts import PLAIN, NumberStyle
from tasks.deliveries.number_advice import advise_on_numbers
from tasks.ingest import type_reviews
from tasks.sources.reading.parts import Tally
from tests.assessments import assess_table
from tests.contracts import WINE, column, critical, make_contract

DECIMAL = "if the comma is the decimal sign, add --ingest.decimal comma"
COMMA = NumberStyle("comma")


def advise(
    values: list[str | None], name: str = "price", style: NumberStyle = PLAIN
) -> dict[str, str]:
    header = ["description", name]
    rows = pa.table({"0": ["A firm wine."] * len(values), "1": values})
    typed = type_reviews(WINE, header, Tally(header).make_part(rows), style)
    return advise_on_numbers(WINE, FrameCounts(typed))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["4,5", "12", "1,25"], f'2 values are not read as numbers: "1,25", "4,5"; {DECIMAL}.'),
        (["4/5"], '1 value is not read as a number: "4/5"; write the numbers alone, such as 4.5.'),
        (["87%", "4,5"], f'"4,5", "87%"; {DECIMAL}.'),
        (["87 points"], '"87 points"; write the numbers alone, such as 4.5.'),
        (["1,234"], '"1,234"; if the comma separates thousands, remove it; if it is the decimal'),
        (["1,234", "4,5"], f"; {DECIMAL}."),
        (["1.234,5"], '"1.234,5"; remove the thousands separators.'),
        (["1,234.50"], '"1,234.50"; remove the thousands separators.'),
        (["NA", "n/a", "NA"], '"NA", "n/a"; if "NA" and "n/a" mean empty, add --ingest.nulls NA,n'),
        (["\\N"], r"""if "\N" means empty, add --ingest.nulls '\N'."""),
        (["-"], """if "-" means empty, add --ingest.nulls '"-"'."""),
        (["--", "null"], """if "--" and "null" mean empty, add --ingest.nulls '"--",null'."""),
        (["None", "4,5"], f'if "None" means empty, add --ingest.nulls None; {DECIMAL}.'),
        ([*"abcd"], '4 values are not read as numbers: "a", "b", "c", …; write'),
        (["x" * 99], f'"{"x" * 30}…"; write'),
    ],
)
def test_texts_are_quoted_with_what_helps(values: list[str], says: str) -> None:
    (sentence,) = advise(values).values()
    assert sentence.startswith("price: ")
    assert says in sentence
    assert ("\n" in sentence, len(sentence) < 300) == (False, True)


def test_whole_numbers_get_no_advice_that_does_not_read_them() -> None:
    assert "--ingest" not in advise(["87,5"], "points")["points"]
    halves = advise(["87.5"], "points")["points"]
    assert halves.endswith(
        "; write whole numbers alone, such as 4, or make the column a number in the contract."
    )
    assert DECIMAL in advise(["87,0"], "points")["points"]


def test_with_the_comma_the_point_is_told() -> None:
    sentence = advise(["4.5", "4,5"], style=COMMA)["price"]
    assert '1 value is not read as a number: "4.5"; if the point is the decimal' in sentence
    assert "remove the thousands" in advise(["1.234,5"], style=COMMA)["price"]


def test_a_column_of_numbers_alone_gets_no_advice() -> None:
    assert advise([None, "4.5"]) == advise(["4,5", None], style=COMMA) == {}
    assert advise(["NA", "1"], style=NumberStyle(nulls=("NA",))) == {}


@pytest.mark.slow
def test_a_file_that_is_rejected_for_its_numbers_names_the_option(tmp_path: Path) -> None:
    from data_contracts.matching import match_columns
    from tasks.validate import add_advice

    stars = {"minimum": 0, "maximum": 5}
    contract = make_contract(
        tmp_path,
        [critical(column("stars", "number", stars, role="target")), column("text", role="text")],
    )
    header = ["text", "stars"]
    rows = pa.table({"0": ["A firm beer."] * 20, "1": [*["4,5"] * 10, *["4"] * 10]})
    for style, said in ((PLAIN, True), (COMMA, False)):
        typed = type_reviews(contract, header, Tally(header).make_part(rows), style)
        judged = assess_table(contract, match_columns(contract, header), typed, {})
        reasons = add_advice(
            contract, judged, advise_on_numbers(contract, FrameCounts(typed))
        ).reasons
        assert any('"4,5"; if the comma is the decimal' in reason for reason in reasons[:1]) == said
