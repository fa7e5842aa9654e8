"""Sources of many files: which files they are, and what is fetched of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.configuration.errors import SourceError, StoreError, TransientError, UsageError
from tasks.configuration.parameters import FetchParameters
from tasks.engine.run import Run
from tasks.fetch import SourceName, fetch, plan_fetch
from tasks.sources.many_files import File, FileList, find_files
from tests.schemas import passes

USUAL = FetchParameters()
NAMES = ["b.csv", "a.csv", "deep/c.csv", "_SUCCESS", ".hidden.csv", "_temporary/d.csv", "e.txt"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_text(f"in {name}")
    return tmp_path / "folder"


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("", ["a.csv", "b.csv", "deep/c.csv", "e.txt"]),
        ("/", ["a.csv", "b.csv", "deep/c.csv", "e.txt"]),
        ("/*.csv", ["a.csv", "b.csv"]),
        ("/**/*.csv", ["a.csv", "b.csv", "deep/c.csv"]),
        ("/[ab].*", ["a.csv", "b.csv"]),
        ("/de?p/*", ["deep/c.csv"]),
    ],
)
def test_the_files_of_a_folder_or_glob_come_by_their_names(
    folder: Path, pattern: str, names: list[str]
) -> None:
    found = find_files(f"{folder}{pattern}", "shown")
    assert found is not None
    assert list(found) == names
    assert all(path.read_text().endswith(name) for name, path in found.items())


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(folder: Path) -> None:
    (folder / "x[1].csv").write_text("x")
    assert find_files(f"{folder}/x[1].csv", "shown") is None
    assert find_files(f"{folder}/a.csv", "shown") is None
    assert find_files(f"{folder}/missing.csv", "shown") is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty", "shown: the folder holds no files"),
        ("folder/*.json", "shown: no file matches"),
        ("folder/_*", "shown: no file matches"),
    ],
)
def test_no_files_are_told(folder: Path, name: str, message: str) -> None:
    (folder.parent / "empty").mkdir()
    with pytest.raises(SourceError, match=f"^{message}"):
        find_files(f"{folder.parent}/{name}", "shown")


@pytest.mark.parametrize("name", ["a\nb.csv", os.fsdecode(b"caf\xe9.csv")])
def test_a_name_that_cannot_be_shown_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("x")
    with pytest.raises(SourceError, match=r"rename the file$") as caught:
        find_files(str(folder), "shown")
    assert str(caught.value).isprintable()


def test_each_file_is_fetched_once(run: Run, folder: Path) -> None:
    first, _ = fetch(run, f"{folder}/*.csv", USUAL)
    assert first.digest == plan_fetch(run, f"{folder}/*.csv", USUAL).digest
    times = {p: p.stat().st_mtime_ns for p in run.store.root.glob("fetch/*/*/source")}
    assert len(times) == 2
    (folder / "c.csv").write_text("in c.csv")
    second, _ = fetch(run, f"{folder}/*.csv", USUAL)
    assert second.digest != first.digest
    after = {p: p.stat().st_mtime_ns for p in run.store.root.glob("fetch/*/*/source")}
    assert len(after) == 3
    assert after.items() >= times.items()
    opened = FileList.read(run.store, second).open(run.store, second)
    contents = {n: run.store.path_of(a, "source").read_text() for n, a in opened.items()}
    assert contents == {name: f"in {name}" for name in ("a.csv", "b.csv", "c.csv")}


def test_files_with_the_same_bytes_are_read_once_and_named(run: Run, folder: Path) -> None:
    (folder / "b.csv").write_text("in a.csv")
    (folder / "c.csv").write_text("in a.csv")
    fetched, _ = fetch(run, f"{folder}/*.csv", USUAL)
    listed = FileList.read(run.store, fetched)
    assert list(listed.open(run.store, fetched)) == ["a.csv"]
    assert listed.list_notes() == [
        "Warning: not read, since the same bytes are in a.csv: b.csv, c.csv."
    ]


def test_a_damaged_copy_of_a_file_is_told(run: Run, folder: Path) -> None:
    fetched, _ = fetch(run, str(folder), USUAL)
    damaged = hashlib.sha256(b"in b.csv").hexdigest()
    (path,) = run.store.root.glob(f"fetch/{damaged[:32]}/*/source")
    path.write_text("damaged")
    with pytest.raises(StoreError, match=r"^b\.csv: its copy in the store is damaged"):
        FileList.read(run.store, fetched).open(run.store, fetched)
    assert fetch(run, str(folder), USUAL)[0] == fetched
    assert FileList.read(run.store, fetched).open(run.store, fetched)


@pytest.mark.parametrize("act", [fetch, plan_fetch])
def test_an_empty_file_among_others_is_named(
    run: Run, folder: Path, act: Callable[[Run, str, FetchParameters], object]
) -> None:
    (folder / "b.csv").write_text("")
    with pytest.raises(SourceError, match=r"folder: b\.csv: the file is empty"):
        act(run, str(folder), USUAL)


def test_the_expected_digest_is_that_of_the_list(run: Run, folder: Path) -> None:
    digest = plan_fetch(run, str(folder), USUAL).digest
    known = USUAL.model_copy(update={"sha256": digest})
    assert fetch(run, str(folder), known)[0].digest == digest
    (folder / "a.csv").write_text("changed")
    with pytest.raises(SourceError, match=f"not {digest} as fetch.sha256 says"):
        fetch(run, str(folder), known)


def test_a_store_in_the_folder_of_the_source_is_refused(run: Run) -> None:
    folder = run.store.root.parent
    for act in (fetch, plan_fetch):
        with pytest.raises(UsageError, match="lies in this folder, so that its files would be"):
            act(run, str(folder), USUAL)


@given(st.dictionaries(st.text("abc/.", min_size=1), st.sampled_from("123")))
def test_a_list_depends_on_names_and_bytes_alone(digests: dict[str, str]) -> None:
    listed = FileList.of(digests)
    assert [file.name for file in listed.files] == sorted(digests)
    assert listed.digest == FileList.of(dict(reversed(digests.items()))).digest
    read = [file for file in listed.files if file.same_as is None]
    assert sorted(file.digest for file in read) == sorted({*digests.values()})
    for file in listed.files:
        if file.same_as is not None:
            assert file.same_as < file.name
            assert File(file.same_as, file.digest) in read


@pytest.mark.parametrize("place", ["s3://bucket", "s3://bucket/a/", "gs://b/a/*.csv", "az://c/x"])
def test_a_place_in_a_bucket_is_a_source(place: str) -> None:
    assert passes(SourceName, place)


@pytest.mark.slow
def test_a_bucket_that_does_not_answer_is_told_soon(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with pytest.raises((SourceError, TransientError), match=r"^s3://bucket: the server"):
        fetch(run, "s3://bucket/a/", USUAL)
