from __future__ import annotations

import importlib.util
import os
import py_compile
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

import tasks
from tasks.engine import own_code
from tasks.engine.own_code import check_data_files, pin, pin_imports
from tasks.errors import CodeChangedError


@pytest.fixture(autouse=True)
def nothing_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "_pinned", {})


def test_a_file_keeps_the_digest_it_was_first_read_with(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("one")
    assert pin(page) == pin(page)
    page.write_text("two")
    with pytest.raises(
        CodeChangedError, match=r"page\.html changed since this run began; run again"
    ):
        pin(page)
    page.write_text("one")
    assert pin(page) == pin(page, b"one")


def test_what_was_imported_counts_not_what_the_file_is_by_then(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("other")
    pin(module, b"imported")
    with pytest.raises(CodeChangedError, match=r"module\.py changed"):
        pin(module)


def test_data_files_must_stay_and_imported_modules_may_change(tmp_path: Path) -> None:
    page, module = tmp_path / "page.html", tmp_path / "module.py"
    for path in (page, module):
        path.write_text("one")
        pin(path)
    module.write_text("two")
    check_data_files()
    page.write_text("two")
    with pytest.raises(CodeChangedError, match=r"page\.html changed"):
        check_data_files()
    page.unlink()
    with pytest.raises(CodeChangedError, match=r"page\.html is gone since this run began"):
        check_data_files()


def test_a_compiled_file_of_other_source_is_not_run(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("VALUE = 1\n")
    py_compile.compile(str(module))
    written = module.stat()
    module.write_text("VALUE = 2\n")
    os.utime(module, ns=(written.st_atime_ns, written.st_mtime_ns))
    values = []
    for kind in (SourceFileLoader, own_code._PinningLoader):
        spec = importlib.util.spec_from_loader("module", kind("module", str(module)))
        assert spec
        assert spec.loader
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        values.append(made.VALUE)
    assert values == [1, 2]


def test_the_projects_modules_are_pinned_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tasks.texts", "colorsys"):
        monkeypatch.delitem(sys.modules, name, raising=False)
        importlib.import_module(name)
    assert list(own_code._pinned) == [Path(tasks.__file__).with_name("texts.py")]


def test_imports_are_pinned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [])
    pin_imports()
    pin_imports()
    assert len(sys.meta_path) == 1
