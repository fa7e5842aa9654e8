"""Deliveries of many files through the commands: from folders, globs and a bucket."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tasks.storage.opening import open_store
from tests.bad_inputs import lines
from tests.commands import Ended, check_data, retrain, score
from tests.s3_server import S3Server
from tests.served_champions import install_champion
from tests.tasks.test_score import GOOD

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

FILES = 7


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 700 made-up reviews."""
    from tasks.sources.demo_reviews import write_demo_csv

    path = tmp_path_factory.mktemp("whole") / "reviews.csv"
    write_demo_csv(path, 700, seed=3)
    return path


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """The same reviews in seven files."""
    header, *rows = lines(whole.read_bytes())
    made = tmp_path / "delivery"
    made.mkdir()
    for number in range(FILES):
        part = rows[number * 100 : number * 100 + 100]
        (made / f"part{number}.csv").write_bytes(b"".join([header, *part]))
    return made


def found_by(ended: Ended, store: Path) -> dict[str, bytes]:
    """What a check found, without what names the source."""
    page = Path(ended.answer["report"])
    names = ("findings.json", "profile.json", "valid.parquet", "rejects.parquet")
    return {name: (page.parent / name).read_bytes() for name in names}


def times_of(store: Path) -> dict[Path, int]:
    """When each fetched or read file was written."""
    files = [path for name in ("fetch", "read") for path in store.glob(f"{name}/*/*/*")]
    return {path: path.stat().st_mtime_ns for path in files}


