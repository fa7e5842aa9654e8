"""The flows on a store in a bucket of a real S3 server, killed and cut off from it."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from flows import champion as champion_flow
from tasks.champions.champion import ChampionRegistry
from tasks.storage.opening import open_store
from tests.commands import (
    SMALL,
    Ended,
    check_data,
    finish,
    retrain,
    score,
    start,
    start_retraining,
)
from tests.forked import Forked
from tests.s3_server import S3Server
from tests.trained_stores import GOOD

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

OUTAGE_SECONDS = 30


@pytest.fixture(scope="module")
def trained(s3_server: S3Server) -> str:
    """URL of a store with a champion; what tests add to it changes nothing for others."""
    s3_server.make_bucket("wine")
    url = "s3://wine/trained"
    ended = finish(start_retraining(url, *GOOD))
    assert (ended.code, ended.answer["verdict"]) == (0, "Promoted"), ended.errors
    return url


def test_a_retraining_is_found_done_here_and_on_another_machine(
    trained: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again = retrain(capfd, trained, *GOOD)
    assert (again.answer["verdict"], again.worked) == ("Unchanged", set())
    monkeypatch.setenv("WINE_POINTS_CACHE", str(tmp_path / "cache"))
    other = retrain(capfd, trained, *GOOD)
    assert (other.answer["verdict"], other.worked) == ("Unchanged", set())
    for name in ("report", "data_quality_report", "model"):
        assert other.answer[name] == again.answer[name]
        store = open_store(trained)
        assert store.records.read(other.answer[name].removeprefix(f"{trained}/"))
    # What was compared with under the first run is compared with again.
    assert check_data(capfd, trained, GOOD[0]).worked == set()
    planned = retrain(capfd, trained, *GOOD, "--dry-run")
    states = {stage["state"] for stage in planned.answer["stages"].values()}
    assert states <= {"Cached", "WouldRun"}


def test_scores_lie_in_the_bucket(
    trained: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ended = score(capfd, trained, GOOD[0])
    assert ended.code == 0, ended.errors
    assert ended.answer["output"] == f"{trained}/scores/scores.parquet"
    assert ended.answer["rejects"] == f"{trained}/scores/scores.rejects.csv"
    records = open_store(trained).records
    table = pq.read_table(records.local("scores/scores.parquet"))
    assert table.num_rows == ended.answer["scored"] == 3000
    assert records.read("scores/scores.rejects.csv") is not None
    elsewhere = score(capfd, trained, GOOD[0], f"--output={tmp_path}/mine.parquet")
    assert elsewhere.answer["output"] == f"{tmp_path}/mine.parquet"
    assert pq.read_table(tmp_path / "mine.parquet").equals(table)


def test_the_champion_is_listed_and_rolled_back(
    trained: str, capfd: pytest.CaptureFixture[str]
) -> None:
    first = retrain(capfd, trained, *GOOD).answer
    better = retrain(capfd, trained, *GOOD, "--training.epochs=4")
    assert better.code == 0, better.errors
    registry = ChampionRegistry(open_store(trained))
    event = registry.history()[-1]
    assert event.verdict == "KeptChampion"
    words = [f"--store={trained}", "--reason=for the test"]
    assert champion_flow.main(["promote", event.version, *words]) == 0
    assert champion_flow.main(["list", f"--store={trained}"]) == 0
    assert event.version in capfd.readouterr().out
    assert champion_flow.main(["rollback", *words]) == 0
    current = registry.current()
    assert current is not None
    assert current.version == registry.history()[0].version
    assert champion_flow.main(["rollback", *words]) == 1
    assert first["verdict"] == "Unchanged"


def run_to_its_kill(url: str, pattern: str) -> None:
    ended = finish(start("tests.killed_at_put", [pattern, f"--store={url}", *SMALL, *GOOD]))
    assert ended.code == -signal.SIGKILL, ended.errors


def test_killed_between_any_two_puts_the_next_run_completes_it(
    bucket: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for pattern in (
        r"^validate/.*/data_quality\.html$",
        r"^train/.*/manifest\.json$",
        r"^champion/versions/.*/model\.keras$",
        r"^champion/champion\.json$",
    ):
        run_to_its_kill(bucket, pattern)
    ended = retrain(capfd, bucket, *GOOD)
    assert (ended.code, ended.answer["verdict"]) == (0, "Promoted"), ended.errors
    assert ended.worked == {"report"}
    registry = ChampionRegistry(open_store(bucket))
    assert [event.verdict for event in registry.history()] == ["Promoted"]
    assert registry.current() is not None


def test_a_server_that_is_away_for_a_while_is_survived(bucket: str, s3_server: S3Server) -> None:
    process = start_retraining(bucket, *GOOD)
    process.wait_for_line(r"epoch 5/8")
    s3_server.stop()
    # The length of the outage is what is tested.
    time.sleep(OUTAGE_SECONDS)
    s3_server.start()
    ended = finish(process)
    assert (ended.code, ended.answer["verdict"]) == (0, "Promoted"), ended.errors


def test_two_machines_that_retrain_at_once_agree(bucket: str, tmp_path: Path) -> None:
    def start_on(machine: str) -> Forked:
        return start_retraining(bucket, *GOOD, env={"WINE_POINTS_CACHE": str(tmp_path / machine)})

    ended: list[Ended] = [finish(process) for process in (start_on("one"), start_on("other"))]
    assert [e.code for e in ended] == [0, 0], [e.errors for e in ended]
    assert "Promoted" in {e.answer["verdict"] for e in ended}
    registry = ChampionRegistry(open_store(bucket))
    assert len([event for event in registry.history() if event.folder]) == 1


def test_what_keeps_one_out_is_a_line_and_an_exit_code(
    trained: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    ended: Any = retrain(capfd, trained, *GOOD)
    assert ended.code == 1
    assert "access is denied" in ended.answer["error"]
    assert "Traceback" not in ended.errors
    assert "another-secret" not in ended.errors
    refused = check_data(capfd, "ftp://wine/store")
    assert refused.code == 1
    assert "ftp:// cannot be opened" in refused.answer["error"]
