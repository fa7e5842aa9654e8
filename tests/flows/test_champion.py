from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from flows.champion import main
from tasks.champions import installation
from tasks.storage.store import Store
from tests.champions import current_version, keep, promote_version
from tests.commands import ROOT, last_object
from tests.tracking import Tracking


def test_the_list_shows_who_is_champion_and_how_it_came(store: Store, capsys) -> None:
    promote_version(store, "a" * 16)
    promote_version(store, "b" * 16)
    keep(store, "c" * 16)
    assert main(["rollback", f"--store={store.root}", "--reason=bad on Riesling"]) == 0
    assert "RolledBack: the champion is aaaa" in capsys.readouterr().out
    assert main(["list", f"--store={store.root}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines[1:5]]
    assert [row[-1] for row in rows[:3]] == ["reviews.csv", "withdrawn", "reviews.csv"]
    assert [row[0] for row in rows] == ["1", "2", "3", "*"]
    assert "rollback  RolledBack" in lines[4]
    assert "1.250" in lines[4]
    assert lines[4].endswith("(bad on Riesling)")


def test_as_json_it_is_one_object(store: Store, monkeypatch, capsys) -> None:
    monkeypatch.setenv("WINE_POINTS_STORE", str(store.root))
    assert main(["list", "--json"]) == 0
    answer = last_object(capsys.readouterr().out)
    assert answer == {"champion": None, "withdrawn": [], "history": []}
    promote_version(store, "A")
    promote_version(store, "B")
    assert main(["rollback", "--reason=why", "--json"]) == 0
    assert last_object(capsys.readouterr().out)["champion_after"] == "A"
    assert main(["list", "--json"]) == 0
    answer = last_object(capsys.readouterr().out)
    assert (answer["champion"], answer["withdrawn"]) == ("A", ["B"])
    assert [event["kind"] for event in answer["history"]] == ["decision", "decision", "rollback"]


def test_an_empty_history_is_told(store: Store, capsys) -> None:
    assert main(["list", f"--store={store.root}"]) == 0
    assert "There is no champion yet" in capsys.readouterr().out


def test_control_characters_of_a_reason_do_not_reach_the_terminal(store: Store, capsys) -> None:
    promote_version(store, "A")
    promote_version(store, "B")
    assert main(["rollback", f"--store={store.root}", "--reason=\x1b[31mred\nline"]) == 0
    assert main(["list", f"--store={store.root}"]) == 0
    assert "(?[31mred?line)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["rollback"], 2, "error: --reason is missing; see --help"),
        (["rollback", "--reason="], 2, "error: --reason: must match"),
        (["rollback", "--reason= \u200b"], 2, "error: --reason: must match"),
        (["promote", "--reason=why"], 2, "VERSION"),
        (["promote", "abc", "--reason=why"], 1, "abc: the history knows no such version"),
        (["rollback", "--reason=why"], 1, "there is no champion yet"),
        (["list", "--bogus"], 2, "--bogus"),
        (["promote_version"], 2, "promote_version"),
        ([], 2, "list"),
    ],
)
def test_what_cannot_be_done_is_one_line(store: Store, capsys, words, code, says) -> None:
    place = [f"--store={store.root}"] if words and words[0] != "promote_version" else []
    assert main([*words, *place]) == code
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert says in errors


def test_where_no_store_is_nothing_is_made(tmp_path: Path, capsys) -> None:
    assert main(["list", f"--store={tmp_path / 'none'}"]) == 1
    assert "no store is here yet" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_full_disk_and_ctrl_c_are_one_line(store: Store, monkeypatch, capsys) -> None:
    for version in "AB":
        promote_version(store, version)
    for error, code, says in (
        (OSError(errno.ENOSPC, "No space left on device"), 1, "the disk is full"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(installation, "append_event", Mock(side_effect=error))
            assert main(["rollback", "--reason=why", f"--store={store.root}"]) == code
        errors = capsys.readouterr().err
        assert says in errors
        assert errors.count("\n") == 1
        assert current_version(store) == "B"


TIMED = """
import json, sys, time
import flows.champion
started = time.perf_counter()
code = flows.champion.main(sys.argv[1:])
seconds = time.perf_counter() - started
heavy = sorted({"mlflow", "tensorflow"} & set(sys.modules))
print(json.dumps({"code": code, "seconds": seconds, "heavy": heavy}))
"""


@pytest.mark.heavy
def test_a_rollback_takes_under_two_seconds_beyond_the_imports(store: Store) -> None:
    for version in "AB":
        promote_version(store, version)
    words = ["rollback", f"--store={store.root}", "--reason=why"]
    ended = subprocess.run(
        [sys.executable, "-c", TIMED, *words], cwd=ROOT, capture_output=True, check=True
    )
    answer = json.loads(ended.stdout.splitlines()[-1])
    assert (answer["code"], answer["heavy"]) == (0, [])
    assert answer["seconds"] < 2
    assert current_version(store) == "A"


@pytest.mark.heavy
def test_a_change_by_hand_moves_the_alias_in_mlflow_too(
    store: Store, tracking: Tracking, capsys
) -> None:
    promote_version(store, "a" * 16)
    promote_version(store, "b" * 16)
    assert main(["mirror", f"--store={store.root}", "--json"]) == 0
    told = last_object(capsys.readouterr().out)["mlflow"]
    assert told.startswith("2 runs added at sqlite://…, the alias champion is now on bbbb")
    assert main(["rollback", f"--store={store.root}", "--reason=why"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("RolledBack: the champion is aaaa")
    assert said[1].startswith("MLflow: 0 runs added at sqlite://…, the alias champion is now on aa")
    assert tracking.champion().tags["reason"] == "why"
    assert main(["mirror", f"--store={store.root}"]) == 0
    assert "the alias champion stays on aaaa" in capsys.readouterr().out


@pytest.mark.heavy
def test_a_rollback_is_done_though_mlflow_is_away(store: Store, monkeypatch, capsys) -> None:
    promote_version(store, "A")
    promote_version(store, "B")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert main(["rollback", f"--store={store.root}", "--reason=why", "--json"]) == 0
    said = capsys.readouterr()
    answer = last_object(said.out)
    assert answer["champion_after"] == current_version(store) == "A"
    assert answer["mlflow"].startswith("MLflow at http://127.0.0.1:9 failed")
    assert said.err == ""


def test_what_mirror_cannot_do_is_one_line(store: Store, monkeypatch, capsys) -> None:
    assert main(["mirror", f"--store={store.root}"]) == 1
    assert "MLFLOW_TRACKING_URI is not set" in capsys.readouterr().err
    promote_version(store, "A")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "bogus://x")
    assert main(["mirror", f"--store={store.root}"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
