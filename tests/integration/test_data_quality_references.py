"""What the gate compares a file with: the last accepted file, the champion, or a chosen one."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from tasks.deliveries.references import NO_FILE
from tasks.storage.artifacts import canonical_json
from tests.bad_inputs import lines
from tests.commands import check_data, retrain
from tests.integration.test_data_quality import GATE, findings_of, rules_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

REFERENCE = {f"reference-{stage}" for stage in GATE}


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
    assert asked["rows_near_last"]["observed"] == "75%"
    source.write_bytes(b"".join(lines(whole)[:131]))
    third = check_data(capfd, store, words)
    assert third.code == 3
    day = json.loads((store / "accepted/accepted.json").read_text())[-1]["accepted"][:10]
    assert (
        f"Found: 43.33%, compared with the file accepted on {day} ({source}); this breaks the rule"
        " rows_against_last: At least 50 % as many rows as the last accepted file."
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
    assert findings_of(itself.answer)["rows_against_last"]["observed"] == "100%"
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
