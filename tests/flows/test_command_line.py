from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from unittest.mock import MagicMock, Mock, call

import pytest
from prefect.client.base import ServerType
from prefect.states import Completed

from flows import command_line
from flows.command_line import build_command_model, run_command
from flows.retraining import TUNING, plan, retraining
from tasks.configuration.errors import StoreError
from tasks.configuration.promotion_bounds import _announce
from tasks.configuration.settings import Settings
from tasks.configuration.verdicts import Verdict
from tasks.engine.run import NotStoredError
from tasks.engine.stages import STAGES
from tasks.reporting.summary import Summary


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run_command(retraining, plan, list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    "error", [NotStoredError("train"), StoreError("damaged"), PermissionError("closed")]
)
def test_where_not_all_is_stored_a_server_is_started_and_the_flow_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    meanwhile: list[Callable[[], None]] = []
    monkeypatch.setattr(command_line, "determine_server_type", lambda: ServerType.EPHEMERAL)
    monkeypatch.setattr(command_line, "ensure_server", meanwhile.append)
    imported = Mock()
    monkeypatch.setattr(command_line.importlib, "import_module", imported)
    summary = Summary(verdict=Verdict.UNCHANGED, reason="Nothing changed.")
    flow = MagicMock(wraps=retraining, return_value=Completed(data=summary))
    flow.parameters, flow.fn, flow.name = retraining.parameters, retraining.fn, retraining.name
    recall = Mock(side_effect=error)
    assert run_command(flow, plan, ["--source=demo"], recall) == 0
    assert recall.call_args.kwargs["source"] == "demo"
    flow.assert_called_once()
    meanwhile[0]()
    wanted = [call("tasks.modelling.network")] if isinstance(error, NotStoredError) else []
    assert imported.call_args_list == wanted
    assert "Unchanged: Nothing changed." in capsys.readouterr().out


@pytest.mark.parametrize("kind", [ServerType.EPHEMERAL, ServerType.SERVER])
def test_what_is_stored_is_answered_at_once_unless_a_server_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: ServerType
) -> None:
    monkeypatch.setattr(command_line, "determine_server_type", lambda: kind)
    monkeypatch.setattr(command_line, "ensure_server", Mock(side_effect=StoreError("asked")))
    summary = Summary(verdict=Verdict.UNCHANGED, reason="Nothing changed.")
    recall = Mock(return_value=summary)
    code = run_command(retraining, plan, ["--json"], recall)
    said = capsys.readouterr()
    if kind is ServerType.SERVER:
        assert (code, recall.call_count) == (1, 0)
        assert "asked" in said.err
    else:
        assert code == 0
        assert json.loads(said.out)["reason"] == "Nothing changed."


def test_every_setting_of_every_stage_is_an_option() -> None:
    fields = build_command_model(retraining).model_fields
    assert set(Settings.model_fields) <= set(fields)
    assert {"source", "preset", "store", "refresh", "dry_run", "json_output"} <= set(fields)


