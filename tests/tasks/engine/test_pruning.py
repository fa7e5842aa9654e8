from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flows.housekeeping import main
from tasks.champions.champion import Champion, ChampionRoom
from tasks.engine import run_names
from tasks.engine.artifacts import Artifact, Output
from tasks.engine.atomic_files import write_atomically
from tasks.engine.pruning import choose_to_prune, measure_store, prune
from tasks.engine.store import Store
from tests.champions import promote_version

HOUR = 3600


def publish(store: Store, stage: str, number: int, age_hours: float = 48) -> Path:
    address = f"{number:032d}"
    draft = Artifact(stage=stage, address=address, digest="pending")
    with store.workspace(stage, address) as workspace:
        (workspace.output / "data").write_bytes(b"x" * 1000)
        made = store.publish(draft, workspace, Output())
    for path in (store.root / made.path, *(store.root / made.path).iterdir()):
        age(path, age_hours)
    return store.root / made.path


def age(path: Path, hours: float) -> None:
    then = path.stat().st_mtime - hours * HOUR
    os.utime(path, (then, then))


def note_run(store: Store, name: str, *outputs: Path) -> None:
    paths = [str(path.relative_to(store.root)) for path in outputs]
    path = store.root / "runs" / f"{name}.json"
    write_atomically(path, json.dumps({"outputs": paths}).encode())
    age(path, 48)


def test_what_recent_runs_used_or_was_made_lately_is_kept(store: Store) -> None:
    unused, used, young, found = (publish(store, "split", n) for n in range(4))
    os.utime(young / "manifest.json")
    artifact = store.look_up("split", found.name)
    assert artifact
    store.note_use(artifact)
    note_run(store, "2026-01-01", unused)
    note_run(store, "2026-01-02", used)
    chosen = choose_to_prune(store, keep_runs=1, keep_hours=24)
    assert chosen == [store.root / "runs/2026-01-01.json", unused]
    assert prune(store, chosen, keep_hours=24) == chosen
    assert not unused.exists()
    assert used.exists()
    assert young.exists()
    assert found.exists()
    assert not (store.root / ".trash").exists()


def test_records_that_the_page_of_metrics_shows_are_kept_without_their_outputs(
    store: Store,
) -> None:
    output = publish(store, "split", 1)
    kept = [f"2026-{n}-retraining-{verdict}" for n, verdict in enumerate(("Promoted", "Kept"))]
    gone = ["2026-3-retraining-Unchanged", "2026-4-scoring-Scored", "20260105T050000-0123abcd"]
    for name in (*kept, *gone):
        note_run(store, name, output)
    for name in ("runs/metrics.html", "runs/.2026.json.1.2", "champion/announced/.a.json.1.2"):
        write_atomically(store.root / name, b"")
        age(store.root / name, 48)
    assert choose_to_prune(store, keep_runs=0, keep_hours=24) == [
        store.root / "champion/announced/.a.json.1.2",
        store.root / "runs/.2026.json.1.2",
        *sorted(store.root / f"runs/{name}.json" for name in gone),
        output,
    ]


def test_of_the_records_that_the_page_shows_the_newest_are_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_names, "RUNS_SHOWN", 1)
    for number in range(2):
        note_run(store, f"2026-{number}-retraining-Promoted")
    oldest = store.root / "runs/2026-0-retraining-Promoted.json"
    assert choose_to_prune(store, keep_runs=0, keep_hours=24) == [oldest]


def test_abandoned_work_and_damaged_outputs_go_after_their_time(store: Store) -> None:
    for folder in (".work/train/abc/resume", ".damaged/split-abc-1", ".work/train/new/resume"):
        (store.root / folder).mkdir(parents=True)
        (store.root / folder / "file").touch()
    for path in (
        *(store.root / ".work/train/abc").rglob("*"),
        *(store.root / ".damaged").rglob("*"),
    ):
        age(path, 30)
    age(store.root / ".work/train/abc", 30)
    chosen = choose_to_prune(store, keep_runs=5, keep_hours=24)
    assert chosen == [store.root / ".damaged/split-abc-1", store.root / ".work/train/abc"]


def test_work_that_a_run_holds_is_left_alone(store: Store) -> None:
    with store.workspace("train", "abc") as workspace:
        folder = workspace.output.parent
        for path in (folder, *folder.rglob("*")):
            age(path, 30)
        chosen = choose_to_prune(store, keep_runs=5, keep_hours=24)
        assert chosen == [folder]
        assert prune(store, chosen, keep_hours=24) == []
        assert workspace.output.is_dir()


def test_the_champions_room_is_left_to_its_own_rule_but_for_abandoned_files(store: Store) -> None:
    event = promote_version(store, "abc")
    left = [store.root / "champion" / name for name in (".champion.json.1.2", "history/.1.json.1")]
    for path in left:
        path.touch()
    for path in (store.root / "champion").rglob("*"):
        os.utime(path, (1, 1))
    assert choose_to_prune(store, keep_runs=0, keep_hours=0) == left
    prune(store, left, keep_hours=0)
    assert ChampionRoom(store).current() == Champion.made_by(event)


def test_sizes_are_told_per_stage(store: Store) -> None:
    publish(store, "split", 1)
    publish(store, "split", 2)
    usage = {u.name: u for u in measure_store(store)}["split"]
    assert usage.outputs == 2
    assert usage.size_bytes > 2000


def test_the_command_shows_and_prunes(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    gone = publish(store, "split", 1)
    assert main([f"--store={store.root}", "--prune", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"would go: split/{gone.name} (0.0 MiB)" in said
    assert "store format 1" in said
    assert gone.exists()
    assert main([f"--store={store.root}", "--prune"]) == 0
    assert "1 entries gone" in capsys.readouterr().out
    assert not gone.exists()


def test_where_no_store_is_nothing_is_made(tmp_path: Path, capsys) -> None:
    assert main([f"--store={tmp_path / 'none'}"]) == 1
    assert "no store is here yet" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
    assert main([f"--store={tmp_path}", "--keep-runs=-1"]) == 2


def test_what_was_used_since_it_was_chosen_stays(store: Store) -> None:
    output = publish(store, "split", 1)
    chosen = choose_to_prune(store, keep_runs=0, keep_hours=24)
    assert chosen == [output]
    artifact = store.look_up("split", output.name)
    assert artifact
    store.note_use(artifact)
    assert prune(store, chosen, keep_hours=24) == []
    assert output.exists()


def test_cut_downloads_and_outputs_without_a_manifest_go(store: Store) -> None:
    part = store.root / "sources/abc/download.part"
    part.parent.mkdir(parents=True)
    part.touch()
    broken = publish(store, "split", 1)
    (broken / "manifest.json").unlink()
    age(broken, 48)
    age(part, 48)
    assert choose_to_prune(store, keep_runs=0, keep_hours=24) == [part, broken]


def test_a_damaged_record_of_a_run_is_named(store: Store, capsys) -> None:
    write_atomically(store.root / "runs/2026.json", b"{")
    assert main([f"--store={store.root}", "--prune"]) == 1
    assert "runs/2026.json: the record of a run is damaged" in capsys.readouterr().err


def test_one_holder_at_a_time_though_the_lock_is_pruned(store: Store) -> None:
    output = publish(store, "split", 1)
    name = f"split-{output.name}"
    prune(store, [output], keep_hours=24)
    assert not (store.root / ".locks" / name).exists()
    with store.lock(name) as first, store.lock(name, wait=False) as second:
        assert (first, second) == (True, False)
