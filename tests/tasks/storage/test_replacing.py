from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tasks.configuration.errors import StoreError, UsageError
from tasks.storage.atomic_files import explain_os_errors, write_atomically
from tasks.storage.replacing import new_folder, replacing


def test_files_are_replaced_when_all_are_written(tmp_path: Path) -> None:
    first, second = tmp_path / "made" / "first", tmp_path / "made" / "second"
    for turn in ("old", "new"):
        with replacing(first, second) as parts:
            for part in parts:
                part.write_text(turn)
            assert {p.read_text() for p in (first, second) if p.exists()} <= {"old"}
    assert [first.read_text(), second.read_text()] == ["new", "new"]
    assert sorted(p.name for p in first.parent.iterdir()) == ["first", "second"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_the_old_files_and_nothing_else(tmp_path: Path, error) -> None:
    path = tmp_path / "scores"
    path.write_text("old")

    def fail(part: Path) -> None:
        part.write_text("half")
        raise error

    with pytest.raises(error), replacing(path) as (part,):
        fail(part)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("scores", "old")]


def test_what_was_not_written_stays_and_what_a_kill_left_is_not_taken_for_new(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    second.write_text("old")
    (tmp_path / ".second.part").write_text("half, by a process that was killed")
    with replacing(first, second) as (part, _):
        part.write_text("new")
    assert (first.read_text(), second.read_text()) == ("new", "old")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["first", "second"]


def test_a_folder_comes_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "1"

    def fail(part: Path) -> None:
        (part / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), new_folder(folder) as part:
        fail(part)
    assert list(folder.parent.iterdir()) == []
    (folder.parent / ".1.part").mkdir()
    (folder.parent / ".1.part" / "half").touch()
    with new_folder(folder) as part:
        (part / "file").write_text("new")
        assert not folder.exists()
    assert [p.name for p in folder.parent.iterdir()] == ["1"]
    assert (folder / "file").read_text() == "new"


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for taken in (tmp_path, tmp_path / "file"):
        with pytest.raises(UsageError, match="there is something already"), new_folder(taken):
            pass
    (tmp_path / "file").unlink()
    with new_folder(tmp_path):
        pass


WRITER = """
import sys, time
from pathlib import Path
from tasks.storage.atomic_files import explain_os_errors, write_atomically
from tasks.storage.replacing import new_folder, replacing
path, text = Path(sys.argv[1]), sys.argv[2]
if path.suffix:
    with replacing(path) as (part,), part.open("w") as file:
        for letter in text:
            file.write(letter)
            file.flush()
            time.sleep(0.01)
else:
    with new_folder(path) as part:
        for letter in text:
            (part / letter).write_text(text)
            time.sleep(0.01)
"""


def write_at_once(path: Path, *texts: str) -> list[int]:
    """Let a process for each text write it to the same place."""
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, text], stderr=subprocess.DEVNULL) for text in texts]
    return [writer.wait() for writer in writers]


def test_two_that_write_the_same_file_at_once_do_not_mix(tmp_path: Path) -> None:
    texts = ["a" * 30, "b" * 20]
    assert write_at_once(tmp_path / "scores.parquet", *texts) == [0, 0]
    assert (tmp_path / "scores.parquet").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["scores.parquet"]


def test_of_two_that_make_the_same_folder_at_once_one_is_told(tmp_path: Path) -> None:
    assert sorted(write_at_once(tmp_path / "model", "abcdefghij", "klmnopqrst")) == [0, 1]
    assert "".join(sorted(path.name for path in (tmp_path / "model").iterdir())) in (
        "abcdefghij",
        "klmnopqrst",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "far" / "scores", tmp_path / "link"
    target.parent.mkdir()
    target.write_text("old")
    link.symlink_to(target)
    with replacing(link, tmp_path / "beside") as parts:
        for part in parts:
            part.write_text("new")
    assert link.is_symlink()
    assert [target.read_text(), (tmp_path / "beside").read_text()] == ["new", "new"]
    write_atomically(link, b"newer")
    assert link.is_symlink()
    assert target.read_text() == "newer"
    assert {path.name for path in target.parent.iterdir()} == {"scores"}


def test_a_link_to_what_is_not_there_yet_is_followed(tmp_path: Path) -> None:
    link, folder = tmp_path / "link", tmp_path / "folder"
    link.symlink_to(tmp_path / "far" / "scores")
    folder.symlink_to(tmp_path / "far" / "model")
    with replacing(link) as (part,):
        part.write_text("new")
    with new_folder(folder) as made:
        (made / "model.keras").write_text("new")
    assert (tmp_path / "far" / "scores").read_text() == "new"
    assert (tmp_path / "far" / "model" / "model.keras").read_text() == "new"
    assert link.is_symlink()
    assert folder.is_symlink()


def test_links_in_a_circle_are_refused_and_stay(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.symlink_to(other)
    other.symlink_to(one)
    with (
        pytest.raises(StoreError, match=r"links lead in a circle: choose another place with --out"),
        explain_os_errors(tmp_path, "--output"),
        replacing(one),
    ):
        raise AssertionError
    assert one.is_symlink()
    assert other.is_symlink()
