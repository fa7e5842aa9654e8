"""What a run leaves in the store of itself, and how little of it the next one has to read."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.champions.manual_promotion import roll_back
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.references import place_of
from tasks.engine.run import Outcome, Run
from tasks.reporting.run_records import find_announced, read_retrainings, record_run, was_announced
from tasks.reporting.summary import RetrainingSummary, Summary
from tasks.storage.artifacts import Artifact, canonical_json
from tasks.storage.records import Records
from tasks.storage.run_names import RUNS, RUNS_SHOWN
from tasks.storage.store import Store
from tests.champions import promote_version

THOUSANDS = 2000
BASELINES: dict[str, dict[str, float | None]] = {"ridge": {"test_mae": 1.6, "test_mae_unseen": 1.7}}


def decided(number: int) -> Artifact:
    return Artifact(stage="promote", address=f"{number:032d}", digest="d")


def retrained(
    store: Store, verdict: Verdict, decision: Artifact | None = None, mae: float | None = 1.5
) -> Run:
    """Note a retraining as the flow does."""
    run = Run(store, "reviews.csv")
    if decision:
        run.outcomes["promote"] = Outcome("Completed", 0.0, "", decision)
    baselines = {} if mae is None else BASELINES
    record_run(
        run, RetrainingSummary(verdict=verdict, reason="", test_mae=mae, baselines=baselines)
    )
    return run


def write_records(store: Store, names: list[str], content: bytes = b"{}") -> None:
    """Write many records, as soon as a store of either kind can."""
    if store.objects.is_remote:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: store.records.write(name, content), names))
        return
    (store.root / RUNS).mkdir(exist_ok=True)
    for name in names:
        (store.root / name).write_bytes(content)


def count_reads(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by the name of each record that is read."""
    read: list[str] = []
    kind = type(store.records)
    one, several = kind.read, kind.read_all

    def note_one(records: Records, name: str) -> bytes | None:
        read.append(name)
        return one(records, name)  # type: ignore[arg-type]

    def note_several(records: Records, names: list[str]) -> dict[str, bytes]:
        wanted = list(names)
        read.extend(wanted)
        return several(records, wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "read", note_one)
    monkeypatch.setattr(kind, "read_all", note_several)
    return read


def test_a_decision_stays_announced_when_the_records_of_runs_are_gone(any_store: Store) -> None:
    run = Run(any_store, "reviews.csv")
    assert not was_announced(run, decided(1))
    retrained(any_store, Verdict.PROMOTED, decided(1))
    assert was_announced(run, decided(1))
    any_store.records.forget(RUNS, (), before=9e9)
    assert any_store.records.names(RUNS) == []
    assert was_announced(run, decided(1))
    assert not was_announced(run, decided(2))


def test_a_run_that_was_killed_while_it_was_recorded_announced_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(store.records), "create", die)
        with pytest.raises(KeyboardInterrupt):
            retrained(store, Verdict.PROMOTED, decided(1))
    assert not was_announced(Run(store, "reviews.csv"), decided(1))


def test_a_decision_that_an_older_version_announced_is_known(any_store: Store) -> None:
    old = canonical_json({"outputs": [decided(1).path, "report/abc"]})
    any_store.records.write(f"{RUNS}/20260105T050000-0123abcd.json", old)
    any_store.records.write(f"{RUNS}/20260106T050000-0123abcd.json", b"cut o")
    run = Run(any_store, "reviews.csv")
    assert was_announced(run, decided(1))
    assert not was_announced(run, decided(2))
    # Repeated, it no longer hangs on the old record.
    retrained(any_store, Verdict.UNCHANGED, decided(1))
    any_store.records.forget(RUNS, (), before=9e9)
    assert was_announced(run, decided(1))


def test_the_page_of_a_decision_is_that_of_the_run_that_announced_it(store: Store) -> None:
    run, report = Run(store, "reviews.csv"), Artifact(stage="report", address="abc", digest="d")
    run.outcomes["report"] = Outcome("Completed", 0.0, "", report)
    run.outcomes["promote"] = Outcome("Completed", 0.0, "", decided(1))
    record_run(run, RetrainingSummary(verdict=Verdict.PROMOTED, reason=""))
    retrained(store, Verdict.UNCHANGED, decided(1))
    assert find_announced(store.records, decided(1).path) == {decided(1).path, report.path}


