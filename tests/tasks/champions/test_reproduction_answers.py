"""What the fresh process answers, which a script of the shell gives in Python's place."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.champions import reproduction
from tasks.champions.checks import Check
from tasks.champions.reproduction import check_reproduction
from tasks.configuration.errors import StoreError
from tasks.storage.artifacts import FileRecord

TOLERANCE = 0.01


@pytest.fixture
def answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Check]:
    """Check a file whose fresh process is a script of the shell."""

    def check(script: str, tolerance: float = TOLERANCE) -> Check:
        python, model = tmp_path / "python", tmp_path / "model.keras"
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        model.write_bytes(b"model")
        monkeypatch.setattr(reproduction.sys, "executable", str(python))
        return check_reproduction(
            model, FileRecord.of(model), tmp_path / "sample.parquet", tolerance
        )

    return check


def answer(difference: float | None, sha256: str = hashlib.sha256(b"model").hexdigest()) -> str:
    said = {"sha256": sha256, "rows": 3, "difference_max": difference}
    return f"echo '{json.dumps(said)}'"


def test_a_difference_up_to_the_tolerance_passes(answered: Callable[..., Check]) -> None:
    check = answered(answer(0.01))
    assert (check.passed, check.detail) == (
        True,
        "on 3 test rows off by at most 0.01, allowed 0.01",
    )
    assert check.figures == {
        "rows": 3,
        "difference_max": 0.01,
        "tolerance": 0.01,
    }
    assert check.name == "reproduces its predictions in a fresh process"
    assert check.denial == "does not reproduce its predictions in a fresh process"


@pytest.mark.parametrize(
    ("difference", "shown"), [(0.011, "0.011"), (2.0, "2"), (None, "no number")]
)
def test_a_larger_difference_is_a_denial(
    answered: Callable[..., Check], difference: float | None, shown: str
) -> None:
    check = answered(answer(difference))
    assert not check.passed
    assert check.detail == f"on 3 test rows off by at most {shown}, allowed 0.01"
    assert check.figures["difference_max"] == difference


def test_another_file_is_a_denial_whatever_it_predicts(answered: Callable[..., Check]) -> None:
    check = answered(answer(0.0, sha256="of another file"))
    assert not check.passed
    assert check.detail == "the file was replaced or damaged since it was evaluated"
    assert (check.figures["rows"], check.figures["difference_max"]) == (3, None)


def test_only_the_last_line_counts(answered: Callable[..., Check]) -> None:
    assert answered(f"printf '\\377 warning\\n'; echo noise >&2; {answer(0.0)}; echo").passed


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("kill -SEGV $$", "the process was ended by SIGSEGV"),
        ("kill -USR1 $$", "the process was ended by SIGUSR1"),
        ("exit 3", "the model cannot predict: no reason given"),
        (f"{answer(0.0)}; exit 1", "the model cannot predict: no reason given"),
        (
            "echo Traceback >&2; echo 'ValueError: no model' >&2; exit 1",
            "the model cannot predict: ValueError: no model",
        ),
        ("echo no answer", "the process gave no answer"),
        ("echo 5", "the process gave no answer"),
        ("echo null", "the process gave no answer"),
        (f"{answer(0.0)} >&2", "the process gave no answer"),
    ],
)
def test_a_process_that_dies_is_a_denial(
    answered: Callable[..., Check], script: str, says: str
) -> None:
    check = answered(script)
    assert (check.passed, check.detail) == (False, says)
    assert (check.figures["rows"], check.figures["difference_max"]) == (0, None)


def test_a_long_reason_is_cut(answered: Callable[..., Check]) -> None:
    check = answered(f"echo {'x' * 301} >&2; exit 1")
    assert check.detail == f"the model cannot predict: {'x' * 300}"


@pytest.mark.parametrize("name", ["KILL", "TERM"])
def test_a_process_that_is_killed_from_outside_decides_nothing(
    answered: Callable[..., Check], name: str
) -> None:
    with pytest.raises(StoreError, match=rf"nothing was decided.*SIG{name}"):
        answered(f"kill -{name} $$")


def test_a_process_without_end_decides_nothing(
    answered: Callable[..., Check], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproduction, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(StoreError, match=r"nothing was decided.* within 0\.2 s"):
        answered("exec sleep 60")


@pytest.mark.parametrize("given", [None, "/elsewhere"])
def test_the_process_finds_this_project_and_the_files(
    answered: Callable[..., Check],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    given: str | None,
) -> None:
    monkeypatch.setenv("MARK", "kept")
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if given:
        monkeypatch.setenv("PYTHONPATH", given)
    asked = tmp_path / "asked"
    wanted = '"$@" "$PYTHONPATH" "$TF_CPP_MIN_LOG_LEVEL" "$MARK"'
    assert answered(f"printf '%s\\n' {wanted} > {asked}; {answer(0.0)}").passed
    *words, path, level, mark = asked.read_text().splitlines()
    files = [str(tmp_path / "model.keras"), str(tmp_path / "sample.parquet")]
    assert words == ["-P", "-m", "tasks.champions.reproduction", *files]
    root = Path(reproduction.__file__).parents[2]
    assert path.split(os.pathsep) == [str(root), *filter(None, [given])]
    assert (level, mark) == ("3", "kept")
