from __future__ import annotations

import errno
import gzip
import io
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from data_contracts.profile import Profile
from tasks import acceptance
from tasks.acceptance import (
    identify_delivery,
    profile_of,
    remember_acceptance,
    settle_comparison,
)
from tasks.accepted_files import FILES_MAX, SOURCES_MAX
from tasks.engine.artifacts import Artifact, FileRecord, Output
from tasks.engine.run import PENDING, Run
from tasks.engine.store import Store
from tasks.errors import StoreError
from tasks.parameters import IngestParameters
from tasks.references import Comparison, read_references
from tests.champions import crown as make_champion
from tests.store_contents import BODY

URL = "https://example.org/reviews.csv"


def checked(store: Store, name: str, rows: int) -> Artifact:
    """Publish what a check leaves behind of a file of so many rows."""
    if found := store.look_up("validate", name):
        return found
    profile = Profile(
        rows=rows,
        null_fractions={},
        points={88: rows},
        price_bins=[],
        token_bins=[],
        countries={},
        tokens={},
    )
    with store.workspace("validate", name) as workspace:
        workspace.write_json(profile.model_dump(mode="json"), "profile.json")
        draft = Artifact(stage="validate", address=name, digest="")
        return store.publish(draft, workspace, Output(digest=name))


def accept(run: Run, name: str, rows: int) -> Comparison:
    """Go through the gate as a flow does."""
    comparison = settle_comparison(run, name, "last")
    remember_acceptance(run, name, checked(run.store, name, rows), comparison)
    return comparison


def rows_of(store: Store, comparison: Comparison, key: str = "last") -> int | None:
    known = read_references(store.root, comparison)[0].get(key)
    return known.profile.rows if known else None


def kept_profiles(store: Store) -> list[Path]:
    return [p for p in (store.root / "accepted").glob("*.json") if p.stem != "accepted"]


def remembered(store: Store) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((store.root / "accepted/accepted.json").read_text())
    return found


def grow_old(store: Store, days: float = 2) -> None:
    """Make the profiles older, as if nothing had been compared with them since."""
    for path in kept_profiles(store):
        then = path.stat().st_mtime - days * 24 * 3600
        os.utime(path, (then, then))


def crown(store: Store, demo: bool, profile_rows: int | None = 555) -> None:
    """Install a champion, with or without a profile of its training data."""
    path = store.root / "figures"
    path.write_bytes(b"figures")
    sources = {"figures.json": (path, FileRecord.of(path))}
    if profile_rows is not None:
        trained = checked(store, "training data", profile_rows)
        record = trained.files["profile.json"]
        sources["profile.json"] = (store.path_of(trained, "profile.json"), record)
    make_champion(store, "v1", sources, lineage={"demo": demo})


def test_the_first_file_is_compared_with_nothing(store: Store) -> None:
    first = accept(Run(store, URL), "first", 100)
    assert (first.last, first.champion) == (None, None)
    assert first.last_absent == "no file was accepted before"
    assert first.champion_absent == "there is no champion"


