from __future__ import annotations

import pytest

from data_contracts.findings import Finding
from tasks.deliveries.partitions import DeliveredFile
from tasks.pages.quality_content import advise, group_examples
from tests.contracts import WINE
from tests.tasks.pages.quality_contents import BROKEN, COLUMNS, FAR, LOOSE, MOVED

pytestmark = pytest.mark.heavy


def test_rows_with_one_value_stand_together_and_long_texts_make_no_wall() -> None:
    texts = [letter * 100 for letter in "abcd"]
    finding = LOOSE._replace(examples=((1, "x"), (2000, "x"), *enumerate(texts, 3000), (4000, "")))
    assert group_examples(finding, [DeliveredFile("", 0, 5_000, [5_000])]) == [
        ("rows 1, 2,000", "x"),
        ("row 3,000", texts[0]),
        ("row 3,001", texts[1]),
        ("rows 3,002, 3,003", None),
        ("row 4,000", ""),
    ]


def test_a_row_of_many_files_is_named_with_its_file() -> None:
    files = [DeliveredFile("a.csv", 0, 2_000, [2_000]), DeliveredFile("b.csv", 2_000, 9, [9])]
    finding = LOOSE._replace(examples=((1_999, "x"), (2_000, "x"), (2_003, "y")))
    assert group_examples(finding, files) == [
        ("row 1,999 of a.csv, row 0 of b.csv", "x"),
        ("row 3 of b.csv", "y"),
    ]


@pytest.mark.parametrize(
    ("finding", "says"),
    [
        (MOVED, "another `--reference`, or with `--reference none`"),
        (FAR, "run again with `--reference none`"),
        (
            MOVED._replace(rule="points_against_champion"),
            "becomes what later files are compared with",
        ),
        (COLUMNS, None),
        (BROKEN, None),
        (BROKEN._replace(rule="of another contract"), None),
    ],
)
def test_advice_says_what_the_severity_does_not(finding: Finding, says: str | None) -> None:
    advice = advise(finding, WINE)
    assert (advice is None) == (says is None)
    assert (says or "") in (advice or "")
