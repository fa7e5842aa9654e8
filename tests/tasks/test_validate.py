from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.engine.artifacts import Artifact, Output, canonical_json
from tasks.engine.store import Store
from tasks.engine.workspace import Workspace
from tasks.ingest import type_reviews
from tasks.parameters import IngestParameters
from tasks.references import Comparison
from tasks.sources.csv_table import read_csv_table
from tasks.sources.unpack import open_csv_text
from tasks.validate import defuse, validate_reviews
from tests.bad_inputs import demo_csv

FORMULA = '=HYPERLINK("http://evil.example")'


def validate(store: Store, csv_bytes: bytes) -> tuple[Output, Path]:
    """Validate a CSV's bytes with the plain function beneath the stage."""
    source = store.root / "source.csv"
    source.write_bytes(csv_bytes)
    parameters = IngestParameters()
    opener = partial(open_csv_text, source, parameters)
    header, table = read_csv_table(opener, parameters.field_bytes_max)
    ingested = Artifact(stage="ingest", address="0" * 32, digest="0")
    folder = store.root / ingested.path
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(type_reviews(header, table), folder / "reviews.parquet")
    (folder / "header.json").write_bytes(canonical_json(header))
    workspace = Workspace(store.root, store.root / "work", str(source))
    output = validate_reviews.__wrapped__(workspace, ingested, Comparison())
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
    assert not [name for name in schema.names if name.endswith("_as_written")]


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        (FORMULA, f"'{FORMULA}"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_formulas_are_defused(value: str, safe: str) -> None:
    assert defuse(value) == safe
