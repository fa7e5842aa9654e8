"""The scoring command and the export: trained champions, kills, full disks and large files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from flows import champion as champion_flow
from flows import export as export_flow
from tasks.champions.champion import ChampionRegistry
from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tests.bad_inputs import demo_csv
from tests.benchmarks import scoring_speed
from tests.commands import finish, score, start_scoring
from tests.forked import Forked
from tests.served_champions import install_champion, write_texts
from tests.tasks.test_score import GOOD, ODD, read_rejects

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


@pytest.fixture
def trained(champion_store: Path, tmp_path: Path) -> Path:
    """A store with a champion that the retraining has promoted."""
    return Path(shutil.copytree(champion_store, tmp_path / "store"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes some ten seconds to score."""
    texts = [f"{'firm dull wine ' * 25}{n % 997}" for n in range(40_000)]
    path = write_texts(tmp_path_factory.mktemp("large") / "large.csv", texts)
    target = path.with_name("larger.csv")
    scoring_speed.repeat_rows(path, 10, target)
    return target


def test_the_reviews_that_evaluated_the_model_get_the_same_predictions_again(
    trained: Path, tmp_path: Path, capfd
) -> None:
    ended = score(capfd, trained, "--fetch.demo-rows=3000", f"--output={tmp_path}/scores.parquet")
    assert (ended.code, ended.answer["verdict"]) == (0, "Scored"), ended.errors
    promoted = ChampionRegistry(open_store(str(trained))).history()[0]
    assert ended.answer["model_version"] == promoted.version
    assert ended.answer["rows"] == ended.answer["scored"] == 3000
    assert ended.answer["reviews_per_second"] > 0
    scored = pq.read_table(ended.answer["output"]).to_pandas().set_index("row_number")
    assert scored.index.tolist() == list(range(3000))
    (evaluated,) = (trained / promoted.lineage["outputs"]["evaluate"]).glob("*/predictions.parquet")
    tested = pq.read_table(evaluated).to_pandas().set_index("row_number")
    again = scored.loc[tested.index]
    assert again["predicted_points"].to_numpy() == pytest.approx(
        tested["predicted"].to_numpy(), abs=1e-4
    )
    # The coverage that the evaluation tells is that of the bounds that are written.
    figures = json.loads(evaluated.with_name("figures.json").read_bytes())
    for interval in figures["intervals"]:
        low, high = again[f"lower_{interval['level']}"], again[f"upper_{interval['level']}"]
        held = ((low <= tested["actual"]) & (tested["actual"] <= high)).mean()
        assert held == pytest.approx(interval["coverage"], abs=2 / len(tested))
    assert pq.read_metadata(ended.answer["output"]).metadata[b"model_version"]
    assert read_rejects(Path(ended.answer["output"])) == []


def test_a_hostile_file_is_scored_as_far_as_it_can_be(trained: Path, tmp_path: Path, capfd) -> None:
    source = write_texts(tmp_path / "new.csv", [*ODD, GOOD])
    ended = score(capfd, trained, f"--source={source}", f"--output={tmp_path}/made/scores.parquet")
    assert ended.code == 0, ended.errors
    answer = ended.answer
    assert (answer["rows"], answer["scored"], answer["rejected"]) == (11, 7, 4)
    assert "was trained on made-up reviews" in answer["reason"]
    rejects = read_rejects(Path(answer["output"]))
    assert [r["rule"] for r in rejects] == [
        "description_required",
        "description_length",
        "description_has_a_token",
        "description_control_characters",
    ]
    assert len(rejects[1]["value"]) < 40_000


