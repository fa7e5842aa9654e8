from __future__ import annotations

from pathlib import Path

import pytest

from flows.diagnosis import store as store_checks
from flows.diagnosis.checks import Finding, run_checks
from flows.doctor import list_checks
from tasks.engine.run import Run
from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tests import accepted_deliveries
from tests.champions import promote_version


def found_in(store: Store | Path | str) -> dict[str, Finding]:
    of_store = ("store", "last accepted", "champion")
    return dict(run_checks([check for check in list_checks(str(store)) if check.name in of_store]))


def test_a_store_that_is_not_there_yet_is_no_problem_and_is_not_made(tmp_path: Path) -> None:
    found = found_in(tmp_path / "a/store")
    assert [finding.level for finding in found.values()].count("problem") == 0
    assert "no store yet" in found["store"].found
    assert list(tmp_path.iterdir()) == []


def test_a_store_in_use_is_described_and_left_as_it_is(store: Store) -> None:
    accepted_deliveries.accept(
        Run(store, "http://user:hidden@example.org/a.csv?key=hidden"), "d", 9
    )
    promote_version(store, "a" * 16)
    before = sorted(store.root.rglob("*"))
    found = found_in(store)
    assert {finding.level for finding in found.values()} == {"ok"}
    assert "format 2, writable" in found["store"].found
    assert "http://example.org/a.csv" in found["last accepted"].found
    assert "hidden" not in str(found)
    assert found["champion"].found == (f"{'a' * 16}: 2 files and 1 event of the history are intact")
    assert sorted(store.root.rglob("*")) == before


@pytest.mark.slow
def test_a_store_in_a_bucket_is_looked_at_too(bucket: str) -> None:
    found = found_in(bucket)
    assert found["store"].level == "warning"
    assert found["store"].found == f"{bucket}: no store yet; the first run creates it"
    store = open_store(bucket)
    store.create()
    promote_version(store, "b" * 16)
    found = found_in(bucket)
    assert found["store"].found.startswith(f"{bucket}, format 2, writable, ")
    assert found["store"].level == "ok"
    assert found["champion"].found.startswith("b" * 16)
    missing = found_in("s3://no-such-bucket/x")
    assert [finding.level for finding in missing.values()] == ["problem"]
    assert "there is no such bucket" in missing["store"].found


def test_data_that_were_accepted_long_ago_are_a_warning(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted_deliveries.accept(Run(store, "reviews.csv"), "d", 9)
    monkeypatch.setattr(store_checks, "ACCEPTED_DAYS_MAX", -1)
    assert found_in(store)["last accepted"].level == "warning"


def test_a_damaged_champion_and_history_are_problems(store: Store) -> None:
    promote_version(store, "A")
    (model,) = store.root.glob("champion/versions/*/model.keras")
    sound = model.read_bytes()
    model.write_bytes(b"other")
    found = found_in(store)
    assert found["champion"].level == "problem"
    assert f"{model}: damaged or missing" in found["champion"].found
    assert found["store"].level == "ok"
    model.write_bytes(sound)
    assert found_in(store)["champion"].level == "ok"
    (event,) = store.root.glob("champion/history/*.json")
    event.write_bytes(event.read_bytes().replace(b"beats", b"BEATS"))
    assert "damaged; restore it" in found_in(store)["champion"].found


def test_a_damaged_memory_of_accepted_files_is_a_problem(store: Store) -> None:
    (store.root / "accepted").mkdir()
    (store.root / "accepted/accepted.json").write_bytes(b"[")
    assert found_in(store)["last accepted"].level == "problem"


def test_a_folder_that_is_no_store_or_of_another_format_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    assert "not empty and not a store" in found_in(tmp_path)["store"].found
    (tmp_path / "store.json").write_text('{"format": 99}')
    ((name, finding),) = found_in(tmp_path).items()
    assert (name, finding.level, "format is 99" in finding.found) == ("store", "problem", True)
    for place in (tmp_path / "letter.txt", tmp_path / "letter.txt" / "store"):
        ((name, finding),) = found_in(place).items()
        assert (name, "this is a file" in finding.found) == ("store", True)
    assert "a store cannot be created here" in found_in(Path("/proc/store"))["store"].found


def test_a_disk_that_is_nearly_full_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_checks, "FREE_GIB_LOW", 1e9)
    assert found_in(store)["store"].level == "warning"
    monkeypatch.setattr(store_checks, "FREE_GIB_MIN", 1e9)
    assert found_in(store)["store"].level == "problem"
