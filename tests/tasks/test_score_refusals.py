"""Files and champions that scoring refuses, and what it says of them."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from tasks.champions.champion import ChampionRegistry
from tasks.champions.installation import install
from tasks.champions.served_champion import find_champion
from tasks.configuration.errors import SourceError, StoreError
from tasks.score import write_files
from tasks.storage.store import Store
from tests.champions import about, write_sources
from tests.contracts import STARS_COLUMNS, WINE, make_contract
from tests.served_champions import forget_intervals, install_again, install_champion, write_texts
from tests.tasks.test_score import GOOD, run_score

pytestmark = pytest.mark.heavy


def write_source(folder: Path, content: bytes) -> tuple[Path, Path]:
    """Write a file to score, and old scores."""
    source, output = folder / "new.csv", folder / "scores.parquet"
    source.write_bytes(content)
    output.write_text("old")
    return source, output


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("country\nItaly\n", "no column description"),
        ("description,Description\nx,y\n", "both match the column description"),
        ("description\n", "There is no review in the file."),
        ("description\nshort\n!!!\n", "None of the 2 reviews keeps"),
        ("description\nshort\n", "The only review breaks"),
    ],
)
def test_where_nothing_can_be_scored_the_old_scores_stay(
    served: Store, tmp_path: Path, content: str, reason: str
) -> None:
    source, output = write_source(tmp_path, content.encode())
    ended = run_score(served, source, output)
    assert reason in " ".join(ended.reasons)
    assert ended.scored == 0
    assert output.read_text() == "old"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"description\n" + b"A firm wine of some length.\n" * 50 + b'"open\nx', "line 52"),
        (b"description\nA firm wine \xff of some length.\n", "line 2: byte 0xFF in "),
        ("description\nA firm wine of some length.\n".encode("utf-16-le"), "line 1: a NUL byte"),
        (b"description\n" + b"A firm wine.\n" * 50 + b'"firm" wine\n', "line 52: a quote that is"),
    ],
)
def test_a_file_that_is_no_sound_csv_is_told_with_its_line_and_changes_nothing(
    served: Store, tmp_path: Path, content: bytes, says: str
) -> None:
    source, output = write_source(tmp_path, content)
    with pytest.raises(SourceError, match=f"new.csv: {says}"):
        run_score(served, source, output)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.csv", "scores.parquet"]
    assert output.read_text() == "old"


def test_a_large_field_is_refused_part_by_part_too(served: Store, tmp_path: Path) -> None:
    source = write_texts(tmp_path / "new.csv", [GOOD, "x" * 5_000])
    with pytest.raises(SourceError, match="line 3: a field of 5,000 bytes"):
        run_score(served, source, tmp_path / "scores.parquet", field_bytes_max=1_000)


def test_a_row_larger_than_what_is_read_at_a_time_is_refused(served: Store, tmp_path: Path) -> None:
    source = tmp_path / "new.csv"
    columns = ["title", "variety", "winery", "province", "country", "description"]
    row = ",".join(["x" * 900] * 5 + ["x" * 40_000])
    source.write_text(",".join(columns) + "\n" + f"{row}\n" * 3)
    with pytest.raises(SourceError, match="line 2: a row of more than 16,000 bytes"):
        run_score(served, source, tmp_path / "scores.parquet", field_bytes_max=1_000)
    assert [p.name for p in tmp_path.iterdir()] == ["new.csv"]


def test_a_champion_without_intervals_is_refused_with_what_to_do(store: Store) -> None:
    install_champion(store, "old")
    forget_intervals(store, "old")
    with pytest.raises(StoreError, match="older than prediction intervals; move"):
        find_champion(store, WINE)


def test_the_ids_of_contracts_with_a_champion_are_told(store: Store, tmp_path: Path) -> None:
    stars = make_contract(tmp_path, STARS_COLUMNS)
    with pytest.raises(StoreError, match=f"no champion of the contract {stars.name}; retrain"):
        find_champion(store.scoped(stars.scope), stars)
    install_champion(store, "wine")
    install_champion(store.scoped("beers-12345678"), "beers")
    teas = ChampionRegistry(store.scoped("teas-12345678"))
    lineage = about("teas")["lineage"] | {"contract": "urn:teas"}
    install(teas, [], write_sources(tmp_path, {"a": b"x"}), **about("teas", lineage=lineage))
    told = (
        f"no champion of the contract {stars.name}, whose id is {stars.id}, only of"
        f" {WINE.id}, beers-12345678, urn:teas; retrain"
    )
    with pytest.raises(StoreError, match=told):
        find_champion(store.scoped(stars.scope), stars)
    assert find_champion(store, stars).version == "wine"


def test_a_champion_that_is_no_model_is_told_in_one_line(store: Store, tmp_path: Path) -> None:
    install_champion(store, "bad")
    (store.root / "made" / "bad" / "model.keras").write_bytes(b"no model")
    install_again(store, "bad")
    source = write_texts(tmp_path / "new.csv", [GOOD])
    with pytest.raises(StoreError, match="the model cannot be loaded") as caught:
        run_score(store, source, tmp_path / "scores.parquet")
    assert "\n" not in str(caught.value)


def test_what_cannot_be_read_meanwhile_is_not_blamed_on_the_output(tmp_path: Path) -> None:
    """The store, which the source is read from, may lie in the folder of the scores."""

    def refuse(path: Path) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))
        yield

    model: Any = SimpleNamespace(schema=lambda: pa.schema([]), version="v", dataset=WINE.dataset)
    source, output = tmp_path / "store/fetch/source", tmp_path / "scores.parquet"
    with pytest.raises(PermissionError):
        write_files(model, refuse(source), output, {})
    with pytest.raises(StoreError, match="choose another folder with --output"):
        write_files(model, refuse(output), output, {})
