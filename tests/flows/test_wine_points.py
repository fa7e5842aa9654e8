"""One command for all: its words, its help, and how little it imports."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import pytest

from flows.wine_points import COMMANDS, main, name_command
from tests.commands import ROOT


def test_the_help_lists_every_command_and_imports_none() -> None:
    code = (
        "import sys, flows.wine_points as command\n"
        "try: command.main(['--help'])\n"
        "finally: print(sorted({'prefect', 'tensorflow', 'pydantic'} & set(sys.modules)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name, command in COMMANDS.items():
        assert f"    {name:<9} {command.about}\n" in ended.stdout
    assert ended.stdout.endswith("\n[]\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: wine-points {name} [-h]")


def test_stop_prints_that_there_is_nothing_to_stop(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stop"]) == 0
    assert capsys.readouterr().out == "nothing to stop\n"


@pytest.mark.parametrize(
    ("words", "passed"),
    [(["serve", "--port", "4300"], ["--port", "4300"]), (["serve"], [])],
)
def test_the_words_after_the_first_are_the_commands(
    words: list[str], passed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []
    serve = types.SimpleNamespace(main=lambda words: called.append(words) or 3)
    monkeypatch.setitem(sys.modules, "flows.serve", serve)
    assert main(words) == 3
    assert called == [passed]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "error: the following arguments are required: COMMAND"),
        (["--json"], "error: the following arguments are required: COMMAND"),
        (["train"], "error: argument COMMAND: invalid choice: 'train'"),
    ],
)
def test_a_missing_or_unknown_command_is_wrong_usage(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert line in capsys.readouterr().err


def test_a_flow_is_named_by_its_command() -> None:
    assert name_command("data-quality") == "check"
    assert name_command("retraining") == "retrain"


def test_it_is_installed() -> None:
    script = [Path(sys.executable).with_name("wine-points"), "--version"]
    ended = subprocess.run(script, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("wine-points 0.")
