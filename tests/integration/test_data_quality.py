"""The gate alone, on a real Prefect server: what it answers, shares and remembers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
)

from flows.command_line import run_command
from flows.data_quality import data_quality, plan
from tests.bad_inputs import lines
from tests.commands import check_data, retrain

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

GATE = {"fetch", "ingest", "validate"}
KEYS = {
    "rule",
    "severity",
    "column",
    "meaning",
    "unexpected_count",
    "unexpected_fraction",
    "observed",
    "examples",
}
FORMULA = '=HYPERLINK("http://evil.example")'
BAD_ROW = f'400,Italy,"{FORMULA.replace(chr(34), chr(34) * 2)}!",,9,20,X,,,,,A title,Red,W\n'


def shown_in_prefect() -> list[str]:
    """The Markdown of each artifact about the data, the newest last."""
    with get_client(sync_client=True) as client:
        only = ArtifactFilter(key=ArtifactFilterKey(any_=["data-quality"]))
        found = client.read_artifacts(artifact_filter=only, limit=200)
    return [str(a.data) for a in sorted(found, key=lambda a: str(a.created))]


def rules_of(answer: dict[str, Any]) -> dict[str, str]:
    return {failure["rule"]: failure["severity"] for failure in answer["failures"]}


def findings_of(answer: dict[str, Any]) -> dict[str, Any]:
    listed = json.loads((Path(answer["report"]).parent / "findings.json").read_text())
    return {finding["rule"]: finding for finding in listed}


def test_a_sound_file_is_accepted_and_everything_promised_is_answered(
    source: Path, tmp_path: Path, capfd
) -> None:
    ended = check_data(capfd, tmp_path / "store", f"--source={source}")
    assert ended.code == 0, ended.errors
    answer = ended.answer
    assert answer["verdict"] == "Accepted"
    assert (answer["rows"], answer["rejected"], answer["failures"]) == (400, 0, [])
    assert set(answer["stages"]) == GATE
    assert answer["seconds"] > 0
    for key in ("report", "data_docs", "rejects"):
        assert Path(answer[key]).is_file()
    assert "Accepted" in shown_in_prefect()[-1]


def test_a_rejected_file_exits_3_with_what_is_wrong_and_again_when_cached(
    source: Path, tmp_path: Path, capfd
) -> None:
    source.write_bytes(source.read_bytes() + BAD_ROW.encode() * 5)
    for states in (dict.fromkeys(GATE, "Completed"), dict.fromkeys(GATE, "Cached")):
        ended = check_data(capfd, tmp_path / "store", f"--source={source}")
        assert ended.code == 3
        assert {n: s for n, s in ended.states.items() if n != "fetch"} == {
            n: s for n, s in states.items() if n != "fetch"
        }
        answer = ended.answer
        assert answer["verdict"] == "DataRejected"
        assert answer["rejected"] == 5
        failures = {failure["rule"]: failure for failure in answer["failures"]}
        assert set(failures["points_range"]) == KEYS
        found = failures["points_range"]
        assert (found["severity"], found["column"]) == ("critical", "points")
        assert (found["unexpected_count"], found["unexpected_fraction"]) == (5, 5 / 405)
        assert found["examples"] == [{"row": 400 + n, "value": "9"} for n in range(5)]
        assert Path(answer["report"]).is_file()
        assert Path(answer["data_docs"]).is_file()
        assert "DataRejected" in shown_in_prefect()[-1]
    with Path(ended.answer["rejects"]).open(encoding="utf-8", newline="") as file:
        rejects = list(csv.DictReader(file))
    assert {int(r["row_number"]) for r in rejects} == set(range(400, 405))
    assert not any(r["value"].startswith(("=", "+", "-", "@")) for r in rejects)


def test_the_gate_is_shared_with_retraining(source: Path, tmp_path: Path, capfd) -> None:
    store = tmp_path / "store"
    assert check_data(capfd, store, f"--source={source}").code == 0
    first = retrain(capfd, store, f"--source={source}")
    assert {n for n, s in first.states.items() if s == "Cached"} == {"ingest", "validate"}
    # The champion that came of it, and the memory of the file itself, change nothing.
    again = check_data(capfd, store, f"--source={source}")
    assert again.worked == set()
    assert retrain(capfd, store, f"--source={source}").worked == set()
    other = retrain(capfd, store, f"--source={source}", "--split.test-fraction=0.3")
    assert {"ingest", "validate"}.isdisjoint(other.worked)


def test_a_header_cannot_command_the_terminal(source: Path, tmp_path: Path, capfd) -> None:
    source.write_bytes(source.read_bytes().replace(b"points", "po\x1b]0;x\x07in\x9bts".encode(), 1))
    store = tmp_path / "store"
    words = [f"--store={store}", f"--source={source}"]
    assert run_command(data_quality, plan, words) == 3
    said = capfd.readouterr().out
    assert "po?]0;x?in?ts" in said
    assert not {"\x1b", "\x07", "\x9b"} & set(said)
    ended = check_data(capfd, store, *words)
    assert "po?]0;x?in?ts" in ended.answer["reason"]
    with get_client(sync_client=True) as client:
        newest = client.read_flow_runs(sort="START_TIME_DESC", limit=1)[0]
    assert newest.state is not None
    assert newest.state.message == ended.answer["reason"]


def test_a_dry_run_looks_and_writes_nothing(source: Path, tmp_path: Path, capfd) -> None:
    store = tmp_path / "store"
    ended = check_data(capfd, store, f"--source={source}", "--dry-run")
    assert ended.code == 0
    assert set(ended.answer["stages"]) == GATE
    assert not store.exists()
    assert check_data(capfd, store, f"--source={source}").code == 0
    before = sorted(p for p in store.rglob("*") if ".locks" not in p.parts)
    other = tmp_path / "other.csv"
    other.write_bytes(b"".join(lines(source.read_bytes())[:391]))
    for words in ([], ["--reference=none"], [f"--reference={other}"]):
        ended = check_data(capfd, store, f"--source={source}", "--dry-run", *words)
        assert ended.code == 0, ended.errors
    assert sorted(p for p in store.rglob("*") if ".locks" not in p.parts) == before


def test_the_flow_run_ends_in_a_state_named_after_the_verdict(
    source: Path, tmp_path: Path, capfd
) -> None:
    source.write_bytes(source.read_bytes().replace(b"points", b"score", 1))
    assert check_data(capfd, tmp_path / "store", f"--source={source}").code == 3
    with get_client(sync_client=True) as client:
        newest = client.read_flow_runs(sort="START_TIME_DESC", limit=1)[0]
    assert newest.state is not None
    assert (newest.state.name, newest.state.type.value) == ("DataRejected", "FAILED")
