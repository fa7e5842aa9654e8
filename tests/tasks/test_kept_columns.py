"""Columns of a scored file that are copied into the scores and the rejects."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.configuration.errors import UsageError
from tasks.score import Scores
from tasks.sources import new_reviews
from tasks.storage.store import Store
from tests.tasks.test_score import GOOD, read_rejects, run_score

pytestmark = pytest.mark.heavy

Table = dict[str, list[Any]]


def write_csv(path: Path, table: Table) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([table, *zip(*table.values(), strict=True)])


def write_lines(path: Path, table: Table) -> None:
    rows = (dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True))
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_parquet(path: Path, table: Table) -> None:
    pq.write_table(pa.table(table), path)


WRITERS: dict[str, Callable[[Path, Table], None]] = {
    "new.csv": write_csv,
    "new.jsonl": write_lines,
    "new.parquet": write_parquet,
}


def score_file(
    served: Store, folder: Path, table: Table, keep: list[str], name: str = "new.csv"
) -> Scores:
    WRITERS[name](folder / name, table)
    return run_score(served, folder / name, folder / "scores.parquet", keep=keep)


def read_kept(folder: Path, name: str) -> dict[int, str | None]:
    """Read a kept column of the scores and of the rejects, by the row's number."""
    scored = pq.read_table(folder / "scores.parquet", columns=["row_number", name]).to_pylist()
    kept = {row["row_number"]: row[name] for row in scored}
    rejects = read_rejects(folder / "scores.parquet")
    return kept | {int(row["row_number"]): row[name] for row in rejects}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("part_rows", [1, 2, 16_384])
def test_columns_are_kept_as_they_are_written_for_scored_and_rejected_rows(
    served: Store, tmp_path: Path, name: str, part_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_reviews, "PART_ROWS", part_rows)
    ids = ["007", " 1.50 ", "NaN", "<NA>", "größer, “so”", "a\nb"]
    table = {"a,b": ids, "description": [GOOD, "", GOOD, "short", GOOD, GOOD], "größe": ids[::-1]}
    ended = score_file(served, tmp_path, table, ["a,b", "GRÖSSE"], name)
    assert (ended.scored, ended.rejected) == (4, 2)
    assert read_kept(tmp_path, "a,b") == dict(enumerate(ids))
    assert read_kept(tmp_path, "GRÖSSE") == dict(enumerate(ids[::-1]))
    schema = pq.read_schema(tmp_path / "scores.parquet")
    assert schema.names[-3:] == ["model_version", "a,b", "GRÖSSE"]
    assert schema.types[-2:] == [pa.string()] * 2
    assert list(read_rejects(tmp_path / "scores.parquet")[0])[-2:] == ["a,b", "GRÖSSE"]


def test_an_empty_field_is_null(served: Store, tmp_path: Path) -> None:
    score_file(served, tmp_path, {"id": ["", "1"], "description": [GOOD, "short"]}, ["id"])
    assert read_kept(tmp_path, "id") == {0: None, 1: "1"}


def test_numbers_of_json_and_parquet_are_kept_as_texts(served: Store, tmp_path: Path) -> None:
    (tmp_path / "new.jsonl").write_text(f'{{"id": 1.50, "description": "{GOOD}"}}\n')
    run_score(served, tmp_path / "new.jsonl", tmp_path / "scores.parquet", keep=["id"])
    assert read_kept(tmp_path, "id") == {0: "1.50"}
    score_file(served, tmp_path, {"id": [12], "description": [GOOD]}, ["id"], "new.parquet")
    assert read_kept(tmp_path, "id") == {0: "12"}


def test_the_text_itself_can_be_kept(served: Store, tmp_path: Path) -> None:
    score_file(served, tmp_path, {"Description": [GOOD, "NaN"]}, ["description"])
    # What counts as empty in the text is rejected, as it is without the option.
    assert read_kept(tmp_path, "description") == {0: GOOD, 1: ""}