def test_seven_files_are_the_same_delivery_as_one(
    whole: Path, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = []
    for number, (source, rows) in enumerate(
        [(whole, 100_000), (folder, 100_000), (f"{folder}/part*.csv", 10), (whole, 64)]
    ):
        store = tmp_path / f"store{number}"
        ended = check_data(capfd, store, f"--source={source}", f"--ingest.partition-rows={rows}")
        assert ended.code == 0, ended.errors
        answers.append(found_by(ended, store))
    assert all(answer == answers[0] for answer in answers)


def test_one_more_file_alone_is_fetched_and_read(
    whole: Path, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    last = folder / f"part{FILES - 1}.csv"
    waiting = last.rename(tmp_path / last.name)
    check_data(capfd, store, f"--source={folder}")
    before = times_of(store)
    assert check_data(capfd, store, f"--source={folder}").worked == set()
    waiting.rename(last)
    ended = check_data(capfd, store, f"--source={folder}")
    assert (ended.code, ended.answer["rows"]) == (0, 700)
    after = times_of(store)
    assert after.items() >= before.items()
    # The file and the list of files; its partition and what is known of it.
    assert len(after) - len(before) == 2 + 2


def test_what_is_odd_about_files_is_on_the_page(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    assert check_data(capfd, store, f"--source={folder}").code == 0
    shutil.copy(folder / "part1.csv", folder / "part9.csv")
    (folder / "part5.csv").unlink()
    # The number of points of one row is off the scale.
    rows = list(csv.reader((folder / "part3.csv").read_text().splitlines()))
    points = rows[0].index("points")
    rows[4][points] = "900"
    with (folder / "part3.csv").open("w", newline="") as file:
        csv.writer(file).writerows([name for n, name in enumerate(row) if n != 1] for row in rows)
    ended = check_data(capfd, store, f"--source={folder}")
    page = Path(ended.answer["report"])
    for text in (page.read_text(), (page.parent / "data_quality.md").read_text().replace("\\", "")):
        assert "the same bytes are in part1.csv: part9.csv" in text
        assert "missing since the last accepted delivery: part5.csv" in text
        assert "Another header than in part0.csv is in part3.csv: missing country" in text
        assert "row 3 of part3.csv" in text
    (reject,) = csv.DictReader((page.parent / "rejects.csv").read_text().splitlines())
    assert (reject["row_number"], reject["file"], reject["file_row"]) == ("303", "part3.csv", "3")


def test_scores_name_the_file_of_each_review(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = open_store(str(tmp_path / "store"))
    store.create()
    install_champion(store, "v1")
    (folder / "part0.csv").write_text("description,note\n" + GOOD + ",x\n,y\n")
    ended = score(capfd, store.root, f"--source={folder}", f"--output={tmp_path}/scores.parquet")
    assert (ended.code, ended.answer["scored"]) == (0, 601), ended.errors
    scored = pq.read_table(tmp_path / "scores.parquet").to_pandas()
    assert scored.groupby("file").size().to_dict() == {
        f"part{n}.csv": 100 if n else 1 for n in range(FILES)
    }
    assert scored.groupby("file")["row_number"].max().tolist() == [0, *[99] * (FILES - 1)]
    (reject,) = csv.DictReader((tmp_path / "scores.rejects.csv").read_text().splitlines())
    assert (reject["file"], reject["row_number"]) == ("part0.csv", "1")
    (folder / "part6.csv").write_text(f"text\n{GOOD}\n")
    refused = score(capfd, store.root, f"--source={folder}", f"--output={tmp_path}/scores.parquet")
    assert refused.code == 3
    assert "part6.csv: The file has no column description" in refused.answer["reason"]


@pytest.fixture
def bucket_folder(s3_server: S3Server, folder: Path) -> Iterator[str]:
    """URL of the same seven files in a bucket."""
    from obstore.store import S3Store

    s3_server.make_bucket("deliveries")
    bucket = S3Store("deliveries")
    for path in folder.iterdir():
        bucket.put(f"{folder.parent.name}/{path.name}", path)
    bucket.put(f"{folder.parent.name}/_SUCCESS", b"x")
    return f"s3://deliveries/{folder.parent.name}"


def test_files_in_a_bucket_are_fetched_once(
    bucket_folder: str, whole: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from obstore.store import S3Store

    store = tmp_path / "store"
    expected = found_by(check_data(capfd, tmp_path / "other", f"--source={whole}"), tmp_path)
    for source in (bucket_folder, f"{bucket_folder}/", f"{bucket_folder}/part*.csv"):
        ended = check_data(capfd, store, f"--source={source}")
        assert ended.code == 0, ended.errors
        assert found_by(ended, store) == expected
        # A prefix that was never read before holds objects that were.
        assert ended.states["fetch"] == ("Completed" if source == bucket_folder else "Cached")
    planned = check_data(capfd, store, f"--source={bucket_folder}", "--dry-run")
    assert {*planned.states.values()} == {"Cached"}
    single = check_data(capfd, store, f"--source={bucket_folder}/part2.csv")
    assert single.answer["rows"] == 100
    name = bucket_folder.removeprefix("s3://deliveries/")
    content = bytes(S3Store("deliveries").get(f"{name}/part2.csv").bytes())
    S3Store("deliveries").put(f"{name}/part2.csv", b"".join(lines(content)[:-1]))
    ended = check_data(capfd, store, f"--source={bucket_folder}")
    assert (ended.states["fetch"], ended.answer["rows"]) == ("Completed", 699)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("s3://deliveries/nothing/", "there is no such object, and none below it"),
        ("s3://deliveries/*.parquet", "there is no such object, and none below it"),
        ("s3://no-such-bucket-here/x.csv", "there is no such"),
    ],
)
def test_what_is_not_in_a_bucket_is_told(
    bucket_folder: str,
    source: str,
    message: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    ended = check_data(capfd, tmp_path / "store", f"--source={source}")
    assert ended.code == 1
    assert f"{source}: " in ended.errors or "s3://no-such-bucket-here: " in ended.errors
    assert message in ended.errors
    assert "Traceback" not in ended.errors


def test_a_folder_is_trained_on_as_a_whole(
    whole: Path, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    splits = []
    for number, source in enumerate((whole, folder)):
        ended = retrain(capfd, tmp_path / f"store{number}", f"--source={source}")
        assert ended.code == 0, ended.errors
        (record,) = (tmp_path / f"store{number}/runs").glob("*.json")
        used = json.loads(record.read_text())["outputs"]
        splits.append(next(path for path in used if path.startswith("split/")))
        assert sum(path.startswith("read/") for path in used) == (1 if source == whole else FILES)
    # The cache key names the digest of the valid rows alone.
    assert splits[0] == splits[1]
