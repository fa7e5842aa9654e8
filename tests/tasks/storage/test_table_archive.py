from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.storage.table_archive import TableArchive, write_archive

TABLES = {
    "numbers": pa.table({"n": [1, 2, None]}).replace_schema_metadata({"rows": "3"}),
    "nothing": pa.table({"t": pa.array([], pa.string())}),
    "('a', 'b')": pa.table({"value": ["é", "b"], "count": pa.array([2, 1], pa.int64())}),
}


def test_tables_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_archive(tmp_path / "tables", TABLES.items())
    archive = TableArchive(tmp_path / "tables")
    assert list(archive) == list(TABLES)
    for name, table in TABLES.items():
        assert archive[name].equals(table, check_metadata=True)
    with pytest.raises(KeyError, match="other"):
        archive["other"]


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    write_archive(tmp_path / "one", TABLES.items())
    pieces = pa.concat_tables([TABLES["numbers"].slice(0, 1), TABLES["numbers"].slice(1)])
    write_archive(tmp_path / "other", (TABLES | {"numbers": pieces}).items())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_no_tables_are_an_archive(tmp_path: Path) -> None:
    write_archive(tmp_path / "tables", [])
    assert list(TableArchive(tmp_path / "tables")) == []
