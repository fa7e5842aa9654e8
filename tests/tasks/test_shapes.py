"""Files in the shapes that real files were found in: verdict, rules and message for each.

The table follows the README beside the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from data_contracts.matching import match_columns
from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.ingest import type_reviews
from tasks.sources.reading.source_table import read_table
from tests.assessments import assess_table
from tests.contracts import WINE, WINE_COLUMNS

SHAPES = Path(__file__).parents[3] / "shared/data/shapes"


class Shape(NamedTuple):
    """What should happen to a file.

    Attributes:
        rows: rows in the file that hold a value.
        said: part of a note, or of the reason to reject the file.
        broken: the rules that are broken.
        rejected: rows that are rejected, or all if the file is.
    """

    rows: int = 160
    said: str = ""
    broken: frozenset[str] = frozenset()
    rejected: int = 0


def columns(said: str = "", rows: int = 160) -> Shape:
    """A file that is accepted with a warning about its columns."""
    return Shape(rows, said, frozenset({"columns"}))


ACCEPTED = {
    "id_for_index.csv": Shape(said="`id` was read as review_index."),
    "unnamed_0.csv": Shape(said="`Unnamed: 0` was read as review_index."),
    "no_index.csv": columns(),
    "first_scrape.csv": columns(),
    "two_columns.csv": columns(),
    "one_more.csv": columns(),
    "other_order.csv": columns("The columns are in another order than in the contract."),
    "capitals.csv": Shape(said="`Region 1` was read as region_1."),
    "float_points.csv": Shape(),
    "tabs.tsv": Shape(),
    "utf16.csv": Shape(
        said="The file was read as UTF-16, as its byte order mark says.",
        broken=frozenset({"title_names_winery"}),
    ),
    "bom_crlf.csv": Shape(),
    "cr_only.csv": Shape(),
    "quoted_all.csv": Shape(),
    "short_line.csv": Shape(161, broken=frozenset({"rows_readable"}), rejected=1),
    "cut.csv": Shape(
        said="Warning: the file looks truncated", broken=frozenset({"rows_readable"}), rejected=1
    ),
    "nulls_spelled.csv": Shape(said="NaN and <NA> count as empty: 46 in designation, 15 in price"),
    "lines.jsonl": Shape(said="`index` was read as review_index."),
    "zip_made_on_a_mac.zip": Shape(120),
    "sep_line.csv": Shape(120),
    "empty_rows.csv": Shape(120, "5 rows hold no value and were skipped."),
    "two_index.csv": columns("`Unnamed: 0` is not used: review_index was read from", 120),
    "x000d.csv": Shape(120, broken=frozenset({"description_escapes"})),
    "trailing_comma.csv": columns("Column 15 has no name and is not used.", 120),
}
REJECTED = {
    "half_points.csv": Shape(160, "4 of 160 rows break points_type", rejected=4),
    "two_points.csv": Shape(160, "`points` and `Points` both match the column points"),
    "no_text.csv": Shape(160, "The file has no column description, the text; its columns are"),
    "mac_mojibake.csv": Shape(120, "120 of 120 rows break description_mojibake", rejected=120),
}
REFUSED: dict[str, tuple[str, dict[str, str]]] = {
    "semicolons.csv": ("add --ingest.delimiter semicolon", {"delimiter": "semicolon"}),
    "pipes.csv": ("separated by pipes, not commas", {"delimiter": "pipe"}),
    "cp1252.csv": ("line 2: byte 0xE8", {"encoding": "cp1252"}),
    "backslash_quotes.csv": ("add --ingest.quote backslash", {"quote": "backslash"}),
    "row_in_quotes.csv": ("saved the file without splitting its lines", {}),
    "array.csv": ("this is a JSON array, not CSV", {}),
    "title_line.csv": (
        'line 1: "my wines" looks like a title, and line 2 like the header; delete',
        {"skip_lines": "1"},
    ),
}
"""What the message says, and the options with which the file is accepted."""


def read(name: str, **options: Any) -> tuple[list[str], pa.Table, list[str]]:
    if not SHAPES.exists():
        pytest.skip(f"the shapes are not at {SHAPES}")
    reading = IngestParameters(**options).for_name(name)
    header, table, notes = read_table(SHAPES / name, WINE_COLUMNS, reading)
    return header, type_reviews(WINE, header, table), notes


def judge(name: str, **options: Any) -> tuple[Shape, list[str]]:
    """Judge a file as the gate does; return what happened to it, and the reasons to reject it."""

    header, reviews, notes = read(name, **options)
    matching = match_columns(WINE, header)
    judged = assess_table(WINE, matching, reviews, {})
    said = "\n".join([*notes, *matching.notes, *judged.reasons])
    broken = frozenset(f.rule for f in judged.checked.findings if f.passed is False)
    return Shape(reviews.num_rows, said, broken, judged.rejected), judged.reasons


def test_each_shape_is_in_a_table() -> None:
    if not SHAPES.exists():
        pytest.skip(f"the shapes are not at {SHAPES}")
    names = {path.name for path in SHAPES.iterdir()} - {"README.md"}
    assert names == {*ACCEPTED, *REJECTED, *REFUSED}


@pytest.mark.heavy
@pytest.mark.parametrize("name", ACCEPTED)
def test_a_shape_is_accepted(name: str) -> None:
    found, reasons = judge(name)
    assert reasons == []
    assert ACCEPTED[name].said in found.said
    assert found == ACCEPTED[name]._replace(said=found.said)


@pytest.mark.heavy
@pytest.mark.parametrize("name", REJECTED)
def test_a_shape_is_rejected(name: str) -> None:
    found, reasons = judge(name)
    expected = REJECTED[name]
    assert expected.said in "\n".join(reasons)
    assert (found.rows, found.rejected) == (expected.rows, expected.rejected)


@pytest.mark.parametrize("name", REFUSED)
def test_a_shape_is_refused_in_one_line_that_says_what_helps(name: str) -> None:
    says, options = REFUSED[name]
    with pytest.raises(SourceError, match=r"\A[^\n]+\Z") as caught:
        read(name)
    assert says in str(caught.value)
    for option, value in options.items():
        assert f"--ingest.{option.replace('_', '-')} {value}" in str(caught.value)


@pytest.mark.heavy
@pytest.mark.parametrize("name", [name for name, (_, options) in REFUSED.items() if options])
def test_a_refused_shape_is_accepted_with_the_option(name: str) -> None:
    found, reasons = judge(name, **REFUSED[name][1])
    assert reasons == []
    assert found.rejected == 0
    assert found.rows in (120, 160)


def texts_of(name: str, **options: Any) -> str:
    reviews = read(name, **options)[1]
    return " ".join(f"{text}" for column in reviews.columns for text in column.to_pylist())


@pytest.mark.parametrize(
    ("name", "options"),
    [("cp1252.csv", {"encoding": "cp1252"}), ("utf16.csv", {})],
)
def test_accents_are_right(name: str, options: dict[str, str]) -> None:
    texts = texts_of(name, **options)
    assert "é" in texts
    assert not any(mark in texts for mark in ("Ã", "√", "\ufffd"))


def test_backslashes_leave_no_trace() -> None:
    texts = texts_of("backslash_quotes.csv", quote="backslash")
    assert 'A "firm" wine' in texts
    assert "\\" not in texts


def test_mac_roman_is_named_as_the_wrong_encoding() -> None:
    (rule,) = [rule for rule in WINE.rules if rule.name == "description_mojibake"]
    assert "Mac Roman" in rule.meaning
    assert "Windows-1252" in rule.meaning
