from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flows.housekeeping import main
from tasks.champions.champion import Champion, ChampionRegistry
from tasks.storage import run_names
from tasks.storage.artifacts import Artifact, FileRecord, Output
from tasks.storage.atomic_files import write_atomically
from tasks.storage.pruning import Entry, choose_to_prune, prune
from tasks.storage.store import Store
from tasks.storage.usage import measure_store
from tests.champions import promote_version

HOUR = 3600


def publish(store: Store, stage: str, number: int, age_hours: float = 48) -> Path:
    address = f"{number:032d}"
    draft = Artifact(stage=stage, address=address, digest="pending")
    with store.workspace(stage, address) as workspace:
        (workspace.output / "data").write_bytes(b"x" * 1000)
        made = store.publish(draft, workspace, Output())
    for path in filter(Path.is_file, (store.root / made.path).rglob("*")):
        age(path, age_hours)
    return store.root / made.path


def age(path: Path, hours: float) -> None:
    then = path.stat().st_mtime - hours * HOUR
    os.utime(path, (then, then))


def names(entries: list[Entry]) -> list[str]:
    return [entry.name for entry in entries]


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
    assert names(chosen) == ["runs/2026-01-01.json", f"split/{unused.name}"]
    assert prune(store, chosen, keep_hours=24) == chosen
    assert not unused.exists()
    assert used.exists()
    assert young.exists()
    assert found.exists()


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
    assert names(choose_to_prune(store, keep_runs=0, keep_hours=24)) == [
        "champion/announced/.a.json.1.2",
        "runs/.2026.json.1.2",
        *sorted(f"runs/{name}.json" for name in gone),
        f"split/{output.name}",
    ]


def test_of_the_records_that_the_page_shows_the_newest_are_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_names, "RUNS_SHOWN", 1)
    for number in range(2):
        note_run(store, f"2026-{number}-retraining-Promoted")
    chosen = names(choose_to_prune(store, keep_runs=0, keep_hours=24))
    assert chosen == ["runs/2026-0-retraining-Promoted.json"]


def test_abandoned_work_and_damaged_outputs_go_after_their_time(store: Store) -> None:
    old = (".work/train/abc/resume/file", ".damaged/split-abc-1.json", ".damaged/split-abc-2/a")
    for name in (*old, ".trash/split-abc-1/a", ".work/train/new/resume/file"):
        write_atomically(store.root / name, b"")
        if "new" not in name:
            age(store.root / name, 30)
    chosen = choose_to_prune(store, keep_runs=5, keep_hours=24)
    assert names(chosen) == [
        *(".damaged/split-abc-1.json", ".damaged/split-abc-2", ".trash/split-abc-1"),
        ".work/train/abc",
    ]
    assert prune(store, chosen, keep_hours=24) == chosen
    assert [path.name for path in (store.root / ".work/train").iterdir()] == ["new"]


def test_work_that_a_run_holds_is_left_alone(store: Store) -> None:
    with store.workspace("train", "abc") as workspace:
        (workspace.output / "half").touch()
        age(workspace.output / "half", 30)
        chosen = choose_to_prune(store, keep_runs=5, keep_hours=24)
        assert names(chosen) == [".work/train/abc"]
        assert prune(store, chosen, keep_hours=24) == []
        assert (workspace.output / "half").exists()


def test_the_champions_room_is_left_to_its_own_rule_but_for_abandoned_files(store: Store) -> None:
    event = promote_version(store, "abc")
    left = ["champion/.champion.json.1.2", "champion/history/.1.json.1.2"]
    for name in left:
        (store.root / name).touch()
    for path in (store.root / "champion").rglob("*"):
        os.utime(path, (1, 1))
    chosen = choose_to_prune(store, keep_runs=0, keep_hours=0)
    assert names(chosen) == left
    assert prune(store, chosen, keep_hours=0) == chosen
    assert not (store.root / left[1]).exists()
    assert ChampionRegistry(store).current() == Champion.from_event(event)


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
    assert f"would remove split/{gone.name} (0.0 MiB)" in said
    assert "store format 2" in said
    assert gone.exists()
    assert main([f"--store={store.root}", "--prune"]) == 0
    assert "removed 1 entries" in capsys.readouterr().out
    assert not gone.exists()


def test_where_no_store_is_nothing_is_made(tmp_path: Path, capsys) -> None:
    assert main([f"--store={tmp_path / 'none'}"]) == 1
    assert "no store is here yet" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
    assert main([f"--store={tmp_path}", "--keep-runs=-1"]) == 2


def test_what_was_used_since_it_was_chosen_stays(store: Store) -> None:
    output = publish(store, "split", 1)
    chosen = choose_to_prune(store, keep_runs=0, keep_hours=24)
    assert names(chosen) == [f"split/{output.name}"]
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
    age(part, 48)
    (attempt,) = broken.iterdir()
    chosen = choose_to_prune(store, keep_runs=0, keep_hours=24)
    part_name, broken_name = names(chosen)
    assert part_name == "sources/abc/download.part"
    assert broken_name == f"split/{broken.name}/{attempt.name}"
    prune(store, chosen, keep_hours=24)
    assert not broken.exists()
    assert not part.exists()


