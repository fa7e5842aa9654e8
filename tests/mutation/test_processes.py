"""Runs of tests in processes of their own, and what is told of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.mutation import known
from tests.mutation.processes import run_tests
from tests.mutation.tally import Tally, write_table


@pytest.mark.slow
def test_a_change_that_fails_a_test_or_hangs_is_noticed(tmp_path: Path) -> None:
    tests = tmp_path / "test_it.py"
    tests.write_text("import os\n\ndef test_it():\n    assert 'BROKEN' not in os.environ\n")
    changes = [
        lambda: None,
        lambda: os.environ.update(BROKEN="1"),
        lambda: sys.exit("cannot be imported"),
    ]
    ended = run_tests([str(tests)], changes, processes=2)
    assert {end.change: end.passed for end in ended} == {0: True, 1: False, 2: False}
    (late,) = run_tests([str(tests)], [lambda: time.sleep(600)], seconds_max=1)
    assert not late.passed
    assert "BROKEN" not in os.environ


@pytest.mark.slow
def test_tests_that_fail_unchanged_are_told(tmp_path: Path) -> None:
    tests = tmp_path / "test_it.py"
    tests.write_text("def test_it():\n    assert 1 == 2\n")
    (ended,) = run_tests([str(tests)], [lambda: None])
    assert not ended.passed
    assert "assert 1 == 2" in ended.said
    assert "json" in ended.modules


@pytest.mark.slow
def test_the_mutants_of_a_module_are_tried_and_counted() -> None:
    root = Path(__file__).parents[2]
    words = [sys.executable, "-m", "tests.mutation", "tasks/champions/gate.py", "--sample", "2"]
    ended = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "tasks/champions/gate.py: 2 tried, 2 killed (100.0%), 0 survive" in ended.stdout


def test_shares_are_of_what_was_tried() -> None:
    tallies = {
        Path("tasks/split.py"): Tally(12, 2, 1),
        Path("tasks/train.py"): Tally(10, 0, 4),
        Path("tasks/engine/run.py"): Tally(),
    }
    assert write_table(tallies).splitlines() == [
        "tasks                    20 tried, 15 killed (75.0%), 5 survive; 2 equivalent",
        "tasks/engine             0 tried, 0 killed (100.0%), 0 survive; 0 equivalent",
    ]


def test_a_module_is_tested_by_its_name_or_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    texts = Path("tasks/modelling/texts.py")
    assert known.tests_of(texts) == ["tests/tasks/modelling/test_texts.py"]
    assert known.tests_of(Path("tasks/promote.py")) == ["tests/tasks/promote"]
    assert known.tests_of(Path("tasks/champions/comparison.py")) == ["tests/tasks/promote"]
    for module, tests in known.TESTS.items():
        assert all(Path(path).exists() for path in (module, *tests)), module


def test_what_nothing_could_notice_has_a_reason() -> None:
    for module, entries in yaml.safe_load(known.FILE.read_text(encoding="utf-8")).items():
        assert known.equivalents_of(Path(module))
        for entry in entries:
            assert entry.keys() == {"line", "reason", "changes"}
            assert entry["reason"].endswith(".")
            assert all(" → " in change for change in entry["changes"])
