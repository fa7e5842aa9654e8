"""What the tuning refuses, and what it plans, before anything is trained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows import tuning
from tasks.configuration.presets import PRESETS
from tasks.storage.store import Store


def plan(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, str], str]:
    code = tuning.main([*words, "--dry-run", "--json", "--training.device=cpu"])
    said = capsys.readouterr()
    answer = json.loads(said.out.splitlines()[-1])
    return code, {n: s["reason"] for n, s in answer.get("stages", {}).items()}, said.err


def test_a_dry_run_tells_the_first_trial_and_how_many_follow(store: Store, capsys) -> None:
    code, stages, _ = plan(capsys, f"--store={store}", "--trials=5")
    assert code == 0
    assert [*stages][-4:] == ["01-vectorize", "01-trial", "trials", "tune"]
    assert stages["trials"] == "trials 2 to 5, each by the results before it"
    code, stages, _ = plan(capsys, f"--store={store}", "--trials=1")
    assert "trials" not in stages
    assert not {"baselines", "evaluate", "promote"} & stages.keys()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--output=tuned.toml", "--output tuned.toml: name a file that ends in .yaml"),
        ("--trials=0", "trials: must be at least 1 (given: '0')"),
        ("--preset=best", f"preset: must be {', '.join(PRESETS)}, or a preset file"),
        ("--preset=no/such.yaml", "--preset no/such.yaml: there is no such file"),
        ("--refresh=train", "refresh.0: must be 'fetch', "),
    ],
)
def test_wrong_usage_is_told_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, says: str
) -> None:
    code, stages, said = plan(capsys, f"--store={tmp_path / 'store'}", words)
    assert (code, stages) == (2, {})
    assert said.startswith(f"error: {says}")
    assert not (tmp_path / "store").exists()


@pytest.mark.heavy
@pytest.mark.parametrize("order", ["tuning, flows.retraining", "retraining, flows.tuning"])
def test_a_retraining_refreshes_no_stage_of_a_tuning_whichever_is_imported_first(
    order: str,
) -> None:
    program = (
        f"import flows.{order};"
        "refresh = flows.retraining.retraining.parameters.properties['refresh'];"
        "print(sorted({'train', 'trial', 'tune'} & {*refresh['items']['enum']}))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "['train']"