def test_the_command_keeps_columns_or_says_which_there_are(
    served: Store, tmp_path: Path, capfd
) -> None:
    source, output = tmp_path / "new.csv", tmp_path / "scores.parquet"
    source.write_text(f'"a,b",description,größe,[x]\n007,{GOOD},=1,x\n008,short,=2,x\n')
    words = (f"--source={source}", f"--output={output}", "--keep", "a,b", "--keep=Größe")
    ended = score(capfd, served.root, *words, "--keep=[x]")
    assert ended.code == 0, ended.errors
    (row,) = pq.read_table(output).to_pylist()
    assert (row["a,b"], row["Größe"], row["[x]"]) == ("007", "=1", "x")
    (reject,) = read_rejects(output)
    assert (reject["a,b"], reject["Größe"], reject["[x]"]) == ("008", "'=2", "x")
    ended = score(capfd, served.root, *words, "--keep=nr")
    assert ended.code == 2
    asked = 'there is no column "nr" for --keep; the columns are "a,b", description, größe, [x]'
    assert ended.answer["error"] == f"{source}: {asked}"


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("country\nItaly\n", 3, "no column description"),
        ("description\n", 3, "no review"),
        ("description\nshort\n", 3, "The only review breaks"),
        ("description\na firm wine \0 of some length\n", 3, "The only review breaks"),
        ('description\n"never closed\nx\n', 1, "line 2"),
    ],
)
def test_what_cannot_be_scored_at_all_ends_in_its_exit_code_and_keeps_the_old_scores(
    served: Store, tmp_path: Path, capfd, content: str, code: int, says: str
) -> None:
    source, output = tmp_path / "new.csv", tmp_path / "scores.parquet"
    source.write_text(content)
    output.write_text("old")
    ended = score(capfd, served.root, f"--source={source}", f"--output={output}")
    assert ended.code == code
    assert ended.answer["verdict"] == ("DataRejected" if code == 3 else "Failed")
    assert says in json.dumps(ended.answer)
    assert "Traceback" not in ended.errors
    assert output.read_text() == "old"


def test_wrong_usage_and_no_champion_are_told_in_one_line(tmp_path: Path, capfd) -> None:
    for output in ("scores.csv", str(tmp_path)):
        ended = score(capfd, tmp_path / "store", f"--output={output}")
        assert ended.code == 2
        assert "name a file that ends in .parquet" in ended.errors
    ended = score(capfd, tmp_path / "store", f"--output={tmp_path}/scores.parquet")
    assert ended.code == 1
    assert (
        "there is no champion of the contract wine_reviews; retrain"
        in ended.errors.splitlines()[-1]
    )
    assert "Traceback" not in ended.errors


def test_a_dry_run_names_the_champion_and_writes_nothing(
    served: Store, tmp_path: Path, capfd
) -> None:
    (tmp_path / "new.csv").write_bytes(demo_csv(tmp_path))
    before = sorted(served.root.rglob("*"))
    output = tmp_path / "scores.parquet"
    ended = score(
        capfd, served.root, f"--source={tmp_path}/new.csv", f"--output={output}", "--dry-run"
    )
    assert ended.code == 0
    assert ended.answer["stages"]["score"]["reason"] == f"the champion v1 would write {output}"
    assert sorted(served.root.rglob("*")) == before
    assert not output.exists()


def test_memory_does_not_grow_with_the_file(served: Store, large: Path, tmp_path: Path) -> None:
    tenth = large.with_name("large.csv")
    peaks = {
        path: scoring_speed.score(path, served.root, tmp_path / "scores.parquet")["peak_mib"]
        for path in (tenth, large)
    }
    assert large.stat().st_size > 9 * tenth.stat().st_size
    assert peaks[large] < 1.3 * peaks[tenth], peaks


def wait_for_part(process: Forked, output: Path) -> None:
    part = output.with_name(f".{output.name}.part")
    deadline = time.monotonic() + 120
    while not (part.exists() and part.stat().st_size > 1_000):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_the_old_scores_and_the_next_one_replaces_them(
    served: Store, large: Path, tmp_path: Path, number: signal.Signals, capfd
) -> None:
    output = tmp_path / "scores.parquet"
    output.write_text("old")
    process = start_scoring(served.root, f"--source={large}", f"--output={output}")
    wait_for_part(process, output)
    process.send_signal(number)
    ended = finish(process)
    assert output.read_text() == "old"
    if number == signal.SIGINT:
        assert ended.code == 130, ended.errors
        assert "Traceback" not in ended.errors
        assert [p.name for p in tmp_path.iterdir()] == ["scores.parquet"]
    source = write_texts(tmp_path / "new.csv", [GOOD])
    again = score(capfd, served.root, f"--source={source}", f"--output={output}")
    assert again.code == 0, again.errors
    assert pq.read_table(output).num_rows == 1
    assert not list(tmp_path.glob(".*"))