@pytest.mark.parametrize("old", [False, True])
def test_thousands_of_records_are_not_read(
    any_store: Store, monkeypatch: pytest.MonkeyPatch, old: bool
) -> None:
    labels = [""] if old else ["-scoring-Scored", "-retraining-Unchanged"]
    names = [
        f"{RUNS}/2025{n:04d}T050000-0123abcd{labels[n % len(labels)]}.json"
        for n in range(THOUSANDS)
    ]
    write_records(any_store, names)
    retrained(any_store, Verdict.PROMOTED, decided(1))
    read = count_reads(any_store, monkeypatch)
    run = Run(any_store, "reviews.csv")
    assert was_announced(run, decided(1))
    assert len(read) == 1
    assert not was_announced(run, decided(2))
    assert len(read) == 2 + (RUNS_SHOWN if old else 0)
    read.clear()
    found = read_retrainings(any_store.records).runs
    assert [record.verdict for record in found] == ["Promoted"]
    assert len(read) == (RUNS_SHOWN if old else 1)


def test_retrainings_that_decided_or_were_rejected_are_found_in_their_order(store: Store) -> None:
    old = {"finished": "2026-01-05T05:00:00+00:00", "source": "old.csv", "verdict": "Promoted"}
    write_records(
        store,
        [f"{RUNS}/20260105T050000-0123abcd.json"],
        canonical_json(old | {"metrics": {"test_mae": 2.0}, "outputs": []}),
    )
    retrained(store, Verdict.KEPT_CHAMPION, mae=1.75)
    retrained(store, Verdict.UNCHANGED)
    retrained(store, Verdict.DATA_REJECTED, mae=None)
    record_run(Run(store, "demo"), Summary(verdict=Verdict.DATA_REJECTED, reason=""))
    retrained(store, Verdict.PROMOTED, mae=1.5)
    damages = (b"{", b"[]", b'{"finished": 3}', b"\xff")
    for number, damage in enumerate(damages):
        write_records(store, [f"{RUNS}/2026-{number}-retraining-Promoted.json"], damage)
    found = read_retrainings(store.records).runs
    assert [(record.verdict, record.metrics.get("test_mae")) for record in found] == [
        ("Promoted", 2.0),
        ("KeptChampion", 1.75),
        ("DataRejected", None),
        ("Promoted", 1.5),
    ]
    assert found[0].champion is None
    assert found[0].stages == 0


def test_a_record_says_who_is_champion_then_and_what_is_new(any_store: Store) -> None:
    promote_version(any_store, "A", metrics={"test_mae": 1.25, "rows": 9})
    promote_version(any_store, "B", metrics={"test_mae": 1.2, "rows": 9})
    any_store.records.write(place_of("0" * 64), canonical_json({"rows": 900}))
    last = {"name": "before", "digest": "0" * 64}
    ingredients = {"parameters": {"comparison": {"last": last}}}
    checked = Artifact(stage="validate", address="a", digest="d", facts={"rows": 1000})
    run = Run(any_store, "reviews.csv")
    known = checked.model_copy(update={"ingredients": ingredients})
    run.outcomes["fetch"] = Outcome("Completed", 0.0, "", decided(1))
    run.outcomes["validate"] = Outcome("Cached", 0.0, "", known)
    rejected = RetrainingSummary(verdict=Verdict.DATA_REJECTED, reason="")
    record_run(run, rejected)
    roll_back(any_store, "too harsh", "A")
    run.outcomes["validate"] = Outcome("Cached", 0.0, "", checked)
    record_run(run, rejected)
    first, second = read_retrainings(any_store.records).runs
    assert (first.rows, first.new_rows, first.cached_stages, first.stages) == (1000, 100, 1, 2)
    assert first.champion is not None
    assert (first.champion.version, first.champion.test_mae) == ("B", 1.2)
    assert (second.rows, second.new_rows) == (1000, None)
    assert second.champion is not None
    assert (second.champion.version, second.champion.test_mae) == ("A", 1.25)


def test_a_damaged_champion_does_not_keep_a_run_from_being_recorded(store: Store) -> None:
    promote_version(store, "A")
    store.records.write("champion/champion.json", b"{")
    retrained(store, Verdict.DATA_REJECTED, mae=None)
    (record,) = read_retrainings(store.records).runs
    assert record.champion is None


def test_a_record_keeps_no_metrics_where_nothing_was_measured(store: Store) -> None:
    record_run(Run(store, "demo"), Summary(verdict=Verdict.ACCEPTED, reason=""))
    (name,) = store.records.names(RUNS)
    assert name.endswith("-Accepted.json")
    written = store.records.read(name)
    assert written
    assert "metrics" not in json.loads(written)
