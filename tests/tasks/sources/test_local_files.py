"""Local files as sources: whatever a path names, read or told in one line."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import FetchParameters
from tasks.engine.run import Run
from tasks.fetch import fetch, plan_fetch
from tasks.sources.local_files import measure_file
from tests.store_contents import BODY

USUAL = FetchParameters()


def test_big_file_is_not_held_in_memory(run: Run, source: Path) -> None:
    with source.open("r+b") as file:
        file.truncate(32 * 1024**2)
    tracemalloc.start()
    try:
        fetch(run, str(source), USUAL)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024**2
    finally:
        tracemalloc.stop()


def test_a_missing_file_with_a_relative_path_is_told_with_the_folder() -> None:
    with pytest.raises(SourceError, match=f"there is no such file in {Path.cwd()}; check the path"):
        measure_file(Path("reviews.csv"), "reviews.csv")


def test_home_folder_is_understood(run: Run, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(source.parent))
    artifact, _ = fetch(run, "~/reviews.csv", USUAL)
    assert artifact.digest == hashlib.sha256(BODY).hexdigest()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: None, "there is no such file; check the path"),
        (Path.mkdir, "the folder holds no files; name a file, a folder with files, or a glob"),
        (Path.touch, "the file is empty; check how it was made"),
        (os.mkfifo, "this is no regular file"),
        (lambda path: path.symlink_to(path), "there is no such file|cannot be read"),
    ],
    ids=["missing", "folder", "empty", "pipe", "link to itself"],
)
@pytest.mark.parametrize("act", [fetch, plan_fetch])
def test_file_that_cannot_be_read_is_told_in_one_line(
    run: Run,
    tmp_path: Path,
    act: Callable[[Run, str, FetchParameters], object],
    make: Callable[[Path], object],
    message: str,
) -> None:
    path = tmp_path / "re\nviews.csv"
    make(path)
    with pytest.raises(SourceError, match=message) as caught:
        act(run, str(path), USUAL)
    assert str(caught.value).startswith(f"{tmp_path}/re?views.csv: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", ["~nobody-of-this-name/x.csv", "nul\0.csv", "x" * 5_000])
def test_impossible_path_is_a_source_error(run: Run, source: str) -> None:
    with pytest.raises(SourceError, match=r"no such file|cannot be read"):
        fetch(run, source, USUAL)


def test_system_error_while_reading_is_the_sources(
    run: Run, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match=r"cannot be read \(this user has no permission\)"):
        fetch(run, str(source), USUAL)