def test_a_full_disk_is_told_and_the_old_scores_stay(
    served: Store, large: Path, small_disk: Path, capfd
) -> None:
    output = small_disk / "scores.parquet"
    output.write_text("old")
    ended = score(capfd, served.root, f"--source={large}", f"--output={output}")
    assert ended.code == 1
    assert "the disk is full" in ended.errors.strip().splitlines()[-1]
    assert [(p.name, p.read_text()) for p in small_disk.iterdir()] == [("scores.parquet", "old")]


def test_after_a_rollback_the_next_scoring_uses_the_old_model(
    store: Store, tmp_path: Path, capfd
) -> None:
    source = write_texts(tmp_path / "new.csv", [GOOD])
    words = (f"--source={source}", f"--output={tmp_path}/scores.parquet")

    def version_that_scores() -> str:
        return str(score(capfd, store.root, *words).answer["model_version"])

    install_champion(store, "v1")
    assert version_that_scores() == "v1"
    install_champion(store, "v2", seed=1)
    assert version_that_scores() == "v2"
    assert champion_flow.main(["rollback", f"--store={store.root}", "--reason=too harsh"]) == 0
    assert version_that_scores() == "v1"


IN_A_PROCESS_OF_ITS_OWN = """
import json, sys
import tensorflow as tf
serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
texts = json.load(open(sys.argv[2]))
said = serve(description=tf.constant(texts))
none = serve(description=tf.constant([], tf.string))
assert not [name for name in sys.modules if name.split(".")[0] in ("tasks", "flows")]
print(json.dumps({
    "said": {name: tensor.numpy().astype(str).tolist() for name, tensor in said.items()},
    "none": {name: tensor.shape[0] for name, tensor in none.items()},
}))
"""


@pytest.mark.parametrize("champion", ["trained", "served"])
def test_the_exported_model_says_to_tensorflows_own_loader_what_scoring_says(
    request: pytest.FixtureRequest, champion: str, tmp_path: Path, capfd
) -> None:
    made = request.getfixturevalue(champion)
    store = made.root if isinstance(made, Store) else made
    texts = [GOOD, *ODD]
    source = write_texts(tmp_path / "new.csv", texts)
    ended = score(capfd, store, f"--source={source}", f"--output={tmp_path}/scores.parquet")
    folder = tmp_path / "model"
    words = [f"--store={store}", f"--output={folder}"]
    assert export_flow.main(words) == 0
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    run = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, folder, tmp_path / "texts.json"],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    scored = pq.read_table(ended.answer["output"])
    rows = scored["row_number"].to_pylist()
    assert sorted(answer["said"]) == sorted(scored.column_names[1:])
    for name in scored.column_names[1:-1]:
        every = np.array(answer["said"][name], float)
        assert np.isfinite(every).all()
        assert every[rows] == pytest.approx(scored[name].to_numpy(), abs=1e-4), name
    assert set(answer["said"]["model_version"]) == {ended.answer["model_version"]}
    assert set(answer["none"].values()) == {0}
    # A folder is not replaced.
    assert export_flow.main(words) == 2
    assert "there is something already" in capfd.readouterr().err


def test_an_export_without_a_champion_is_told_in_one_line(tmp_path: Path, capfd) -> None:
    assert export_flow.main([f"--store={tmp_path / 'none'}", f"--output={tmp_path / 'm'}"]) == 1
    assert capfd.readouterr().err.startswith("error: ")
    assert not (tmp_path / "m").exists()
