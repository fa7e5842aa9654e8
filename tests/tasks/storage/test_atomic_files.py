"""Files that are whole or not there, and what is said where the file system refuses."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

import pytest

from tasks.configuration.errors import StoreError
from tasks.storage.atomic_files import explain_os_errors, write_atomically


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.ENOSPC, "disk is full"), (errno.ENOLCK, "has no locks")]
)
def test_what_a_file_system_refuses_is_explained(number: int, advice: str) -> None:
    with pytest.raises(StoreError, match=advice), explain_os_errors(Path("/store")):
        raise OSError(number, os.strerror(number))


@pytest.mark.parametrize("named", ["/srv/store/split/a", "/srv/store", "/srv", b"/srv/store/a", 7])
def test_an_error_in_the_store_or_above_it_or_of_no_name_is_the_stores(named: object) -> None:
    with pytest.raises(StoreError), explain_os_errors(Path("/srv/store")):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), named)


@pytest.mark.parametrize(
    "named", ["/root/.cache/matplotlib/fonts", "/srv/store2/a", b"/tmp/a", "a"]
)
def test_an_error_elsewhere_is_not_the_stores(named: object) -> None:
    with pytest.raises(PermissionError), explain_os_errors(Path("/srv/store")):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), named)


def test_an_atomic_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="broken"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("number", "is_taken"), [(errno.EINVAL, True), (errno.EIO, False)])
def test_only_a_file_system_that_cannot_flush_folders_may_leave_them(
    tmp_path: Path, monkeypatch, number: int, is_taken: bool
) -> None:
    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse_folders)
    with contextlib.nullcontext() if is_taken else pytest.raises(OSError, match="Input/output"):
        write_atomically(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"
