"""Kills, interrupts, a full disk, servers that fail: nothing lost, nothing half-written."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.bad_inputs import demo_csv
from tests.benchmarks import kill_and_resume
from tests.benchmarks.kill_and_resume import kill_and_repeat, results_of
from tests.commands import STAGES, finish, retrain, start_retraining
from tests.http_server import Fault, Resource, serve

OPTIONS = (*kill_and_resume.OPTIONS, "--training.epochs=10")
LONG = (*kill_and_resume.OPTIONS, "--training.epochs=40")

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


def test_a_killed_run_goes_on_to_the_results_of_an_undisturbed_one(tmp_path: Path) -> None:
    undisturbed = finish(start_retraining(tmp_path / "undisturbed", *OPTIONS))
    assert undisturbed.code == 0, undisturbed.errors
    expected = results_of(tmp_path / "undisturbed")
    process = start_retraining(tmp_path / "killed", *OPTIONS, start_new_session=True)
    process.wait_for_line(r"epoch 3/10")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    again = finish(start_retraining(tmp_path / "killed", *OPTIONS))
    assert again.code == 0, again.errors
    assert re.search(r"training continues after epoch [3-9]", again.errors)
    assert {n for n, s in again.states.items() if s == "Cached"} == set(STAGES[1:5])
    assert results_of(tmp_path / "killed") == expected
    # And killed at an instant that nobody chose.
    trial = kill_and_repeat(tmp_path / "random", 10, time.time() % 10, expected)
    assert trial.same


def test_ctrl_c_ends_cleanly_and_the_next_run_goes_on(tmp_path: Path) -> None:
    process = start_retraining(tmp_path / "store", *LONG)
    process.wait_for_line(r"epoch 2/40")
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130
    assert "Traceback" not in ended.errors
    assert "the next run resumes" in ended.errors.strip().splitlines()[-1]
    again = finish(start_retraining(tmp_path / "store", *LONG))
    assert again.code == 0
    assert re.search(r"training continues after epoch \d", again.errors)


NO_SERVER = {"PREFECT_API_URL": None, "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true"}


def test_ctrl_c_in_a_terminal_does_not_end_the_temporary_server_too_soon(
    tmp_path: Path, prefect_home: Path
) -> None:
    environment = NO_SERVER | {"PREFECT_HOME": str(prefect_home)}
    process = start_retraining(tmp_path / "store", *LONG, env=environment, start_new_session=True)
    process.wait_for_line(r"epoch 2/40")
    os.killpg(process.pid, signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130, ended.errors
    # The server outlived the Ctrl-C: it still took the state of the run.
    assert re.search(r"Flow run .* - Finished in state Crashed", ended.errors)
    assert "Traceback" not in ended.errors


def test_runs_that_start_together_on_a_new_prefect_home_all_end(tmp_path: Path) -> None:
    environment = NO_SERVER | {"PREFECT_HOME": str(tmp_path / "prefect")}
    runs = [start_retraining(tmp_path / f"store-{n}", env=environment) for n in range(3)]
    ended = [finish(run) for run in runs]
    assert [e.code for e in ended] == [0, 0, 0], [e.errors[-2000:] for e in ended]


def test_a_server_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    environment = {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    ended = finish(start_retraining(tmp_path / "store", env=environment))
    assert ended.code == 1
    assert ended.errors.count("\n") == 1
    assert "the Prefect server at http://127.0.0.1:9/api does not answer" in ended.errors
    assert ended.answer["verdict"] == "Failed"


@pytest.mark.parametrize("other", [(), ("--training.seed=7",)])
def test_two_runs_at_once_both_end_and_what_both_need_is_made_once(
    tmp_path: Path, other: tuple[str, ...]
) -> None:
    store = tmp_path / "store"
    both = [start_retraining(store), start_retraining(store, *other)]
    ended = [finish(process) for process in both]
    assert [e.code for e in ended] == [0, 0], [e.errors for e in ended]
    for stage in ("ingest", "validate", "split", "vectorize", "baselines"):
        assert len(list((store / stage).iterdir())) == 1
        assert sorted(e.states[stage] for e in ended) == ["Cached", "Completed"], stage
    assert len(list((store / "train").iterdir())) == (2 if other else 1)
    assert not (store / ".damaged").exists()
    assert finish(start_retraining(store)).worked <= {"promote", "report"}


def test_a_full_disk_is_told_and_the_next_run_goes_on(small_disk: Path, capfd) -> None:
    ended = retrain(capfd, small_disk / "store")
    assert ended.code == 1
    assert "the disk is full" in ended.errors.strip().splitlines()[-1]
    subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
    again = retrain(capfd, small_disk / "store")
    assert again.code == 0, again.errors


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(status=503), Fault(status=503)],
        [Fault(cut_after=2_000)],
        [Fault(headers={"Content-Length": "999999"})],
    ],
    ids=["503 twice", "dropped half way", "wrong length"],
)
def test_a_fetch_recovers_from_what_passes(tmp_path: Path, capfd, faults) -> None:
    body = gzip.compress(demo_csv(tmp_path))
    with serve() as server:
        server.resources["/reviews.csv.gz"] = Resource(body=body, etag='"1"')
        server.faults.extend(faults)
        url = server.url("/reviews.csv.gz")
        ended = retrain(capfd, tmp_path / "store", f"--source={url}")
        assert ended.code == 0, ended.errors
        assert "Traceback" not in ended.errors
        # A server that cannot resume is asked for the whole once more.
        assert len(faults) < len(server.requests) <= len(faults) + 2
        again = retrain(capfd, tmp_path / "store", f"--source={url}")
        assert again.states["fetch"] == "Cached"
        assert again.worked == set()


@pytest.mark.parametrize(
    ("path", "option", "says"),
    [
        ("/gone.csv", "--fetch.timeout-seconds=5", "404"),
        ("/reviews.csv", f"--fetch.sha256={'0' * 64}", "sha256"),
    ],
)
def test_what_cannot_pass_is_not_tried_again(
    tmp_path: Path, capfd, path: str, option: str, says: str
) -> None:
    with serve() as server:
        server.resources["/reviews.csv"] = Resource(body=demo_csv(tmp_path))
        ended = retrain(capfd, tmp_path / "store", f"--source={server.url(path)}", option)
        assert ended.code == 1
        line = ended.errors.strip().splitlines()[-1]
        assert says in line.lower()
        assert "Traceback" not in ended.errors
        assert len(server.requests) == 1


def test_a_broken_contract_is_not_tried_again(tmp_path: Path, capfd) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(demo_csv(tmp_path).replace(b"points", b"score", 1))
    ended = retrain(capfd, tmp_path / "store", f"--source={path}")
    assert ended.code == 3
    assert ended.errors.count("validate runs") == 1
    again = retrain(capfd, tmp_path / "store", f"--source={path}")
    assert again.code == 3
    assert again.worked == set()
    assert Path(again.answer["data_quality_report"]).is_file()
