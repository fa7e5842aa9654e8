"""Drafts of Parquet files: a check reads what a draft names, and a draft what a check reads."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts.contract import read_contract
from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.drafts import draft_from_file
from tasks.sources.reading import parquet
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.source_table import read_table
from tests.other_reviews import halves, make_reviews

pytestmark = pytest.mark.heavy

ROWS = 50
READ = {
    "bytes that are text": pa.array([b"red"] * ROWS),
    "list": pa.array([[1, 2]] * ROWS),
    "struct": pa.array([{"x": b"\xff"}] * ROWS),
    "map": pa.array([[("a", 1)]] * ROWS, pa.map_(pa.string(), pa.int64())),
    "decimal": pa.array([decimal.Decimal(n) / 4 for n in range(ROWS)]),
    "date": pa.array([datetime.date(2020, 1, 1)] * ROWS),
    "time stamp": pa.array([datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)] * ROWS),
    "duration": pa.array([datetime.timedelta(1)] * ROWS),
    "dictionary": pa.array(["red", "white"] * (ROWS // 2)).dictionary_encode(),
    "boolean": pa.array([True, False] * (ROWS // 2)),
    "nothing": pa.nulls(ROWS),
    "half float": pa.array([0.5] * ROWS, pa.float32()).cast(pa.float16()),
    "large integer": pa.array([2**64 - 1] * ROWS, pa.uint64()),
}
LEFT_OUT = {
    "bytes": (pa.array([b"\xff\xd8"] * ROWS), "holds bytes that are not valid UTF-8"),
    "fixed size": (pa.array([b"\xff\xd8"] * ROWS, pa.binary(2)), "holds bytes that are not valid"),
    "late": (pa.array([b"ok"] * (ROWS - 1) + [b"\xff"]), "holds bytes that are not valid UTF-8"),
    "page": (pa.array(["x" * 2_000_000, *"x" * (ROWS - 1)]), "holds a field of 2,000,000 bytes"),
}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "PART_ROWS", 20)


def draft(folder: Path, column: pa.Array, text: str = "text") -> tuple[str, list[str]]:
    """Draft from a file with this column; return what is said, and the contract's columns."""
    reviews = make_reviews(halves, rows=ROWS)
    file, output = folder / "made.parquet", folder / "made.odcs.yaml"
    texts = [[row[place] for row in reviews.rows] for place in (3, 4)]
    pq.write_table(pa.table([*texts, column], ["text", "stars", "odd"]), file)
    said = draft_from_file(file, text, "stars", output, IngestParameters(), overwrite=True)
    contract = read_contract(output)
    read_table(file, ExpectedColumns.of(contract), IngestParameters())
    return said, contract.schema.names


@pytest.mark.parametrize("kind", READ)
def test_a_column_of_any_type_is_drafted_and_read_again(tmp_path: Path, kind: str) -> None:
    said, names = draft(tmp_path, READ[kind])
    assert names == ["text", "stars", "odd"]
    assert "left out" not in said


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_a_column_that_is_no_text_is_left_out_and_told(tmp_path: Path, kind: str) -> None:
    column, why = LEFT_OUT[kind]
    said, names = draft(tmp_path, column)
    assert names == ["text", "stars"]
    assert f'note: left out of the draft: the column "odd" {why}' in said
    with pytest.raises(SourceError, match=f'made.parquet: the column "odd" {why}'):
        draft(tmp_path, column, text="odd")
