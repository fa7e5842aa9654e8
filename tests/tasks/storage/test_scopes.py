"""Each contract has records of its own in a store; the outputs of the stages are shared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tasks.champions.champion import ChampionRegistry
from tasks.champions.manual_promotion import roll_back
from tasks.deliveries.acceptance import DeliveryId, settle_comparison
from tasks.engine.run import Run
from tasks.housekeeping import Rule, prune_store
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tests.accepted_deliveries import accept, rows_of
from tests.champions import current_version, keep, promote_version
from tests.contracts import STARS_COLUMNS, WINE, make_contract

SCOPED = (
    "runs/a.json",
    "accepted/accepted.json",
    "champion/champion.json",
    "champion/history/1.json",
    "presets/tuned.yaml",
    "scores/scores.parquet",
)


def scopes_of(store: Store) -> list[str]:
    return [scoped.records.scope for scoped in store.scopes()]


def test_the_default_contract_has_the_folders_of_earlier_versions(tmp_path: Path) -> None:
    assert WINE.scope == ""
    scope = make_contract(tmp_path, STARS_COLUMNS).scope
    assert scope.startswith("stars-")
    assert make_contract(tmp_path, STARS_COLUMNS, "starry").scope != scope


def test_a_scope_sees_its_own_records_alone(any_store: Store) -> None:
    one, other = any_store.scoped("one"), any_store.scoped("other")
    stores = {"": any_store, "one": one, "other": other}
    for scope, store in stores.items():
        for name in SCOPED:
            store.records.write(name, f"{scope} {name}".encode())
    for scope, store in stores.items():
        records = store.records
        assert records.names("runs") == ["runs/a.json"]
        assert records.names("champion/history") == ["champion/history/1.json"]
        read = {name: f"{scope} {name}".encode() for name in SCOPED}
        assert {name: records.read(name) for name in SCOPED} == read
        assert records.read_all(SCOPED) == read
        assert records.local(SCOPED[0]).read_bytes() == read[SCOPED[0]]
        assert records.last_used(SCOPED[0]) > 0
        folder = f"contracts/{scope}/" if scope else ""
        assert records.place(SCOPED[0]) == f"{any_store}/{folder}{SCOPED[0]}"
    assert scopes_of(any_store) == ["", "one", "other"]
    with pytest.raises(FileExistsError):
        one.records.create("runs/a.json", b"")
    one.records.create("runs/b.json", b"new")
    one.records.update("runs/a.json", lambda content: (content or b"") + b"!")
    one.records.forget("accepted", keep=[], before=2**40)
    assert one.records.names("accepted") == []
    assert one.records.read("runs/a.json") == b"one runs/a.json!"
    for scope, store in (("", any_store), ("other", other)):
        assert store.records.read("runs/b.json") is None
        assert store.records.read("runs/a.json") == f"{scope} runs/a.json".encode()
        assert store.records.names("accepted") == ["accepted/accepted.json"]


def test_what_is_kept_in_a_scope_is_named_as_in_any_other(store: Store) -> None:
    one = store.scoped("one")
    for name in ("accepted/a.json", "accepted/b.json"):
        one.records.write(name, b"")
    one.records.forget("accepted", keep=["accepted/a.json"], before=2**40)
    assert one.records.names("accepted") == ["accepted/a.json"]


def test_a_scope_of_a_scope_is_no_part_of_it(store: Store) -> None:
    one = store.scoped("one")
    assert store.scoped("") is store
    assert one.scoped("one") is one
    one.scoped("other").records.write("runs/a.json", b"")
    one.scoped("").records.write("runs/b.json", b"")
    assert scopes_of(one) == ["", "other"]
    assert store.records.names("runs") == ["runs/b.json"]


def test_outputs_and_other_records_are_shared(store: Store) -> None:
    one = store.scoped("one")
    with one.workspace("split", "0" * 32) as workspace:
        workspace.write_text("1", "file")
        draft = Artifact(stage="split", address="0" * 32, digest="")
        made = one.publish(draft, workspace, Output())
    assert store.look_up("split", "0" * 32) == made
    one.records.write("sources/a.json", b"1")
    assert store.records.read("sources/a.json") == b"1"
    assert scopes_of(store) == [""]


def test_each_scope_has_a_champion_of_its_own(any_store: Store) -> None:
    one = any_store.scoped("one")
    promote_version(any_store, "A")
    assert current_version(one) is None
    promote_version(one, "B")
    promote_version(one, "C")
    assert (current_version(any_store), current_version(one)) == ("A", "C")
    registry = ChampionRegistry(one)
    champion = registry.current()
    assert champion
    assert registry.is_intact(champion)
    assert registry.path_of(champion, "model.keras").read_bytes() == b"weights of C"
    keep(one, "D")
    roll_back(one, "bad")
    assert (current_version(any_store), current_version(one)) == ("A", "B")
    assert [len(ChampionRegistry(store).history()) for store in (any_store, one)] == [1, 4]


def test_each_scope_has_accepted_files_of_its_own(store: Store) -> None:
    accept(Run(store, "reviews.csv"), "A", 100)
    one = Run(store.scoped("one"), "reviews.csv")
    assert settle_comparison(one, DeliveryId("B", {}), "last").last is None
    accept(one, "B", 70)
    for run, rows in ((Run(store, "reviews.csv"), 100), (one, 70)):
        assert rows_of(run.store, settle_comparison(run, DeliveryId("C", {}), "last")) == rows


def test_pruning_keeps_the_newest_runs_and_champions_of_each_scope(store: Store) -> None:
    one = store.scoped("one")
    for scoped in (store, one):
        for version in "ABC":
            promote_version(scoped, f"{version}{scoped.records.scope}")
        for number in range(3):
            output = f"split/{number}{scoped.records.scope or 'default'}"
            with store.workspace(*output.split("/")) as workspace:
                workspace.write_text("1", "file")
                draft = Artifact(stage="split", address=output.split("/")[1], digest="")
                made = store.publish(draft, workspace, Output())
            scoped.records.write(f"runs/{number}.json", f'{{"outputs": ["{made.path}"]}}'.encode())
    for path in filter(Path.is_file, store.root.rglob("*")):
        os.utime(path, (1, 1))
    rule = Rule(keep_runs=1, keep_hours=1, keep_champions=0)
    removed = prune_store(store, rule)
    folders = {"/".join(name.split("/")[:-1]) for name in removed}
    assert folders == {
        *("runs", "contracts/one/runs", "split"),
        *("champion/versions", "contracts/one/champion/versions"),
    }
    for scoped, kept in ((store, "2default"), (one, "2one")):
        assert scoped.records.names("runs") == ["runs/2.json"]
        assert current_version(scoped) == f"C{scoped.records.scope}"
        assert store.look_up("split", kept)
        assert store.look_up("split", kept.replace("2", "1")) is None
        champion = ChampionRegistry(scoped).current()
        assert champion
        assert ChampionRegistry(scoped).is_intact(champion)