def test_the_next_file_is_compared_with_the_last(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    accept(run, "second", 200)
    assert rows_of(store, settle_comparison(run, "third", "last")) == 200


def test_an_accepted_file_is_compared_again_with_what_it_was_accepted_under(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    under = accept(run, "second", 200)
    crown(store, demo=False)
    for _ in range(3):
        again = accept(run, "second", 200)
        assert again.model_dump() == under.model_dump()
        assert rows_of(store, again) == 100
    assert [entry["delivery"] for entry in remembered(store)] == ["first", "second"]


def test_an_old_file_is_known_for_one(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    accept(run, "second", 200)
    old = settle_comparison(run, "first", "last")
    assert old.last is not None
    assert old.last.accepted_before is not None
    new = settle_comparison(run, "third", "last")
    assert new.last is not None
    assert new.last.accepted_before is None


def test_a_trial_with_another_source_changes_nothing_for_the_first(store: Store) -> None:
    scheduled, trial = Run(store, URL), Run(store, "trial.csv")
    accept(scheduled, "first", 100)
    assert rows_of(store, accept(trial, "large", 9000)) == 100
    assert rows_of(store, settle_comparison(scheduled, "second", "last")) == 100
    # A source of which nothing was accepted takes the newest file of any.
    newcomer = Run(store, "newcomer.csv")
    assert rows_of(store, settle_comparison(newcomer, "x", "last")) == 9000


def test_made_up_and_real_reviews_do_not_meet(store: Store) -> None:
    accept(Run(store, "demo"), "made up", 100)
    crown(store, demo=True)
    real = settle_comparison(Run(store, URL), "real", "last")
    assert (real.last, real.champion) == (None, None)
    assert real.last_absent == "no file of real reviews was accepted before"
    assert real.champion_absent == "the champion was trained on made-up reviews"
    accept(Run(store, URL), "real", 300)
    again = settle_comparison(Run(store, "demo"), "more made up", "last")
    assert rows_of(store, again) == 100
    assert rows_of(store, again, "champion") == 555
    shutil.rmtree(store.root / "champion")
    crown(store, demo=False)
    again = settle_comparison(Run(store, "demo"), "more made up", "last")
    assert again.champion_absent == "the champion was trained on real reviews"


def test_a_champion_without_a_profile_is_not_compared_with(store: Store) -> None:
    crown(store, demo=False, profile_rows=None)
    comparison = settle_comparison(Run(store, URL), "real", "last")
    assert comparison.champion is None
    assert comparison.champion_absent == "the champion keeps no profile"


def test_a_chosen_profile_or_none_takes_the_place_of_the_last(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    crown(store, demo=False)
    none = settle_comparison(run, "second", "none")
    assert (none.last, none.champion) == (None, None)
    assert none.last_absent == none.champion_absent == "the run asked for no comparison"
    chosen = profile_of(checked(store, "other", 777), "other.csv")
    comparison = settle_comparison(run, "second", chosen)
    assert rows_of(store, comparison) == 777
    assert rows_of(store, comparison, "champion") == 555


def test_only_what_will_be_compared_with_again_is_kept(store: Store) -> None:
    run = Run(store, URL)
    for number in range(8):
        grow_old(store)
        accept(run, f"file {number}", 100 + number)
    assert len(kept_profiles(store)) == 2
    assert rows_of(store, settle_comparison(run, "file 7", "last")) == 106


def test_what_a_run_under_way_settled_on_stays(store: Store) -> None:
    run, other = Run(store, URL), Run(store, "other.csv")
    accept(run, "first", 100)
    grow_old(store)
    under_way = settle_comparison(other, "x", "last")
    for number in range(3):
        accept(run, f"file {number}", 200 + number)
    assert rows_of(store, under_way) == 100
    # What is looked up without a run is not noted.
    other.planning = True
    before = {path: path.stat().st_mtime for path in kept_profiles(store)}
    settle_comparison(other, "x", "last")
    assert {path: path.stat().st_mtime for path in kept_profiles(store)} == before


def test_a_name_for_each_delivery_does_not_fill_the_store(store: Store) -> None:
    scheduled = Run(store, URL)
    accept(scheduled, "scheduled", 50)
    accept(Run(store, "demo"), "made up", 60)
    for number in range(SOURCES_MAX + 10):
        grow_old(store, days=1.1)
        # A source whose file does not change is in use all the same.
        assert settle_comparison(scheduled, "scheduled", "last").last is None
        dated = Run(store, f"reviews-{number}.csv")
        comparison = accept(dated, f"file {number}", 100 + number)
        assert rows_of(store, comparison) == (99 + number if number else 50)
    sources = [entry["source"] for entry in remembered(store)]
    assert len(sources) == SOURCES_MAX
    assert sources[0] == URL
    assert "demo" not in sources
    # Its own and the one that it was accepted under.
    assert len(kept_profiles(store)) <= SOURCES_MAX + 1


def test_the_files_of_a_source_that_are_remembered_are_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.accepted_files.FILES_MAX", 3)
    run = Run(store, URL)
    for number in range(5):
        accept(run, f"file {number}", 100 + number)
    assert [e["delivery"] for e in remembered(store)] == ["file 2", "file 3", "file 4"]
    assert FILES_MAX * SOURCES_MAX <= 5000


def test_the_memory_outlives_the_outputs(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    shutil.rmtree(store.root / "validate")
    assert rows_of(store, settle_comparison(run, "second", "last")) == 100


@pytest.mark.parametrize("side", ["own", "chosen", "champion"])
@pytest.mark.parametrize("content", [None, b"{}"])
def test_a_profile_that_changed_since_is_not_remembered(
    store: Store, side: str, content: bytes | None
) -> None:
    run = Run(store, URL)
    crown(store, demo=False)
    own, other = checked(store, "own", 1), checked(store, "other", 2)
    comparison = settle_comparison(run, "own", profile_of(other, "other.csv"))
    path = {
        "own": store.path_of(own, "profile.json"),
        "chosen": store.path_of(other, "profile.json"),
        "champion": store.root / "champion/versions/v1-1/profile.json",
    }[side]
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match="replaced or damaged since it was read; run again"):
        remember_acceptance(run, "own", own, comparison)
    assert not (store.root / "accepted/accepted.json").exists()


def test_a_full_disk_is_one_line(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(acceptance, "write_atomically", fill)
    with pytest.raises(StoreError, match="the disk is full"):
        accept(Run(store, URL), "first", 100)


@pytest.mark.parametrize("content", [b"", b"[{}]", b"{", b"[1]", b'{"a": 1}', b"5", None])
def test_a_damaged_memory_is_named_and_left_as_it_is(store: Store, content: bytes | None) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    path = store.root / "accepted/accepted.json"
    path.unlink()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=r"accepted\.json: damaged"):
        settle_comparison(run, "second", "last")
    with pytest.raises(StoreError):
        remember_acceptance(run, "x", checked(store, "x", 1), Comparison())
    assert content is None or path.read_bytes() == content


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, BODY)
    return file.getvalue()


def test_a_delivery_is_the_same_however_it_is_packed(store: Store) -> None:
    run, found = Run(store, URL), set()
    raw = Artifact(stage="ingest", address="0", digest="0")
    ways = [BODY, gzip.compress(BODY, 1), gzip.compress(BODY, 9, mtime=1), zipped("a.csv")]
    for number, content in enumerate([*ways, zipped("b.csv"), BODY + b"more"]):
        digest = FileRecord.of(written(store.root / "packed", content)).sha256
        fetched = Artifact(stage="fetch", address=str(number), digest=digest)
        folder = store.root / fetched.path
        folder.mkdir(parents=True)
        (folder / "source").write_bytes(content)
        found.add(identify_delivery(run, fetched, raw, IngestParameters()))
    assert len(found) == 2


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_dry_run_knows_a_delivery_by_its_bytes(store: Store) -> None:
    run = Run(store, URL, planning=True)
    fetched = Artifact(stage="fetch", address="0", digest="bytes")
    for digest in (PENDING, "found"):
        raw = Artifact(stage="ingest", address="0", digest=digest)
        assert identify_delivery(run, fetched, raw, IngestParameters()) == "bytes"
    assert not (store.root / ".locks").exists()
    settle_comparison(run, "bytes", "last")
    assert not (store.root / ".locks").exists()
