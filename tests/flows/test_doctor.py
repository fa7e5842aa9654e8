from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from flows.diagnosis.checks import Finding
from flows.doctor import Doctor, format_findings, has_problem
from flows.plain_command import parse
from tests.commands import start


class Ended(NamedTuple):
    """What a command wrote, and its exit code."""

    stdout: str
    stderr: str
    returncode: int


def test_findings_are_told_in_lines_or_as_one_object() -> None:
    findings = [
        ("pool", Finding("ok", "wine-points")),
        ("store", Finding("problem", "\x1b[31mfull", "free some room")),
    ]
    fine, bad = format_findings(findings, as_json=False).splitlines()
    assert fine.split() == ["ok", "pool", "wine-points"]
    assert bad.endswith("?[31mfull → free some room")
    told = json.loads(format_findings(findings, as_json=True))
    assert told["healthy"] is False
    assert told["checks"][1]["advice"] == "free some room"
    assert (has_problem(findings), has_problem(findings[:1])) == (True, False)


def test_only_the_option_and_its_own_variable_ask_for_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSON", "of another program")
    assert parse(Doctor, []).json_output is False
    assert parse(Doctor, ["--json"]).json_output is True
    monkeypatch.setenv("WINE_POINTS_JSON_OUTPUT", "true")
    assert parse(Doctor, []).json_output is True


@pytest.mark.slow
def test_the_command_ends_with_1_where_there_is_a_problem(tmp_path: Path) -> None:
    def call(*words: str) -> Ended:
        words = (f"--store={tmp_path / 'store'}", *words)
        process = start("flows.doctor", list(words), env={"PREFECT_API_URL": None})
        return Ended(*process.communicate(), process.wait())

    fine = call("--source=demo", "--json")
    assert (fine.returncode, fine.stderr) == (0, "")
    told = json.loads(fine.stdout)
    assert told["healthy"] is True
    assert len(told["checks"]) == 9
    bad = call("--source=none.csv")
    assert (bad.returncode, bad.stderr) == (1, "")
    lines = bad.stdout.splitlines()
    assert len(lines) == 9
    assert [line for line in lines if line.startswith("problem")] == lines[-1:]
    wrong = call("--stoer=x")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert list(tmp_path.iterdir()) == []
