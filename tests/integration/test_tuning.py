"""A tuning through its command: its preset file, a kill, and that the test set is never used."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from flows import retraining
from tasks.configuration.preset_files import read_preset
from tasks.split import SIDES
from tasks.storage.artifacts import Artifact
from tasks.storage.store import MANIFEST
from tests.bad_inputs import demo_csv
from tests.commands import SMALL, SMALL_NETWORK, Ended, finish, retrain, run, start_tuning, tune
from tests.store_contents import only_output

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

TRIALS = 3
LONG = ("--training.epochs=10", f"--trials={TRIALS}")


def outputs(store: Path, stage: str) -> dict[str, Artifact]:
    found = map(
        Artifact.from_manifest, (p.read_bytes() for p in store.glob(f"{stage}/*/{MANIFEST}"))
    )
    return {artifact.address: artifact for artifact in found}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    store = tmp_path_factory.mktemp("tuned") / "store"
    return store, finish(start_tuning(store, f"--trials={TRIALS}"))


def test_a_tuning_leaves_a_preset_file_a_page_and_a_summary(tuned: tuple[Path, Ended]) -> None:
    store, ended = tuned
    assert ended.code == 0, ended.errors
    answer = ended.answer
    assert (answer["verdict"], answer["trials"]) == ("Tuned", TRIALS)
    assert answer["validation_mae"] <= answer["preset_validation_mae"]
    assert len(outputs(store, "trial")) == TRIALS
    assert answer["preset"] == str(store / "presets/tuned.yaml")
    base, overrides = read_preset(Path(answer["preset"]))
    assert base == "demo"
    for name, value in answer["settings"].items():
        stage, field = name.split(".")
        assert getattr(overrides[stage], field) == value
    # What a person set is kept, but not what is of the machine or of the data.
    fields = {stage: chosen.model_fields_set for stage, chosen in overrides.items() if chosen}
    assert "lstm_units" in fields["network"]
    assert "device" not in fields["training"]
    assert overrides.keys() == {"vectorizer", "network", "training"}
    page = Path(answer["report"])
    assert f"{TRIALS} trials on" in page.read_text()
    assert page.with_name("preset.yaml").read_text() == Path(answer["preset"]).read_text()


def test_the_same_tuning_again_finds_everything(tuned: tuple[Path, Ended], capfd) -> None:
    store, ended = tuned
    again = tune(capfd, store, f"--trials={TRIALS}")
    assert again.worked == set()
    same = ("settings", "validation_mae", "report", "best")
    assert [again.answer[name] for name in same] == [ended.answer[name] for name in same]
    more = tune(capfd, store, f"--trials={TRIALS + 1}")
    assert more.worked - {"04-vectorize"} == {"04-trial", "tune"}


def test_a_retraining_takes_the_preset_file_as_the_same_options(
    tuned: tuple[Path, Ended], tmp_path: Path, capfd
) -> None:
    store, ended = tuned
    copy = shutil.copytree(store, tmp_path / "store")
    options = [
        f"--{'no-' if value is False else ''}{name.replace('_', '-')}"
        + ("" if isinstance(value, bool) else f"={value}")
        for name, value in ended.answer["settings"].items()
    ]
    by_hand = retrain(capfd, copy, *options)
    assert by_hand.code == 0, by_hand.errors
    assert by_hand.states["split"] == "Cached"
    others = [word for word in SMALL if word not in SMALL_NETWORK or "device" in word]
    words = [f"--store={copy}", "--json", *others, f"--preset={ended.answer['preset']}"]
    by_file = run(capfd, retraining.main, words)
    assert by_file.worked <= {"promote", "report"}
    assert by_file.answer["model"] == by_hand.answer["model"]


def test_the_test_set_is_never_used(tuned: tuple[Path, Ended], tmp_path: Path, capfd) -> None:
    store, _ = tuned
    split = only_output(store, "split")
    train, validation, test = (split.files[f"{side}.parquet"].sha256 for side in SIDES)
    digests = {test, split.digest}
    for stage in ("vectorize", "trial", "tune"):
        for artifact in outputs(store, stage).values():
            inputs = artifact.ingredients["inputs"]
            assert not digests & set(inputs.values())
            assert stage != "trial" or {train, validation} <= set(inputs.values())
    # Other targets in the test set: the data are read again, and every trial is found.
    import pyarrow.parquet as pq

    file = tmp_path / "reviews.csv"
    file.write_bytes(demo_csv(tmp_path))
    one = tune(capfd, tmp_path / "store", f"--source={file}", "--trials=2")
    assert one.code == 0, one.errors
    place = next((tmp_path / "store/split").rglob("test.parquet"))
    texts = set(pq.read_table(place, columns=["description"])["description"].to_pylist())
    with file.open(newline="") as source:
        header, *rows = csv.reader(source)
    for row in rows:
        if row[header.index("description")] in texts:
            row[header.index("points")] = str(180 - int(row[header.index("points")]))
    with file.open("w", newline="") as changed:
        csv.writer(changed).writerows([header, *rows])
    other = tune(capfd, tmp_path / "store", f"--source={file}", "--trials=2")
    assert {"ingest", "validate", "split"} <= other.worked
    assert not {n for n in other.worked if n[0] == "0"}
    assert other.answer["validation_mae"] == one.answer["validation_mae"]


def test_a_killed_tuning_goes_on_to_the_preset_file_of_an_undisturbed_one(tmp_path: Path) -> None:
    whole = finish(start_tuning(tmp_path / "whole", *LONG))
    assert whole.code == 0, whole.errors
    process = start_tuning(tmp_path / "killed", *LONG, start_new_session=True)
    process.wait_for_line(r"trial 2 of 3[\s\S]*epoch 3/10")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "killed/presets").exists()
    again = finish(start_tuning(tmp_path / "killed", *LONG))
    assert again.code == 0, again.errors
    assert again.states["01-trial"] == "Cached"
    assert re.search(r"training continues after epoch [3-9]", again.errors)
    presets = [tmp_path / name / "presets/tuned.yaml" for name in ("whole", "killed")]
    assert presets[0].read_bytes() == presets[1].read_bytes()
    trials = [outputs(tmp_path / name, "trial") for name in ("whole", "killed")]
    digests = [{address: t.digest for address, t in found.items()} for found in trials]
    assert digests[0] == digests[1]


def test_a_rejected_file_is_not_tuned(tmp_path: Path, capfd) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(demo_csv(tmp_path).replace(b"points", b"score", 1))
    ended = tune(capfd, tmp_path / "store", f"--source={file}", "--trials=2")
    assert (ended.code, ended.answer["verdict"]) == (3, "DataRejected")
    assert ended.answer["preset"] is None
    assert "01-trial" not in json.dumps(ended.answer["stages"])