def test_the_help_says_what_each_preset_sets(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(retraining, plan, ["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "wine-points retrain" in text
    assert (
        "Passes over the training rows. (demo: 6, notebook: 3, full: 6, auto: by the reviews)"
        in text
    )
    assert "bootstrap against the champion and each baseline. (default: 0.95)" in text
    assert "If unset: 1/200 of the target's scale." in text
    assert "--contract str data contract: a name in data_contracts/, a path, or an" in text
    assert "undefined" not in text
    assert f"--refresh {{{','.join(sorted(STAGES.keys() - TUNING))}}},... stages to run" in text
    assert "--evaluation.interval-levels float,... Fractions of" in text
    assert "intervals. (default: 0.8, 0.95)" in text
    assert "(demo: off, notebook: off, full: on, auto: on)" in text
    assert "(demo: unset, notebook: 0.154, full: unset, auto: unset)" in text
    assert "Random seed of the training sample. (default: 0)" in text
    assert not re.search(r"list\[|tuple\[|default: (None|null|False|\[|\()|JSON string", text)
    for stage in Settings.model_fields.values():
        for name in type(stage.default).model_fields:
            assert name.replace("_", "-") in text


def test_a_dry_run_takes_its_options_from_words_and_environment(
    tmp_path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINE_POINTS_STORE", str(tmp_path / "from-environment"))
    monkeypatch.setenv("WINE_POINTS_FETCH__DEMO_ROWS", "50")
    code, out, _ = ask(capsys, "--dry-run", "--json", "--training.epochs=2")
    assert code == 0
    answer = json.loads(out.splitlines()[-1])
    assert answer["dry_run"] is True
    assert {stage["state"] for stage in answer["stages"].values()} == {"WouldRun"}
    code, out, _ = ask(capsys, "--dry-run")
    assert code == 0
    assert "its output is not in the store" in out
    assert not (tmp_path / "from-environment").exists()


def test_a_failure_is_one_line_and_with_json_an_object_too(tmp_path, capsys) -> None:
    source = tmp_path / "none.csv"
    code, out, err = ask(capsys, "--dry-run", f"--source={source}", "--json")
    assert code == 1
    assert err.startswith(f"error: {source}")
    assert err.count("\n") == 1
    assert json.loads(out) == {"verdict": "Failed", "error": err.removeprefix("error: ").strip()}
    code, out, _ = ask(capsys, "--training.epochs=0")
    assert (code, out) == (2, "")


@pytest.mark.parametrize("word", ["--nonsense", "--source", "more"])
def test_a_wrong_option_is_named_in_the_object_too(capsys, word: str) -> None:
    code, out, err = ask(capsys, "--json", word)
    assert code == 2
    assert word in json.loads(out)["error"]
    assert err == f"error: {json.loads(out)['error']}\n"


def test_an_error_cannot_command_the_terminal(tmp_path, capsys) -> None:
    store = tmp_path / "a\x1b]0;x\x07"
    store.mkdir()
    (store / "store.json").write_text('{"format": 99}')
    code, _, err = ask(capsys, "--dry-run", f"--store={store}")
    assert code == 1
    assert "a?]0;x?: the store's format is 99" in err
    assert all(c.isprintable() or c == "\n" for c in err)


def test_the_old_name_of_a_kind_of_slices_is_taken(tmp_path, capsys, caplog) -> None:
    _announce.cache_clear()
    words = [f"--store={tmp_path / 'store'}", "--dry-run", "--promotion.slices"]
    assert ask(capsys, *words, "length")[0] == 0
    assert "promotion.slices: length is called description now" in caplog.text
    code, _, err = ask(capsys, *words, "winery")
    assert code == 2
    assert "no slices by winery" in err


@pytest.mark.heavy
@pytest.mark.parametrize("flow", ["retraining", "tuning"])
def test_importing_the_flow_loads_none_of_the_heavy_libraries(flow: str) -> None:
    program = (
        f"import sys, flows.{flow};"
        "heavy = {'tensorflow', 'keras', 'great_expectations', 'sklearn', 'pandas', 'matplotlib',"
        " 'optuna'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


def test_old_names_of_settings_are_taken_for_the_new_ones(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # monkeypatch would take the new names, which the command adds, for variables of the caller.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ["WINE_POINTS_VECTORIZER__SIGNS"] = "keep"
    planned = Mock(return_value=Mock(outcomes={}))
    words = ["--network.companions", "--network.spread", "--promotion.margin-points=0.02"]
    words += ["--promotion.test-mae-max-points", "1.9", "--dry-run"]
    assert run_command(retraining, planned, words) == 0
    asked = planned.call_args.kwargs
    assert asked["network"].model_dump(exclude_unset=True) == {
        "auxiliary_targets": True,
        "log_scale": True,
    }
    assert asked["promotion"].model_dump(exclude_unset=True) == {
        "margin": 0.02,
        "test_mae_max": 1.9,
    }
    assert asked["vectorizer"].punctuation == "keep"
    said = capsys.readouterr().err
    assert "note: --network.companions is called --network.auxiliary-targets now" in said
    assert "--network.spread is called --network.log-scale now" in said
    assert "WINE_POINTS_VECTORIZER__SIGNS is called WINE_POINTS_VECTORIZER__PUNCTUATION now" in said
    assert "--promotion.margin-points is called --promotion.margin now" in said
    assert "--promotion.test-mae-max-points is called --promotion.test-mae-max now" in said
    assert said.count("\n") == 5
    os.environ["WINE_POINTS_VECTORIZER__SIGNS"] = "strip"
    assert run_command(retraining, planned, ["--dry-run"]) == 2
    assert "is the old name of WINE_POINTS_VECTORIZER__PUNCTUATION" in capsys.readouterr().err
    for name in ("SIGNS", "PUNCTUATION"):
        del os.environ[f"WINE_POINTS_VECTORIZER__{name}"]
    os.environ |= {"wine_points_vectorizer__signs": "keep"}
    assert run_command(retraining, planned, ["--dry-run"]) == 0
    assert planned.call_args.kwargs["vectorizer"].punctuation == "keep"
    del os.environ["WINE_POINTS_VECTORIZER__PUNCTUATION"]
    assert run_command(retraining, planned, ["--no-network.spread", "--dry-run"]) == 0
    assert planned.call_args.kwargs["network"].log_scale is False
