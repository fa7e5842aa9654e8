"""The gate alone, on a real Prefect server: what it answers, shares and remembers."""

from __future__ import annotations

import csv
import gzip
import hashlib
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
from tasks.deliveries.references import NO_FILE
from tasks.storage.artifacts import canonical_json
from tests.bad_inputs import demo_csv, lines
from tests.commands import check_data, retrain

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

GATE = {"fetch", "ingest", "validate"}
REFERENCE = {f"reference-{stage}" for stage in GATE}
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


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    path.write_bytes(demo_csv(tmp_path))
    return path


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


def test_a_new_file_is_compared_with_the_last_and_the_champion(
    source: Path, tmp_path: Path, capfd
) -> None:
    store, words = tmp_path / "store", f"--source={source}"
    # Any network beats a ridge that is held down so hard.
    easy = ("--baselines.ridge-alpha=1e9", "--training.epochs=8", "--training.learning-rate=5e-2")
    easy += ("--promotion.fair-rows-min=40",)
    first = retrain(capfd, store, words, *easy)
    assert first.answer["verdict"] == "Promoted", first.answer["reason"]
    asked = findings_of({"report": first.answer["data_quality_report"]})
    assert asked["rows_near_last"]["not_evaluated"] == NO_FILE
    assert asked["points_against_champion"]["not_evaluated"] == "there is no champion"
    whole = source.read_bytes()
    source.write_bytes(b"".join(lines(whole)[:301]))
    second = check_data(capfd, store, words)
    assert rules_of(second.answer) == {"rows_near_last": "warning"}
    asked = findings_of(second.answer)
    assert asked["description_vocabulary_champion"]["passed"] is True
    assert asked["rows_near_last"]["observed"] == "0.75"
    source.write_bytes(b"".join(lines(whole)[:131]))
    third = check_data(capfd, store, words)
    assert third.code == 3
    day = json.loads((store / "accepted/accepted.json").read_text())[-1]["accepted"][:10]
    assert (
        f"last accepted file; found: 0.4333, compared with the file accepted on {day} ({source})."
        " If the change is meant, add --reference none, or --reference and another file."
    ) in third.answer["reason"]
    # A rejected file is not remembered: the whole one is new against the second, and an old one.
    source.write_bytes(whole)
    assert rules_of(check_data(capfd, store, words).answer) == {
        "delivery_not_superseded": "warning"
    }


def test_what_to_compare_with_can_be_chosen_and_is_not_remembered(
    source: Path, tmp_path: Path, capfd
) -> None:
    store = tmp_path / "store"
    small, whole = f"--source={source}", tmp_path / "whole.csv"
    whole.write_bytes(source.read_bytes())
    assert check_data(capfd, store, f"--source={source}").code == 0
    source.write_bytes(b"".join(lines(source.read_bytes())[:131]))
    assert check_data(capfd, store, small).code == 3
    alone = check_data(capfd, store, small, "--reference=none")
    assert alone.code == 0
    reasons = {f["not_evaluated"] for f in findings_of(alone.answer).values() if f["not_evaluated"]}
    assert reasons == {"the run asked for no comparison"}
    itself = check_data(capfd, store, small, f"--reference={source}")
    assert itself.code == 0
    assert findings_of(itself.answer)["rows_against_last"]["observed"] == "1"
    assert str(source) in Path(itself.answer["report"]).read_text(encoding="utf-8")
    # It is still compared with the first file, which alone was remembered.
    assert check_data(capfd, store, small).code == 3
    # A file under another name is another source, unless it is compared by the caller.
    other = tmp_path / "reviews-2026-12-07.csv"
    other.write_bytes(source.read_bytes())
    assert check_data(capfd, store, f"--source={other}", f"--reference={whole}").code == 3
    renamed = check_data(capfd, store, f"--source={other}")
    assert renamed.code == 0
    assert findings_of(renamed.answer)["rows_against_last"]["not_evaluated"] == NO_FILE
    missing = check_data(capfd, store, small, f"--reference={tmp_path / 'no.csv'}")
    assert missing.code == 1
    assert "no.csv" in missing.errors.strip().splitlines()[-1]


