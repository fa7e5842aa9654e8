from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts.contract import Contract
from tasks.deliveries.references import Comparison
from tasks.storage.artifacts import Output, digest_file
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tasks.validate import validate_reviews
from tests.bad_inputs import demo_csv
from tests.contracts import WINE
from tests.ingested import fetch_bytes, ingest

# Each asks the whole contract, which takes Great Expectations most of a second.
pytestmark = pytest.mark.slow

FORMULA = '=HYPERLINK("http://evil.example")'


def validate(
    store: Store,
    csv_bytes: bytes,
    comparison: Comparison | None = None,
    contract: Contract = WINE,
) -> tuple[Output, Path]:
    """Validate a CSV's bytes with the plain function beneath the stage."""
    ingested = ingest(store, fetch_bytes(store, csv_bytes), contract)
    workspace = Workspace(store.objects, store.root / "work", "source.csv")
    compared = comparison or Comparison()
    output = validate_reviews.__wrapped__(workspace, ingested, None, contract, compared)
    return output, workspace.output


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return demo_csv(tmp_path_factory.mktemp("demo"))


def test_a_sound_file_passes_whole(store: Store, reviews: bytes) -> None:
    output, folder = validate(store, reviews)
    assert output.facts["verdict"] == "Accepted"
    assert output.facts["failures"] == []
    assert pq.read_table(folder / "valid.parquet").num_rows == 400
    assert pq.read_table(folder / "rejects.parquet").num_rows == 0
    assert "No rule is broken." in (folder / "data_quality.md").read_text()
    assert (
        "(CSV in UTF-8, with commas between fields)" in (folder / "data_quality.html").read_text()
    )


def test_a_bad_row_is_left_out_and_kept_safely(store: Store, reviews: bytes) -> None:
    points = FORMULA.replace('"', '""')
    row = f'400,Italy,"The wine is fine and firm.",,"{points}",20,X,,,,,T,V,W\n'
    output, folder = validate(store, reviews + row.encode())
    assert output.facts["verdict"] == "Accepted"
    assert output.facts["rejected"] == 1
    assert pq.read_table(folder / "valid.parquet")["row_number"].to_pylist() == list(range(400))
    with (folder / "rejects.csv").open(encoding="utf-8", newline="") as file:
        rejects = list(csv.DictReader(file))
    assert {(r["row_number"], r["rule"], r["column"]) for r in rejects} == {
        ("400", "points_type", "points")
    }
    assert not any(r["value"].startswith(("=", "+", "-", "@")) for r in rejects)
    page = (folder / "data_quality.html").read_text(encoding="utf-8")
    assert "1 row is" in page
    assert "row 400" in (folder / "data_quality.md").read_text(encoding="utf-8")


def test_rows_that_cannot_be_read_are_rejects_that_no_other_rule_sees(
    store: Store, reviews: bytes
) -> None:
    lines = reviews.splitlines(keepends=True)
    lines[8] = b"7,Italy\n"
    lines[300] = b",,,,,,,,,,,,,\n"
    output, folder = validate(store, b"".join([*lines, b'400,"cut']))
    assert output.facts["verdict"] == "Accepted"
    assert (output.facts["rows"], output.facts["rejected"]) == (400, 2)
    assert [f["rule"] for f in output.facts["failures"]] == ["rows_readable"]
    with (folder / "rejects.csv").open(encoding="utf-8", newline="") as file:
        rejects = [(r["row_number"], r["rule"], r["value"]) for r in csv.DictReader(file)]
    assert rejects == [
        ("7", "rows_readable", '2 fields where the header names 14: "7,Italy"'),
        ("400", "rows_readable", 'the file ends within a field of this line: "400,"cut"'),
    ]
    left = pq.read_table(folder / "valid.parquet")["row_number"].to_pylist()
    assert left == [row for row in range(400) if row not in (7, 299)]
    for name in ("data_quality.html", "data_quality.md"):
        page = (folder / name).read_text(encoding="utf-8").replace("\\", "")
        assert "1 row holds no value and was skipped." in page
        assert "Warning: the file looks truncated" in page


