"""Decisions on real files: made, noted, repeated, and never lost to a kill.

A number stands for a model here; tests/integration/test_promotion.py has real ones.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pyarrow.parquet as pq
import pytest

from tasks import promote
from tasks.champions import candidate_files, champion, installation
from tasks.champions.champion import ChampionRegistry
from tasks.champions.copies import COPIES
from tasks.configuration.errors import StoreError
from tasks.engine.run import PENDING, Outcome, Run
from tasks.promote import promote_candidate
from tasks.reporting.run_records import ANNOUNCED
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tests.numbered_candidates import (
    DATASET,
    PARAMETERS,
    candidate,
    champion_of,
    decide,
    history_of,
    version,
)

pytestmark = pytest.mark.heavy

UNKNOWN = {"stage": "train", "address": PENDING, "digest": PENDING}


@pytest.fixture
def run(any_store: Store) -> Run:
    return Run(any_store, "reviews.csv")


def test_from_the_first_champion_to_a_better_one(run: Run) -> None:
    assert decide(run, "worse than ridge", 3.5) == ("NotPromoted", False)
    assert champion_of(run) is None
    assert decide(run, "first", 2.0) == ("Promoted", False)
    assert champion_of(run) == version("first")
    assert decide(run, "worse", 2.5) == ("KeptChampion", False)
    assert champion_of(run) == version("first")
    assert decide(run, "better", 1.5) == ("Promoted", False)
    assert champion_of(run) == version("better")


def test_a_decision_is_repeated_for_the_same_candidate(run: Run) -> None:
    decide(run, "first", 2.0)
    assert decide(run, "first", 2.0) == ("Promoted", True)
    decide(run, "worse", 2.5)
    assert decide(run, "worse", 2.5) == ("KeptChampion", True)


def test_a_decision_that_was_reached_and_followed_is_found_without_work(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(name: str, error: float) -> Artifact:
        return promote.plan_promotion(
            run, **candidate(run, name, error), dataset=DATASET, parameters=PARAMETERS
        )

    def reach(name: str, error: float) -> Artifact:
        inputs = candidate(run, name, error)
        return promote_candidate.__wrapped__(run, **inputs, dataset=DATASET, parameters=PARAMETERS)[
            0
        ]

    assert plan("first", 2.0).digest == PENDING
    first = reach("first", 2.0)
    assert plan("first", 2.0) == first
    unknown = candidate(run, "first", 2.0) | {"trained": Artifact(**UNKNOWN)}
    pending = promote.plan_promotion(run, **unknown, dataset=DATASET, parameters=PARAMETERS)
    assert pending == Artifact(**UNKNOWN | {"stage": "promote"})
    worse = reach("worse", 2.5)
    assert plan("worse", 2.5) == worse
    with monkeypatch.context() as patch:
        patch.setattr(installation, "_move_pointer", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            reach("better", 1.5)
    assert plan("better", 1.5).digest == PENDING
    better = reach("better", 1.5)
    assert plan("better", 1.5) == better
    # Under another champion it is another decision.
    assert plan("worse", 2.5).digest == PENDING
    with monkeypatch.context() as patch:
        patch.setattr(promote, "_record_decision", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            reach("worse", 2.5)
    assert plan("worse", 2.5).digest == PENDING
    reach("worse", 2.5)
    assert plan("worse", 2.5).facts["verdict"] == "KeptChampion"


def test_a_decision_that_no_run_ended_with_is_not_called_repeated(run: Run) -> None:
    assert decide(run, "first", 2.0, announce=False) == ("Promoted", False)
    assert decide(run, "first", 2.0) == ("Promoted", False)
    assert decide(run, "first", 2.0) == ("Promoted", True)


@pytest.mark.parametrize(
    "step", ["promote.install", "installation.append_event", "installation._move_pointer"]
)
def test_a_kill_at_any_step_after_the_decision_is_made_good(
    run: Run, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    decide(run, "first", 2.0)
    module, name = step.split(".")
    with monkeypatch.context() as patch:
        patch.setattr({"promote": promote, "installation": installation}[module], name, die)
        with pytest.raises(KeyboardInterrupt):
            decide(run, "better", 1.5)
    assert champion_of(run) == version("first")
    assert decide(run, "better", 1.5) == ("Promoted", False)
    assert champion_of(run) == version("better")
    assert history_of(run) == [
        ("first", "Promoted", "first"),
        ("better", "Promoted", "better"),
    ]


@pytest.mark.parametrize("how", ["damaged", "refreshed"])
def test_the_champions_own_decision_is_reached_anew_and_stays(run: Run, how: str) -> None:
    decide(run, "first", 2.0)
    decide(run, "better", 1.5)
    files = [n for n in run.store.objects.list("promote") if n.endswith("/decision.json")]
    before = run.store.objects.read_all(files)
    if how == "damaged":
        for name in files:
            run.store.objects.write(name, b"{}")
        again = run
    else:
        again = Run(run.store, run.source, frozenset({"promote"}))
    assert decide(again, "better", 1.5) == ("Promoted", True)
    assert champion_of(run) == version("better")
    own = ChampionRegistry(run.store).current()
    assert own is not None
    (aside,) = (n for n in run.store.objects.list(".damaged") if own.decision in n)
    old, remade = run.store.read_manifest(aside), run.store.look_up("promote", own.decision)
    assert old
    assert remade
    content = run.store.path_of(remade, "decision.json").read_bytes()
    assert content == before[f"{old.folder}/decision.json"]
    assert [event.kind for event in ChampionRegistry(run.store).history()] == ["decision"] * 2


def test_a_damaged_record_of_a_run_does_not_stop_the_next(run: Run) -> None:
    decide(run, "first", 2.0)
    records = run.store.records
    for name in [*records.names("runs"), *records.names(ANNOUNCED)]:
        records.write(name, b"{")
    assert decide(run, "first", 2.0) == ("Promoted", True)
    assert decide(run, "better", 1.5) == ("Promoted", False)


@pytest.mark.parametrize("altered", ["evaluate/*/*/predictions.parquet", "split/*/*/train.parquet"])
def test_what_was_altered_since_it_was_looked_up_decides_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, altered: str
) -> None:
    run, choose = Run(store, "reviews.csv"), candidate_files.choose_sample
    decide(run, "first", 2.0)

    def choose_and_alter(*columns: object) -> object:
        for path in store.root.glob(altered):
            pq.write_table(pq.read_table(path), path, compression="gzip")
        return choose(*columns)

    with monkeypatch.context() as patch:
        patch.setattr(candidate_files, "choose_sample", choose_and_alter)
        with pytest.raises(StoreError, match="replaced or damaged while it was read"):
            decide(run, "better", 1.5)
    assert champion_of(run) == version("first")
    assert len(history_of(run)) == 1


def test_a_run_reads_the_history_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Mock(side_effect=champion.read_history)
    monkeypatch.setattr(champion, "read_history", read)
    for name, error in (("first", 2.0), ("better", 1.5), ("worse", 2.5), ("worse", 2.5)):
        read.reset_mock()
        decide(run, name, error)
        # Where no pointer names a champion, the history is asked whether there is one.
        assert read.call_count == (2 if name == "first" else 1)


def test_every_decision_is_noted_once_with_its_lineage_and_figures(run: Run) -> None:
    for _ in range(2):
        decide(run, "loses to ridge", 3.5)
        decide(run, "first", 2.0)
        decide(run, "worse", 2.5)
        decide(run, "better", 1.5)
        decide(run, "better", 1.5)
    assert history_of(run) == [
        ("loses to ridge", "NotPromoted", None),
        ("first", "Promoted", "first"),
        ("worse", "KeptChampion", "first"),
        ("better", "Promoted", "better"),
        ("loses to ridge", "KeptChampion", "better"),
        ("first", "KeptChampion", "better"),
        ("worse", "KeptChampion", "better"),
    ]
    event = ChampionRegistry(run.store).history()[3]
    assert event.lineage["data"] == "data"
    assert event.lineage["contract_version"] == "1.0.0"
    assert event.lineage["source"] == "reviews.csv"
    assert "tasks/champions/champion_rules.py" in event.lineage["code"]
    assert event.metrics["test_mae"] == 1.5
    errors = next(c for c in event.checks if c["name"] == "is better than the champion")
    assert errors["figures"]["gain"] == pytest.approx(0.5)
    champion = ChampionRegistry(run.store).current()
    assert champion
    assert set(champion.files) == set(COPIES)


def test_the_same_predictions_under_another_contract_are_decided_on_anew(run: Run) -> None:
    inputs = candidate(run, "first", 2.0)
    first, _ = promote_candidate.__wrapped__(run, **inputs, dataset=DATASET, parameters=PARAMETERS)
    # The lineage is traced through what the run made: the same reviews, by another contract.
    candidate(run, "first", 2.0, contract="2.0.0")
    run.outcomes["evaluate"] = Outcome("Cached", 0.0, "", inputs["evaluated"])
    again, found = promote_candidate.__wrapped__(
        run, **inputs, dataset=DATASET, parameters=PARAMETERS
    )
    assert not found
    assert again.address != first.address


def test_no_other_process_changes_the_champion_meanwhile(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = []

    def note_lock(workspace: Workspace, *inputs: Any) -> Output:
        with run.store.lock("champion", wait=False) as is_free:
            free.append(is_free)
        return write_decision(workspace, *inputs)

    write_decision = promote.write_decision
    monkeypatch.setattr(promote, "write_decision", note_lock)
    decide(run, "first", 2.0)
    with run.store.lock("champion", wait=False) as is_free:
        assert (free, is_free) == ([False], True)


def test_a_demo_candidate_is_decided_on_apart() -> None:
    lineage = {
        "demo": True,
        "data": "a",
        "delivery": "a",
        "contract": "a",
        "contract_version": "1.0.0",
    }
    drafts = [
        promote._draft({}, lineage | {"demo": demo}, DATASET, PARAMETERS, [])
        for demo in (True, False)
    ]
    assert drafts[0].address != drafts[1].address