def test_what_a_reference_needs_is_counted_and_kept(source: Path, tmp_path: Path, capfd) -> None:
    store, other = tmp_path / "store", tmp_path / "other.csv"
    other.write_bytes(b"".join(lines(source.read_bytes())[:391]))
    words = (f"--source={source}", f"--reference={other}")
    planned = check_data(capfd, store, *words, "--dry-run")
    assert set(planned.answer["stages"]) == GATE | REFERENCE
    assert not store.exists()
    ended = check_data(capfd, store, *words)
    assert set(ended.answer["stages"]) == GATE | REFERENCE
    took = sum(stage["seconds"] for stage in ended.answer["stages"].values())
    assert ended.answer["seconds"] == pytest.approx(took, abs=0.002)
    (record,) = (store / "runs").glob("*.json")
    outputs = json.loads(record.read_text())["outputs"]
    assert [sum(o.startswith(f"{s}/") for o in outputs) for s in sorted(GATE)] == [2, 2, 2]
    again = check_data(capfd, store, *words, "--refresh=validate")
    assert again.worked - {"reference-fetch"} == {"validate", "reference-validate"}


def test_a_file_packed_otherwise_is_the_same_file(source: Path, tmp_path: Path, capfd) -> None:
    store, packed = tmp_path / "store", tmp_path / "reviews.csv.gz"
    assert check_data(capfd, store, f"--source={source}").code == 0
    packed.write_bytes(gzip.compress(source.read_bytes()))
    ended = check_data(capfd, store, f"--source={packed}")
    assert ended.worked == {"ingest"}


def test_a_profile_of_another_format_is_not_compared_with(
    source: Path, tmp_path: Path, capfd
) -> None:
    store = tmp_path / "store"
    assert check_data(capfd, store, f"--source={source}").code == 0
    (profile,) = (p for p in (store / "accepted").glob("*.json") if p.stem != "accepted")
    old = canonical_json({"format": 0, "rows": 400})
    digest = hashlib.sha256(old).hexdigest()
    profile.with_name(f"{digest}.json").write_bytes(old)
    memory = store / "accepted/accepted.json"
    memory.write_text(memory.read_text().replace(profile.stem, digest))
    source.write_bytes(b"".join(lines(source.read_bytes())[:131]))
    ended = check_data(capfd, store, f"--source={source}")
    assert ended.code == 0, ended.errors
    assert findings_of(ended.answer)["rows_near_last"]["not_evaluated"].endswith(
        "of another format"
    )


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


def test_retraining_on_a_smaller_file_is_possible_when_it_is_meant(
    source: Path, tmp_path: Path, capfd
) -> None:
    store, small = tmp_path / "store", f"--source={source}"
    assert check_data(capfd, store, small).code == 0
    source.write_bytes(b"".join(lines(source.read_bytes())[:151]))
    assert retrain(capfd, store, small).code == 3
    assert retrain(capfd, store, small, "--reference=none").code == 0
    # Trained on, it is the file accepted last; and what it was accepted under stands.
    assert retrain(capfd, store, small).worked == set()


def test_made_up_reviews_are_not_compared_with_others(source: Path, tmp_path: Path, capfd) -> None:
    store = tmp_path / "store"
    retrain(capfd, store, f"--source={source}")
    asked = findings_of(check_data(capfd, store, "--fetch.demo-rows=150").answer)
    assert asked["rows_near_last"]["not_evaluated"] == NO_FILE
    # The champion's registry is empty: so few reviews beat no baseline.
    assert asked["points_against_champion"]["not_evaluated"] == "there is no champion"


@pytest.mark.parametrize("name", ["accepted.json", "profile"])
def test_a_damaged_memory_is_named_in_one_line(
    source: Path, tmp_path: Path, capfd, name: str
) -> None:
    store = tmp_path / "store"
    assert check_data(capfd, store, f"--source={source}").code == 0
    profiles = [p for p in (store / "accepted").glob("*.json") if p.stem != "accepted"]
    damaged = store / "accepted" / name if name == "accepted.json" else profiles[0]
    damaged.write_bytes(b"[{")
    source.write_bytes(b"".join(lines(source.read_bytes())[:350]))
    ended = check_data(capfd, store, f"--source={source}")
    assert ended.code == 1
    assert "Traceback" not in ended.errors
    assert str(damaged) in ended.errors.strip().splitlines()[-1]


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
