"""What commands say about values that they do not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import retraining, scoring
from tasks.configuration.parameters import NO_LIST

FOREIGN = ("Input", "String", "should", "unable", "pydantic", "Settings", "for field")
LIST = "network.auxiliary-targets"


def refuse(capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: str) -> str:
    """Run a retraining that is refused; return the message."""
    command = scoring.main if "--keep" in words else retraining.main
    assert command([*words, "--dry-run", f"--store={tmp_path}"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = (line for line in said.err.splitlines() if not line.startswith("note: "))
    return line.removeprefix("error: ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--training.epochs=x", "training.epochs: must be a whole number (given: 'x')"),
        ("--training.epochs=1.5", "training.epochs: must be a whole number (given: '1.5')"),
        ("--training.epochs=0", "training.epochs: must be at least 1 (given: '0')"),
        ("--training.learning-rate=a", "training.learning-rate: must be a number (given: 'a')"),
        ("--ingest.quote=x", "ingest.quote: must be 'double', 'backslash' or 'none' (given"),
        ("--fetch.sha256=x", "fetch.sha256: must match the pattern ^[0-9a-f]{64}$ (given: 'x')"),
        ("--source=", "source: must not be empty (given: '')"),
        ("--refresh=all", "refresh.0: must be 'baselines', "),
        (f'--{LIST} ["price"]', f"--{LIST} {NO_LIST}"),
        (f'--{LIST}=["price"]', f"--{LIST} {NO_LIST}"),
        ('--network.companions ["price"]', f"--{LIST} {NO_LIST}"),
        ('--keep a"b', '--keep: the value cannot be read; write it as JSON, such as ["a", "b"]'),
    ],
)
def test_a_value_is_refused_in_plain_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, says: str
) -> None:
    said = refuse(capsys, tmp_path, *words.split(" "))
    assert said.startswith(says)
    assert not any(word in said for word in FOREIGN)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("NETWORK__AUXILIARY_TARGETS", '["price"]', f"{LIST}: {NO_LIST} (given: '[\"price\"]')"),
        ("REFRESH", "train", "WINE_POINTS_REFRESH: the value cannot be read; write it as JSON"),
        ("TRAINING__EPOCHS", "many", "training.epochs: must be a whole number (given: 'many')"),
    ],
)
def test_a_variable_is_refused_in_plain_words(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    says: str,
) -> None:
    monkeypatch.setenv(f"WINE_POINTS_{name}", value)
    said = refuse(capsys, tmp_path)
    assert said.startswith(says)
    assert not any(word in said for word in FOREIGN)


def test_the_switch_is_still_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [f"--{LIST}", "--preset=demo", "--dry-run", f"--store={tmp_path}"]
    assert retraining.main(words) == 0, capsys.readouterr().err
