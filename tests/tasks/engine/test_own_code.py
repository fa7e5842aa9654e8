from __future__ import annotations

import hashlib
import importlib.util
import os
import py_compile
import subprocess
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path

import pytest

import tasks
from tasks.configuration.errors import CodeChangedError
from tasks.engine import own_code
from tasks.engine.own_code import check_data_files, export_pins, pin, pin_imports


@pytest.fixture(autouse=True)
def nothing_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "_pinned", {})


def test_a_file_keeps_the_digest_it_was_first_read_with(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("one")
    assert pin(page) == pin(page) == hashlib.sha256(b"one").hexdigest()
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
    module.write_text("VALUE = 1\ndef where(): pass\n")
    py_compile.compile(str(module))
    written = module.stat()
    module.write_text("VALUE = 2\ndef where(): pass\n")
    os.utime(module, ns=(written.st_atime_ns, written.st_mtime_ns))
    values = []
    for kind in (SourceFileLoader, own_code._PinningLoader):
        spec = importlib.util.spec_from_loader("module", kind("module", str(module)))
        assert spec
        assert spec.loader
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        values.append((made.VALUE, made.where.__code__.co_filename))
    assert values == [(1, str(module)), (2, str(module))]


def test_the_projects_modules_are_pinned_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["tasks.modelling.texts", "flows.output", "data_contracts.tokens"]
    for name in [*names, "colorsys"]:
        monkeypatch.delitem(sys.modules, name, raising=False)
        importlib.import_module(name)
    root = Path(tasks.__file__).parents[1]
    assert {root / f"{name.replace('.', '/')}.py" for name in names} <= set(own_code._pinned)
    assert not any(path.name == "colorsys.py" for path in own_code._pinned)


def test_a_module_that_is_not_there_is_missed_as_python_does() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'tasks\.nowhere'"):
        importlib.import_module("tasks.nowhere")


def test_imports_are_pinned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [PathFinder])
    pin_imports()
    pin_imports()
    assert [type(finder) for finder in sys.meta_path] == [own_code._PinningFinder, type]


def test_a_module_is_pinned_as_it_was_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("VALUE = 2")
    monkeypatch.setattr(own_code._PinningLoader, "get_data", lambda *_: b"VALUE = 1")
    own_code._PinningLoader("module", str(module)).get_code("module")
    assert own_code._pinned == {module: hashlib.sha256(b"VALUE = 1").hexdigest()}


def test_a_folder_without_a_module_is_found_as_python_does(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    spec = own_code._PinningFinder().find_spec("tasks.folder", [str(tmp_path)])
    assert spec
    assert spec.loader is None


def test_a_process_of_the_run_imports_the_code_of_the_run(tmp_path: Path) -> None:
    module = Path(tasks.__file__).parent / "modelling" / "texts.py"
    command = [sys.executable, "-c", "import tasks.modelling.texts"]
    for content, code in ((module.read_bytes(), 0), (b"of another time", 1)):
        own_code._pinned = {module: hashlib.sha256(content).hexdigest()}
        ended = subprocess.run(
            command,
            cwd=module.parents[2],
            env=os.environ | export_pins(),
            capture_output=True,
            text=True,
        )
        assert ended.returncode == code, ended.stderr
    assert ended.stderr.endswith(
        f"CodeChangedError: {module} changed since this run began; run again\n"
    )