def test_a_row_that_breaks_two_rules_or_cannot_be_read_keeps_its_columns(
    served: Store, tmp_path: Path
) -> None:
    source = tmp_path / "new.csv"
    source.write_text(f"id,description\n7,!\x01!\n8\n9,{GOOD}\n")
    run_score(served, source, tmp_path / "scores.parquet", keep=["id"])
    found = [(row["row_number"], row["id"]) for row in read_rejects(tmp_path / "scores.parquet")]
    assert found == [("0", "7"), ("0", "7"), ("0", "7"), ("1", "")]


def test_formulas_in_kept_columns_are_defused_in_the_rejects_alone(
    served: Store, tmp_path: Path
) -> None:
    table = {"=id": ["=1+1", "=cmd|' /C calc'!A0"], "description": ["short", GOOD]}
    score_file(served, tmp_path, table, ["=id"])
    (reject,) = read_rejects(tmp_path / "scores.parquet")
    assert reject["'=id"] == "'=1+1"
    assert pq.read_table(tmp_path / "scores.parquet")["=id"].to_pylist() == [table["=id"][1]]


@pytest.mark.parametrize(
    ("header", "keep", "kept"),
    [
        ("id,description", "id", "1"),
        ("\ufeffid,description", "ID", "1"),
        ("My Id,description", "my_id", "1"),
        ("id,ID,description", "ID", "2"),
        (",description", "review_index", "1"),
        ("prediction,description", "prediction", "1"),
        ("value,description", "value_", "1"),
        ("unreadable,description", "unreadable", "1"),
        ("lower_80,description", "Lower 80", "1"),
    ],
)
def test_a_column_is_found_by_its_name_and_kept_under_the_name_that_was_asked_for(
    served: Store, tmp_path: Path, header: str, keep: str, kept: str
) -> None:
    fields = ",".join(str(n + 1) for n in range(header.count(",")))
    (tmp_path / "new.csv").write_text(f"{header}\n{fields},{GOOD}\n")
    run_score(served, tmp_path / "new.csv", tmp_path / "scores.parquet", keep=[keep])
    assert read_kept(tmp_path, keep) == {0: kept}


@pytest.mark.parametrize(
    ("header", "keep", "says"),
    [
        ("id,name,description", "nr", 'no column "nr" for --keep; the columns are id, name, desc'),
        ("id,description", "", 'no column "" for --keep'),
        ("id,ID,description", "Id", '--keep "Id" matches "id" (column 1) and "ID" (column 2); wri'),
        ("id,id,description", "id", '"id" (column 1) and "id" (column 2)'),
        ("row_number,description", "row_number", 'as in --keep "row_number_": it matches the same'),
        ("predicted_points,description", "predicted_points", "have a column of this name"),
        ("Upper_95,description", "Upper_95", "have a column of this name"),
        ("model_version,description", "model_version", "have a column of this name"),
        ("Value,description", "Value", "the rejects have a column of this name"),
    ],
)
def test_a_column_that_cannot_be_kept_ends_the_run_before_anything_is_written(
    served: Store, tmp_path: Path, header: str, keep: str, says: str
) -> None:
    fields = ",".join(str(n) for n in range(header.count(",")))
    (tmp_path / "new.csv").write_text(f"{header}\n{fields},{GOOD}\n")
    with pytest.raises(UsageError, match=r"\Anew\.csv: [^\n]+\Z") as caught:
        run_score(served, tmp_path / "new.csv", tmp_path / "scores.parquet", keep=[keep])
    assert says in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["new.csv"]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_cells=st.lists(cells, min_size=1, max_size=20), name=st.sampled_from([*WRITERS]))
def test_any_texts_are_kept_beside_their_reviews(
    served: Store, tmp_path: Path, given_cells: list[str], name: str
) -> None:
    table = {"id": given_cells, "description": [GOOD] * len(given_cells)}
    score_file(served, tmp_path, table, ["id"], name)
    expected = {row: text or None for row, text in enumerate(given_cells)}
    assert read_kept(tmp_path, "id") == expected
