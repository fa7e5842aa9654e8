"""The champion over whole runs and commands: kept, replaced, rolled back, decided at once."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from flows.champion import main
from tasks.champions.champion import POINTER, Champion, ChampionRegistry
from tasks.champions.history import Event
from tasks.modelling.model_file import MODEL
from tasks.storage.artifacts import FileRecord
from tasks.storage.opening import open_store
from tasks.storage.store import MANIFEST
from tests.commands import STAGES, Ended, finish, last_object, retrain, start_retraining
from tests.trained_stores import GOOD, WEAKER

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

OTHER = (*GOOD, "--training.seed=1")


@pytest.fixture
def store_path(champion_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(champion_store, tmp_path / "store"))


def history(store: Path) -> list[Event]:
    return ChampionRegistry(open_store(str(store))).history()


def champion_model(store: Path) -> bytes:
    registry = ChampionRegistry(open_store(str(store)))
    champion = registry.current()
    assert champion
    return registry.path_of(champion, MODEL).read_bytes()


def by_hand(store: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    capsys.readouterr()
    assert main([*words, f"--store={store}", "--json"]) == 0, capsys.readouterr().err
    return last_object(capsys.readouterr().out)


def test_the_history_says_what_was_decided_by_which_figures_and_from_what(
    champion_store: Path,
) -> None:
    first, second = history(champion_store)
    assert (first.verdict, second.verdict) == ("Promoted", "KeptChampion")
    assert second.lineage["contract_version"] == "1.0.0"
    assert second.lineage["source"] == "demo"
    assert second.lineage["data"] == first.lineage["data"]
    assert second.lineage["delivery"] == first.lineage["delivery"]
    assert second.lineage["outputs"].keys() == set(STAGES) - {"report"}
    assert second.lineage["parameters"]["train"]["parameters"]["epochs"] == 4
    assert {"keras", "tensorflow", "numpy"} <= set(second.lineage["libraries"])
    assert "tasks/train.py" in second.lineage["code"]
    assert set(second.metrics["baselines"]) == {"median", "ridge"}
    names = [check["name"] for check in second.checks]
    assert names[-2:] == ["is better than the champion", "makes no slice worse"]
    assert [check["name"] for check in first.checks][-1].startswith("reproduces")
    assert first.checks[-1]["figures"]["difference_max"] <= 0.01


def test_a_promotion_by_hand_and_a_rollback_change_what_is_used_and_the_rule_respects_them(
    store_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    old = champion_model(store_path)
    weaker = history(store_path)[1].version
    event = by_hand(store_path, capfd, "promote", weaker, "--reason=better on Riesling")
    assert event["checks"][-1]["passed"]
    assert champion_model(store_path) != old
    by_hand(store_path, capfd, "rollback", "--reason=no, it is not")
    assert champion_model(store_path) == old
    decided = retrain(capfd, store_path, *WEAKER)
    assert decided.answer["verdict"] == "KeptChampion"
    assert "was withdrawn by hand" in decided.answer["reason"]
    assert decided.worked == {"promote", "report"}
    again = retrain(capfd, store_path, *WEAKER)
    assert (again.answer["verdict"], again.worked) == ("Unchanged", set())
    assert champion_model(store_path) == old
    listed = by_hand(store_path, capfd, "list")
    assert listed["withdrawn"] == [weaker]


def test_a_champion_whose_copy_is_damaged_is_renewed_from_what_the_store_holds(
    store_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    registry, intact = ChampionRegistry(open_store(str(store_path))), champion_model(store_path)
    champion = registry.current()
    assert champion
    path = registry.path_of(champion, MODEL)
    path.write_bytes(b"damaged" + path.read_bytes()[7:])
    ended = retrain(capfd, store_path, *GOOD)
    assert ended.code == 1
    assert f"wine-points champion promote {champion.version}" in ended.answer["error"]
    by_hand(store_path, capfd, "promote", champion.version, "--reason=its disk failed")
    assert champion_model(store_path) == intact
    assert by_hand(store_path, capfd, "list")["withdrawn"] == []
    again = retrain(capfd, store_path, *GOOD)
    assert (again.answer["verdict"], again.worked) == ("Unchanged", set())


def test_a_candidate_whose_file_was_spoilt_is_not_promoted_by_hand(
    store_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    weaker = history(store_path)[1]
    stage, address = weaker.lineage["outputs"]["train"].split("/")
    trained = open_store(str(store_path)).look_up(stage, address)
    assert trained
    path = store_path / trained.folder / MODEL
    path.write_bytes(path.read_bytes()[:-100])
    assert main(["promote", weaker.version, "--reason=why", f"--store={store_path}"]) == 1
    assert "the store holds no undamaged copy of it any more" in capfd.readouterr().err
    # Spoilt when it was saved, so that its digest is that of the spoilt bytes.
    files = trained.files | {MODEL: FileRecord.of(path)}
    sealed = trained.model_copy(update={"files": files}).to_manifest()
    (store_path / trained.path / MANIFEST).write_bytes(sealed)
    assert main(["promote", weaker.version, "--reason=why", f"--store={store_path}"]) == 1
    said = capfd.readouterr().err
    assert "does not reproduce its predictions in a fresh process" in said
    assert said.count("\n") == 1
    assert len(history(store_path)) == 2


def test_two_promotions_at_once_are_decided_one_after_the_other(tmp_path: Path) -> None:
    store = tmp_path / "store"
    both = [start_retraining(store, *options) for options in (GOOD, OTHER)]
    ended = [finish(process) for process in both]
    assert [e.code for e in ended] == [0, 0], [e.errors[-2000:] for e in ended]
    first, second = history(store)
    assert first.verdict == "Promoted"
    assert first.champion_before is None
    # The second was measured against the first, whichever came first.
    assert second.champion_before == first.version
    assert [c["name"] for c in second.checks if "champion" in c["name"]] == [
        "is better than the champion"
    ]
    verdicts = sorted(e.answer["verdict"] for e in ended)
    assert verdicts == sorted([first.verdict, second.verdict])
    registry = ChampionRegistry(open_store(str(store)))
    champion = registry.current()
    assert champion
    assert champion.version == second.champion_after
    assert json.loads((store / POINTER).read_bytes())["version"] == champion.version


def test_the_champion_and_its_history_survive_a_prune_of_everything_else(
    store_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from flows.housekeeping import main as keep_house

    for path in store_path.rglob("*"):
        os.utime(path, (1, 1))
    before = history(store_path)
    words = ["--prune", "--keep-runs=0", "--keep-hours=0", "--keep-champions=0"]
    assert keep_house([f"--store={store_path}", *words]) == 0
    assert not list(store_path.glob("train/*"))
    assert history(store_path) == before
    registry = ChampionRegistry(open_store(str(store_path)))
    assert registry.current() == Champion.from_event(before[0])
    # The same candidate again: its decision is made anew, and nothing of the champion changes.
    again: Ended = retrain(capfd, store_path, *GOOD)
    assert "promote" in again.worked
    assert again.answer["verdict"] == "Unchanged", again.answer["reason"]
    assert history(store_path) == before
    assert registry.current() == Champion.from_event(before[0])
