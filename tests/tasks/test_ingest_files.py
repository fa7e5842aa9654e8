"""Ingest of deliveries of many files, and in partitions of any size."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.deliveries.partitions import HEADER, NOTES, locate, read_files, read_partitions
from tasks.storage.artifacts import Artifact
from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tests.ingested import fetch_bytes, fetch_files, ingest

COLUMNS = "description,points,country"


def csv(*rows: str, header: str = COLUMNS) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def make_rows(count: int, start: int = 0) -> list[str]:
    return [f"A wine with the number {n},{80 + n % 20},Chile" for n in range(start, start + count)]


def reader(store: Store) -> Workspace:
    return Workspace(store.objects, store.root / "reader", "the source")


def read(store: Store, made: Artifact) -> pa.Table:
    return pa.concat_tables(read_partitions(reader(store), made)).combine_chunks()


def notes_of(store: Store, made: Artifact) -> list[str]:
    notes: list[str] = reader(store).read_json(made, NOTES)
    return notes


@given(
    rows=st.integers(1, 30),
    cuts=st.sets(st.integers(1, 29), max_size=4),
    blank=st.sets(st.integers(0, 29), max_size=3),
    partition_rows=st.integers(1, 40),
)
def test_files_and_partitions_change_no_row(
    rows: int,
    cuts: set[int],
    blank: set[int],
    partition_rows: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    store = open_store(str(tmp_path_factory.mktemp("ingest") / "store"))
    store.create()
    lines = [",," if n in blank else row for n, row in enumerate(make_rows(rows))]
    ends = [0, *sorted(cut for cut in cuts if cut < rows), rows]
    parts = [csv(*lines[start:end]) for start, end in pairwise(ends)]
    assume(len({*parts}) == len(parts))
    fetched = fetch_files(store, {f"{n}.csv": content for n, content in enumerate(parts)})
    whole = ingest(store, fetch_bytes(store, csv(*lines)))
    cut = ingest(store, fetched, parameters=IngestParameters(partition_rows=partition_rows))
    assert read(store, cut).equals(read(store, whole))
    sizes = [size for file in read_files(reader(store), cut) for size in file.sizes]
    assert max(sizes) <= partition_rows
    assert cut.facts["rows"] == sum(sizes) == whole.facts["rows"]


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 20])
def test_partitions_are_full_but_the_last(store: Store, rows: int) -> None:
    parameters = IngestParameters(partition_rows=10)
    made = ingest(store, fetch_bytes(store, csv(*make_rows(rows))), parameters=parameters)
    (file,) = read_files(reader(store), made)
    assert file.sizes == ([10] * (rows // 10) + [rows % 10] * (rows % 10 > 0) or [0])
    assert read(store, made)["row_number"].to_pylist() == list(range(rows))


def test_appended_rows_change_no_full_partition(store: Store) -> None:
    parameters = IngestParameters(partition_rows=10)
    before, after = (
        ingest(store, fetch_bytes(store, csv(*make_rows(rows))), parameters=parameters).files
        for rows in (25, 31)
    )
    same = [name for name in before if name.endswith(".parquet") and before[name] == after[name]]
    assert same == ["00000-00000.parquet", "00000-00001.parquet"]


def test_only_what_is_new_is_read(store: Store) -> None:
    contents = {f"{n}.csv": csv(*make_rows(5, 5 * n)) for n in range(3)}
    first = ingest(store, fetch_files(store, contents))
    contents |= {"1.csv": csv(*make_rows(6, 50)), "3.csv": csv(*make_rows(5, 90))}
    second = ingest(store, fetch_files(store, contents))
    assert len({*first.units} & {*second.units}) == 2
    assert len(second.units) == 4


def test_a_row_is_located_in_its_file(store: Store) -> None:
    contents = {"a.csv": csv(*make_rows(3), ",,"), "b.csv": csv(*make_rows(2, 10))}
    made = ingest(store, fetch_files(store, contents))
    files = read_files(reader(store), made)
    located = [locate(files, row) for row in read(store, made)["row_number"].to_pylist()]
    assert located == [("a.csv", 0), ("a.csv", 1), ("a.csv", 2), ("b.csv", 0), ("b.csv", 1)]


def test_other_headers_are_joined_and_told(store: Store) -> None:
    other = csv("80,Peru,red,A wine", header="Points,country,colour,description")
    contents = {
        "a.csv": csv(*make_rows(1)),
        "b.csv": other,
        "c.csv": other + b"81,Peru,red,A good wine\n",
        "d.csv": csv("A fine wine,90", header="description,points"),
    }
    made = ingest(store, fetch_files(store, contents))
    assert reader(store).read_json(made, HEADER) == [*COLUMNS.split(","), "colour"]
    assert notes_of(store, made) == [
        "Another header than in a.csv is in b.csv, c.csv: added colour.",
        "Another header than in a.csv is in d.csv: missing country.",
    ]
    table = read(store, made)
    assert table["points"].to_pylist() == [80, 80, 80, 81, 90]
    assert table["country"].to_pylist() == ["Chile", "Peru", "Peru", "Peru", None]


def test_a_file_with_two_columns_for_one_is_left_to_the_validation(store: Store) -> None:
    clash = csv("A wine,80,81", header="description,points,Points ")
    made = ingest(store, fetch_files(store, {"a.csv": csv(*make_rows(1)), "b.csv": clash}))
    assert reader(store).read_json(made, HEADER) == ["description", "points", "Points "]
    assert notes_of(store, made) == ["b.csv: its columns cannot be told apart."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"How the files were made\nBy hand, from notes\n", "column description, points"),
        (csv("Firm,Chile", header="description,country"), "column points; its columns are"),
        (csv("81,Chile", header="points,country"), "column description; its columns are"),
    ],
)
def test_one_of_several_files_without_text_or_target_is_named(
    content: bytes, said: str, store: Store
) -> None:
    contents = {"a.txt": content, "b.csv": csv(*make_rows(2))}
    with pytest.raises(SourceError, match=rf"^the source: a\.txt: the file has no {said}") as told:
        ingest(store, fetch_files(store, contents))
    assert "take it out of the folder" in str(told.value)
    # Alone, it gets a report.
    assert ingest(store, fetch_bytes(store, content)).facts["rows"] == 1


def test_files_with_other_delimiters_are_told_of_auto(store: Store) -> None:
    other = csv("A wine;82;Peru").replace(b",", b";")
    fetched = fetch_files(store, {"a.csv": csv(*make_rows(1)), "b.csv": other})
    with pytest.raises(SourceError, match=r"b\.csv: .*--ingest\.delimiter auto finds"):
        ingest(store, fetched)
    made = ingest(store, fetched, parameters=IngestParameters(delimiter="auto"))
    assert read(store, made)["points"].to_pylist() == [80, 82]


def test_the_same_note_about_several_files_is_told_once(store: Store) -> None:
    rows = [csv(*make_rows(1, n), ",,") for n in range(7)]
    made = ingest(store, fetch_files(store, {f"{n}.csv": row for n, row in enumerate(rows)}))
    assert notes_of(store, made) == [
        "0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 2 more: 1 row holds no value and was skipped."
    ]


def test_a_file_that_is_no_table_is_named_with_what_to_do(store: Store) -> None:
    contents = {"a.csv": csv(*make_rows(1)), "z.html": b"<html><body>reviews</body></html>"}
    with pytest.raises(SourceError, match=r"^the source: z\.html: .*take it out of the folder"):
        ingest(store, fetch_files(store, contents))


def test_a_name_says_how_its_file_is_written(store: Store) -> None:
    tabs = csv("A wine,82,Peru").replace(b",", b"\t")
    made = ingest(store, fetch_files(store, {"a.csv": csv(*make_rows(1)), "b.tsv": tabs}))
    assert read(store, made)["points"].to_pylist() == [80, 82]
