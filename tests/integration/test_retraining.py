"""The whole flow on a real Prefect server: what runs again, what is found, what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from tests.bad_inputs import BAD_INPUTS, GOOD_INPUTS, demo_csv
from tests.commands import STAGES, retrain
from tests.store_contents import only_output

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

CACHED = [stage for stage in STAGES if stage not in ("fetch", "promote")]


@pytest.fixture
def store_path(small_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_store, tmp_path / "store"))


def test_the_first_run_answers_all_that_is_promised(tmp_path: Path, capfd) -> None:
    ended = retrain(capfd, tmp_path / "store")
    assert ended.code == 0, ended.errors
    answer = ended.answer
    assert answer["verdict"] in ("Promoted", "NotPromoted")
    assert tuple(answer["stages"]) == STAGES
    assert set(ended.states.values()) == {"Completed"}
    assert all(stage["seconds"] >= 0 for stage in answer["stages"].values())
    assert set(answer["baselines"]) == {"median", "ridge"}
    assert answer["rows"]["source"] == 400
    sides = [answer["rows"][side] for side in ("train", "validation", "test")]
    assert sum(sides) + answer["rows"]["rejected"] == 400
    assert answer["rows"]["test_seen_in_train"] == 0
    for key in ("report", "data_quality_report", "model"):
        assert Path(answer[key]).is_file()
    assert 0 < answer["test_mae"] < 10
    assert answer["test_mae_unseen"] == answer["test_mae"]


def test_the_second_run_finds_everything(store_path: Path, capfd) -> None:
    ended = retrain(capfd, store_path)
    assert ended.worked == set()
    assert ended.answer["verdict"] in ("Unchanged",)
    assert ended.code == 0


def test_artifacts_are_shown_again_on_a_cached_run(store_path: Path, capfd) -> None:
    def count(key: str) -> int:
        with get_client(sync_client=True) as client:
            only = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
            return len(client.read_artifacts(artifact_filter=only))

    before = count("retraining-report"), count("data-quality")
    assert retrain(capfd, store_path).worked == set()
    assert (count("retraining-report"), count("data-quality")) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(
    ("argument", "worked"),
    [
        ("--training.epochs=1", {"train", "evaluate", "promote", "report"}),
        (
            "--vectorizer.vocabulary-size=100",
            {"vectorize", "train", "evaluate", "promote", "report"},
        ),
        ("--baselines.ridge-alpha=3", {"baselines", "evaluate", "promote", "report"}),
        ("--evaluation.worst-count=3", {"evaluate", "report"}),
        ("--promotion.seed=5", {"promote", "report"}),
        ("--split.test-fraction=0.2", set(CACHED[2:]) | {"promote"}),
    ],
)
def test_a_changed_parameter_runs_its_stage_and_what_follows(
    store_path: Path, capfd, argument: str, worked: set[str]
) -> None:
    assert retrain(capfd, store_path, argument).worked == worked
    assert retrain(capfd, store_path, argument).worked == set()


@pytest.mark.parametrize("stage", [*CACHED, "promote"])
def test_a_refreshed_stage_runs_anew_and_what_follows_is_found(
    store_path: Path, capfd, stage: str
) -> None:
    assert retrain(capfd, store_path, f"--refresh={stage}").worked == {stage}


@pytest.mark.parametrize("damage", ["delete", "flip"])
@pytest.mark.parametrize("stage", [*CACHED, "promote"])
def test_a_damaged_output_is_made_again(store_path: Path, capfd, stage: str, damage: str) -> None:
    names = ["../manifest.json", *only_output(store_path, stage).files]
    for name in names:
        path = store_path / only_output(store_path, stage).folder / name
        whole = path.read_bytes()
        spoil(path, damage)
        planned = retrain(capfd, store_path, "--dry-run")
        assert planned.states[stage] == "WouldRun", path
        path.write_bytes(whole)
    for name in (names[0], names[-1]):
        path = store_path / only_output(store_path, stage).folder / name
        spoil(path, damage)
        ended = retrain(capfd, store_path)
        assert ended.code == 0, ended.errors
        assert ended.worked == {stage}, path
    assert retrain(capfd, store_path).worked == set()


def spoil(path: Path, damage: str) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "delete":
        path.unlink()
    else:
        path.write_bytes(content)


def test_a_damaged_copy_of_the_source_is_made_again(store_path: Path, capfd) -> None:
    (path,) = (store_path / "fetch").glob("*/*/source")
    path.write_bytes(path.read_bytes()[:-1])
    assert retrain(capfd, store_path, "--refresh=ingest").worked == {"ingest"}
    fetched = only_output(store_path, "fetch")
    assert fetched.files["source"].matches(store_path / fetched.folder / "source")


def test_a_row_more_leaves_nothing_stale(tmp_path: Path, capfd) -> None:
    path = tmp_path / "reviews.csv"
    csv = demo_csv(tmp_path)
    path.write_bytes(csv)
    first = retrain(capfd, tmp_path / "store", f"--source={path}")
    row = b"400,Italy,A new and firm wine.,,91,20.0,X,,,,,A title,Red,A winery\n"
    path.write_bytes(csv + row)
    second = retrain(capfd, tmp_path / "store", f"--source={path}")
    assert second.answer["rows"]["source"] == first.answer["rows"]["source"] + 1
    assert {"ingest", "validate", "split", "evaluate", "report"} <= second.worked
    (raw,) = [
        p for p in (tmp_path / "store/ingest").glob("*/*/*.parquet") if len(pq.read_table(p)) == 401
    ]
    assert pq.read_table(raw)["description"][-1].as_py() == "A new and firm wine."


def test_a_change_to_the_test_set_alone_trains_nothing(tmp_path: Path, capfd) -> None:
    path, store = tmp_path / "reviews.csv", tmp_path / "store"
    path.write_bytes(demo_csv(tmp_path))
    first = retrain(capfd, store, f"--source={path}")
    (test,) = store.glob("split/*/*/test.parquet")
    row = pq.read_table(test).slice(0, 1).to_pylist()[0]
    reviews = pd.read_csv(path, keep_default_na=False, dtype=str)
    reviews.loc[row["row_number"], "points"] = str(row["points"] + 1)
    reviews.to_csv(path, index=False, lineterminator="\n")
    path.write_bytes(path.read_bytes().replace(b"Unnamed: 0,", b",", 1))
    second = retrain(capfd, store, f"--source={path}")
    assert second.worked.isdisjoint({"vectorize", "train"})
    assert {"split", "baselines", "evaluate", "promote"} <= second.worked
    assert second.answer["model"] == first.answer["model"]


@pytest.mark.parametrize("name", sorted(BAD_INPUTS))
def test_bad_input_gets_one_clear_line_and_its_exit_code(tmp_path: Path, capfd, name: str) -> None:
    bad = BAD_INPUTS[name]
    path = tmp_path / f"bad{bad.suffix}"
    path.write_bytes(bad.make(demo_csv(tmp_path)))
    ended = retrain(capfd, tmp_path / "store", f"--source={path}")
    assert ended.code == bad.exit_code, ended.errors
    assert "Traceback" not in ended.errors
    if bad.exit_code == 3:
        assert ended.answer["verdict"] == "DataRejected"
        assert bad.says in ended.answer["reason"]
        assert Path(ended.answer["data_quality_report"]).is_file()
        assert set(ended.answer["stages"]) == {"fetch", "ingest", "validate"}
    else:
        line = ended.errors.strip().splitlines()[-1]
        assert line.startswith(f"error: {path}: ") or (
            line.startswith("error: ") and str(path) in line
        )
        assert bad.says in line
    assert_nothing_half_written(tmp_path / "store")


@pytest.mark.parametrize("source", ["missing.csv", "empty folder"])
def test_what_is_no_file_is_named(tmp_path: Path, capfd, source: str) -> None:
    (tmp_path / "empty folder").mkdir()
    ended = retrain(capfd, tmp_path / "store", f"--source={tmp_path / source}")
    assert ended.code == 1
    (line,) = (line for line in ended.errors.splitlines() if str(tmp_path) in line)
    assert line.startswith("error: ")
    assert "Traceback" not in ended.errors
    assert_nothing_half_written(tmp_path / "store")


def assert_nothing_half_written(store: Path) -> None:
    for folder in store.glob("[!.]*/*"):
        if folder.is_dir() and folder.parent.name not in ("runs", "sources", "champion"):
            assert (folder / "manifest.json").exists()
    assert not [p for p in store.glob(".work/**/*") if p.is_file()]


@pytest.mark.parametrize("name", sorted(GOOD_INPUTS))
def test_harmless_differences_are_accepted(tmp_path: Path, capfd, name: str) -> None:
    good = GOOD_INPUTS[name]
    path = tmp_path / f"good{good.suffix}"
    path.write_bytes(good.make(demo_csv(tmp_path)))
    ended = retrain(capfd, tmp_path / "store", f"--source={path}")
    assert ended.code == 0, ended.errors
    assert ended.answer["rows"]["source"] == 400


@pytest.mark.parametrize(
    "words",
    [
        ["--training.epochs=0"],
        ["--preset=huge"],
        ["--training.epoch=3"],
        ["--fetch.sha256=abc"],
        ["--source=ftp://example.org/x.csv"],
        ["--source=https:/user:secret@example.org/x.csv"],
        ["--split.strategy=positional"],
        ["--split.test-fraction=0.9", "--split.validation-fraction=0.9"],
    ],
)
def test_wrong_usage_exits_2_with_what_is_wrong(tmp_path: Path, capfd, words: list[str]) -> None:
    ended = retrain(capfd, tmp_path / "store", *words)
    assert ended.answer["verdict"] == "Failed"
    assert ended.code == 2, ended.errors
    assert "Traceback" not in ended.errors
    assert "secret" not in ended.errors
    assert words[0].lstrip("-").split("=")[0].split(".")[-1].split("-")[0] in ended.errors.lower()


def test_a_dry_run_says_what_would_run_and_why_and_touches_nothing(
    store_path: Path, tmp_path: Path, capfd
) -> None:
    def listing(folder: Path) -> list[str]:
        return sorted(str(p) for p in folder.rglob("*") if ".locks" not in p.parts)

    before = listing(store_path)
    ended = retrain(capfd, store_path, "--dry-run", "--training.epochs=1")
    stages = ended.answer["stages"]
    assert {n for n, s in stages.items() if s["state"] == "Cached"} == {
        "fetch",
        "ingest",
        "validate",
        "split",
        "vectorize",
        "baselines",
    }
    assert "parameters.epochs from 2 to 1" in stages["train"]["reason"]
    assert stages["evaluate"]["reason"] == "runs if its inputs (trained) change"
    assert stages["learning_curve"]["reason"] == "runs if the candidate does not surely beat ridge"
    assert listing(store_path) == before
    ended = retrain(capfd, tmp_path / "new", "--dry-run")
    assert ended.code == 0
    assert not (tmp_path / "new").exists()


def test_a_gpu_that_is_not_there_fails_at_once_with_the_reason(tmp_path: Path, capfd) -> None:
    if any(Path(file).exists() for file in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")):
        pytest.skip("this machine shows a GPU driver")
    ended = retrain(capfd, tmp_path / "store", "--training.device=gpu")
    assert ended.code == 1
    assert "shows no GPU driver" in ended.errors
    assert not (tmp_path / "store" / "ingest").exists()


def test_the_saved_model_gives_the_very_predictions_that_were_evaluated(
    small_store: Path, tmp_path: Path
) -> None:
    import subprocess
    import sys

    (model,) = small_store.glob("train/*/*/model.keras")
    (predictions,) = small_store.glob("evaluate/*/*/predictions.parquet")
    (test,) = small_store.glob("split/*/*/test.parquet")
    script = (
        "import sys, keras, numpy as np, pyarrow.parquet as pq\n"
        "import tasks.modelling.standardization\n"
        "model = keras.saving.load_model(sys.argv[1], safe_mode=True)\n"
        "texts = pq.read_table(sys.argv[2])['description'].to_pylist()\n"
        "texts = keras.ops.convert_to_tensor(np.array(texts, dtype=object)[:, None], 'string')\n"
        "np.save(sys.argv[3], model.predict(texts, verbose=0)[:, 0])\n"
    )
    result = tmp_path / "predicted.npy"
    subprocess.run([sys.executable, "-c", script, model, test, result], check=True)
    evaluated = pq.read_table(predictions)["estimated"].to_numpy()
    np.testing.assert_allclose(np.load(result), evaluated, atol=1e-4)