def test_a_damaged_record_of_a_run_is_named(store: Store, capsys) -> None:
    write_atomically(store.root / "runs/2026.json", b"{")
    assert main([f"--store={store.root}", "--prune"]) == 1
    assert "runs/2026.json: the record of a run is damaged" in capsys.readouterr().err


def test_one_holder_at_a_time_though_the_lock_is_pruned(store: Store) -> None:
    output = publish(store, "split", 1)
    name = f"split-{output.name}"
    prune(store, choose_to_prune(store, keep_runs=0, keep_hours=24), keep_hours=24)
    assert not (store.root / ".locks" / name).exists()
    with store.lock(name) as first, store.lock(name, wait=False) as second:
        assert (first, second) == (True, False)


def test_an_output_of_an_earlier_version_goes_whole(store: Store) -> None:
    """Its files lie beside the manifest; what replaced it stays, what it left goes."""
    draft = Artifact(stage="split", address="abc", digest="d")
    write_atomically(store.root / "split/abc/a", b"old")
    record = FileRecord.of(store.root / "split/abc/a")
    old = draft.model_copy(update={"files": {"a": record}})
    sealed = json.loads(old.to_manifest())["manifest"].encode()
    write_atomically(store.root / "split/abc/manifest.json", sealed)
    for name in ("a", "manifest.json"):
        age(store.root / "split/abc" / name, 48)
    (entry,) = choose_to_prune(store, keep_runs=0, keep_hours=24)
    assert entry[:2] == ("split/abc", ("split/abc/manifest.json", "split/abc/a"))
    with store.workspace("split", "abc") as workspace:
        (workspace.output / "a").write_bytes(b"new")
        made = store.publish(draft, workspace, Output(), replace=True)
    (aside,) = store.objects.list(".damaged")
    age(store.root / aside, 48)
    chosen = choose_to_prune(store, keep_runs=0, keep_hours=24)
    assert names(chosen) == [aside, "split/abc/a"]
    prune(store, chosen, keep_hours=24)
    assert store.look_up("split", "abc") == made


def test_a_stray_file_beside_an_outputs_files_is_left_with_them(store: Store) -> None:
    used = publish(store, "split", 1)
    artifact = store.look_up("split", used.name)
    assert artifact
    stray = store.root / artifact.folder / ".DS_Store"
    stray.touch()
    age(stray, 48)
    note_run(store, "2026-01-02", used)
    assert choose_to_prune(store, keep_runs=1, keep_hours=24) == []
    for path in (store.root / artifact.path).rglob("*"):
        age(path, 48)
    chosen = choose_to_prune(store, keep_runs=0, keep_hours=24)
    assert names(chosen) == ["runs/2026-01-02.json", artifact.path]
    prune(store, chosen, keep_hours=24)
    assert store.look_up("split", used.name) is None


def test_a_download_under_way_is_left_alone(store: Store) -> None:
    part = store.root / "sources/abc/download.part"
    write_atomically(part, b"half")
    age(part, 48)
    chosen = choose_to_prune(store, keep_runs=0, keep_hours=24)
    with store.lock("source-abc"):
        assert prune(store, chosen, keep_hours=24) == []
        assert part.exists()
    assert prune(store, chosen, keep_hours=24) == chosen


def test_what_was_replaced_stays_as_long_as_what_was_found(store: Store) -> None:
    old = publish(store, "split", 1)
    before = store.look_up("split", old.name)
    draft = Artifact(stage="split", address=old.name, digest="")
    with store.workspace("split", old.name) as workspace:
        (workspace.output / "data").write_bytes(b"new")
        made = store.publish(draft, workspace, Output(), replace=True)
    assert before
    assert choose_to_prune(store, keep_runs=0, keep_hours=24) == []
    (aside,) = store.objects.list(".damaged")
    age(store.root / aside, 48)
    chosen = choose_to_prune(store, keep_runs=0, keep_hours=24)
    assert names(chosen) == [aside, before.folder]
    prune(store, chosen, keep_hours=24)
    assert store.look_up("split", old.name) == made


def test_hidden_files_of_a_person_stay(store: Store) -> None:
    for name in ("scores/.gitignore", "accepted/.keep", "scores/.scores.parquet.part"):
        write_atomically(store.root / name, b"")
        age(store.root / name, 48)
    assert choose_to_prune(store, keep_runs=0, keep_hours=24) == []


def test_a_stage_may_lie_on_another_disk(store: Store, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (store.root / "split").symlink_to(tmp_path / "elsewhere")
    output = publish(store, "split", 1)
    assert {usage.name for usage in measure_store(store)} == {"split"}
    assert names(choose_to_prune(store, keep_runs=0, keep_hours=24)) == [f"split/{output.name}"]