def test_a_rejected_file_has_reports_and_no_valid_rows(store: Store, reviews: bytes) -> None:
    output, folder = validate(store, reviews.replace(b"points", b"<script>", 1))
    assert output.facts["verdict"] == "DataRejected"
    assert not (folder / "valid.parquet").exists()
    page = (folder / "data_quality.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "<script>" not in (folder / "data_quality.md").read_text(encoding="utf-8")


def test_what_follows_depends_on_the_valid_rows_alone(store: Store, reviews: bytes) -> None:
    output, _ = validate(store, reviews)
    bad_row = b"400,Italy,!,,90,20,X,,,,,T,V,W\n"
    with_reject, _ = validate(store, reviews + bad_row)
    assert with_reject.facts != output.facts
    assert with_reject.digest == output.digest


def test_the_valid_rows_keep_the_contracts_types(store: Store, reviews: bytes) -> None:
    _, folder = validate(store, reviews)
    schema = pq.read_schema(folder / "valid.parquet")
    assert schema.field("points").type == pa.int64()
    assert schema.field("price").type == pa.float64()
    assert not [name for name in schema.names if name in WINE.as_written.values()]


def test_no_line_or_cell_of_the_rejects_begins_with_a_formula(store: Store, reviews: bytes) -> None:
    texts = ["<b>x</b>\r=1+1", "<b>x</b>;=A1", "<b>x</b>\n=1", "<b>x</b>\t@x", "=<b>", '<b>"\r\n+1']
    rows = [
        f'{400 + n},Italy,"{text.replace(chr(34), chr(34) * 2)}",,90,20,X,,,,,A title,V,W\n'
        for n, text in enumerate(texts * 2)
    ]
    _, folder = validate(store, reviews + "".join(rows).encode())
    written = (folder / "rejects.csv").read_bytes().decode()
    starts = re.split(r'[\r\n;\t|]|","|^"|"$', written)
    assert len(starts) > 50
    assert not [cell for cell in starts if re.match(r'"?\s*[=+\-@]', cell)]


def test_of_a_file_that_is_wrong_everywhere_so_many_rows_are_listed(
    store: Store, reviews: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_contracts.judgement.REJECTS_LISTED_MAX", 50)
    output, folder = validate(store, reviews.replace(b". ", b". <b>"))
    assert output.facts["verdict"] == "DataRejected"
    assert output.facts["rejected"] == 400
    listed = pq.read_table(folder / "rejects.parquet").to_pandas()
    assert listed["rule"].value_counts().to_dict() == {"description_markup": 50}


def test_values_are_listed_as_they_stand_in_the_file(store: Store, reviews: bytes) -> None:
    bad = b"1234574,Italy,The wine is fine and firm.,,105,20,X,,,,,T,V,W\n"
    empty = b"401,Italy,The wine is fine and ripe.,,,20,X,,,,,T,V,W\n"
    output, folder = validate(store, reviews + bad + empty)
    listed = pq.read_table(folder / "rejects.parquet").to_pylist()
    assert [(r["rule"], r["value"]) for r in listed] == [
        ("points_range", "105"),
        ("points_required", ""),
    ]
    ranges = [f for f in output.facts["failures"] if f["rule"] == "points_range"]
    assert ranges[0]["examples"] == ((400, "105"),)


def test_a_file_without_points_is_rejected_with_all_reports(store: Store, reviews: bytes) -> None:
    _, folder = validate(store, reviews)
    path = store.root / "profile.json"
    path.write_bytes((folder / "profile.json").read_bytes())
    itself = {"name": "itself", "digest": digest_file(path), "path": path.name}
    comparison = Comparison.model_validate({"last": itself, "champion": itself})
    empty = pd.read_csv(io.BytesIO(reviews), dtype="str").assign(points="many")
    empty = empty.rename(columns={"Unnamed: 0": ""})
    output, folder = validate(store, empty.to_csv(index=False).encode(), comparison)
    assert output.facts["verdict"] == "DataRejected"
    for name in ("data_quality.html", "data_quality.md", "data_docs/index.html", "rejects.csv"):
        assert (folder / name).is_file()
