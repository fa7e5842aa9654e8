from __future__ import annotations

import errno
import gzip
import io
import shutil
import zipfile
from pathlib import Path

import pytest

from tasks.configuration.errors import StoreError
from tasks.deliveries.acceptance import (
    DeliveryId,
    profile_of,
    remember_acceptance,
    settle_comparison,
)
from tasks.deliveries.references import NO_FILE, Comparison
from tasks.engine.run import PENDING, Run
from tasks.storage import folder
from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store
from tests.accepted_deliveries import URL, accept, checked, promote_version, remembered, rows_of
from tests.ingested import fetch_bytes, ingest
from tests.store_contents import BODY


def test_the_first_file_is_compared_with_nothing(store: Store) -> None:
    first = accept(Run(store, URL), "first", 100)
    assert (first.last, first.champion) == (None, None)
    assert first.last_absent == "there is no earlier file of this source to compare with"
    assert first.champion_absent == "there is no champion"


def test_the_next_file_is_compared_with_the_last(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    accept(run, "second", 200)
    assert rows_of(store, settle_comparison(run, DeliveryId("third", {}), "last")) == 200


def test_an_accepted_file_is_compared_again_with_what_it_was_accepted_under(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    under = accept(run, "second", 200)
    promote_version(store, demo=False)
    for _ in range(3):
        again = accept(run, "second", 200)
        assert again.model_dump() == under.model_dump()
        assert rows_of(store, again) == 100
    assert [entry["delivery"] for entry in remembered(store)] == ["first", "second"]


def test_what_another_major_version_accepted_is_not_compared_with(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    for version, rows in (("1.9.0", 100), ("2.0.0", None)):
        other = Run(store, URL, contract=run.contract._replace(version=version))
        comparison = settle_comparison(other, DeliveryId("second", {}), "last")
        assert (rows_of(store, comparison) if comparison.last else None) == rows
        again = settle_comparison(other, DeliveryId("first", {}), "last")
        assert (again.last_absent == NO_FILE) == (rows is None or again.last is None)
    accept(other, "second", 200)
    accept(run, "third", 300)
    later = settle_comparison(other, DeliveryId("fourth", {}), "last")
    assert rows_of(store, later) == 200


def test_an_old_file_is_known_for_one(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    accept(run, "second", 200)
    old = settle_comparison(run, DeliveryId("first", {}), "last")
    assert old.last is not None
    assert old.last.accepted_before is not None
    new = settle_comparison(run, DeliveryId("third", {}), "last")
    assert new.last is not None
    assert new.last.accepted_before is None


@pytest.mark.parametrize("source", [URL, "reviews-2026-11-30.csv"])
def test_files_of_different_sources_are_not_compared(store: Store, source: str) -> None:
    scheduled, trial = Run(store, source), Run(store, "reviews-2026-12-07.csv")
    accept(scheduled, "first", 100)
    large = accept(trial, "large", 9000)
    assert (large.last, large.last_absent) == (None, NO_FILE)
    second = settle_comparison(scheduled, DeliveryId("second", {}), "last")
    assert rows_of(store, second) == 100
    assert second.last is not None
    assert source in second.last.name
    assert rows_of(store, settle_comparison(trial, DeliveryId("third", {}), "last")) == 9000


def test_a_file_is_the_same_source_by_any_path_to_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    accept(Run(store, "home/reviews.csv"), "first", 100)
    second = DeliveryId("second", {})
    for path in ("./home/../home/reviews.csv", "~/reviews.csv", str(tmp_path / "home/reviews.csv")):
        assert rows_of(store, settle_comparison(Run(store, path), second, "last")) == 100
    monkeypatch.chdir("/")
    elsewhere = settle_comparison(Run(store, "home/reviews.csv"), second, "last")
    assert elsewhere.last is None
    # Made-up reviews are no file of this name.
    accept(Run(store, "demo"), "made up", 50)
    assert settle_comparison(Run(store, "./demo"), DeliveryId("second", {}), "last").last is None


def test_a_link_is_a_source_of_its_own(store: Store, tmp_path: Path) -> None:
    link = tmp_path / "newest.csv"
    for rows in (100, 200):
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / f"reviews-{rows}.csv")
        comparison = accept(Run(store, str(link)), f"file {rows}", rows)
    assert rows_of(store, comparison) == 100


def test_a_file_that_an_earlier_version_remembered_as_it_was_given_is_found(store: Store) -> None:
    accept(Run(store, "reviews.csv"), "first", 100)
    path = store.root / "accepted/accepted.json"
    path.write_text(path.read_text().replace(str(Path("reviews.csv").absolute()), "reviews.csv"))
    run = Run(store, "reviews.csv")
    assert rows_of(store, accept(run, "second", 200)) == 100
    assert rows_of(store, settle_comparison(run, DeliveryId("third", {}), "last")) == 200
    assert [entry["source"] for entry in remembered(store)] == [
        "reviews.csv",
        str(Path("reviews.csv").absolute()),
    ]


def test_made_up_and_real_reviews_do_not_meet(store: Store) -> None:
    accept(Run(store, "demo"), "made up", 100)
    promote_version(store, demo=True)
    real = settle_comparison(Run(store, URL), DeliveryId("real", {}), "last")
    assert (real.last, real.champion) == (None, None)
    assert real.last_absent == "there is no earlier file of this source to compare with"
    assert real.champion_absent == "the champion was trained on made-up reviews"
    accept(Run(store, URL), "real", 300)
    again = settle_comparison(Run(store, "demo"), DeliveryId("more made up", {}), "last")
    assert rows_of(store, again) == 100
    assert rows_of(store, again, "champion") == 555
    shutil.rmtree(store.root / "champion")
    promote_version(store, demo=False)
    again = settle_comparison(Run(store, "demo"), DeliveryId("more made up", {}), "last")
    assert again.champion_absent == "the champion was trained on real reviews"


def test_a_champion_without_a_profile_is_not_compared_with(store: Store) -> None:
    promote_version(store, demo=False, profile_rows=None)
    comparison = settle_comparison(Run(store, URL), DeliveryId("real", {}), "last")
    assert comparison.champion is None
    assert comparison.champion_absent == "the champion keeps no profile"


def test_a_chosen_profile_or_none_takes_the_place_of_the_last(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    promote_version(store, demo=False)
    none = settle_comparison(run, DeliveryId("second", {}), "none")
    assert (none.last, none.champion) == (None, None)
    assert none.last_absent == none.champion_absent == "the run asked for no comparison"
    chosen = profile_of(checked(store, "other", 777), "other.csv")
    comparison = settle_comparison(run, DeliveryId("second", {}), chosen)
    assert rows_of(store, comparison) == 777
    assert rows_of(store, comparison, "champion") == 555


@pytest.mark.parametrize("side", ["own", "chosen", "champion"])
@pytest.mark.parametrize("content", [None, b"{}"])
def test_a_profile_that_changed_since_is_not_remembered(
    store: Store, side: str, content: bytes | None
) -> None:
    run = Run(store, URL)
    promote_version(store, demo=False)
    own, other = checked(store, "own", 1), checked(store, "other", 2)
    comparison = settle_comparison(run, DeliveryId("own", {}), profile_of(other, "other.csv"))
    path = {
        "own": store.path_of(own, "profile.json"),
        "chosen": store.path_of(other, "profile.json"),
        "champion": next(store.root.glob("champion/versions/v1-*/profile.json")),
    }[side]
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match="replaced or damaged since it was read; run again"):
        remember_acceptance(run, DeliveryId("own", {}), own, comparison)
    assert not (store.root / "accepted/accepted.json").exists()


def test_a_full_disk_is_one_line(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder, "write_atomically", fill)
    with pytest.raises(StoreError, match="the disk is full"):
        accept(Run(store, URL), "first", 100)


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, BODY)
    return file.getvalue()


def test_a_delivery_is_the_same_however_it_is_packed(store: Store) -> None:
    run, found = Run(store, URL), set()
    ways = [BODY, gzip.compress(BODY, 1), gzip.compress(BODY, 9, mtime=1), zipped("a.csv")]
    for content in [*ways, zipped("b.csv"), BODY + b"more"]:
        fetched = fetch_bytes(store, content)
        found.add(DeliveryId.of(run, fetched, ingest(store, fetched)).digest)
    assert len(found) == 2


def test_a_dry_run_knows_a_delivery_by_its_bytes(store: Store) -> None:
    run = Run(store, URL, planning=True)
    fetched = Artifact(stage="fetch", address="0", digest="bytes")
    raw = Artifact(stage="ingest", address="0", digest=PENDING)
    assert DeliveryId.of(run, fetched, raw) == DeliveryId("bytes", {})
    settle_comparison(run, DeliveryId("bytes", {}), "last")
    assert not (store.root / ".locks").exists()


def test_files_that_are_gone_are_named(store: Store) -> None:
    run = Run(store, "folder")
    first = DeliveryId("first", {"a.csv": "1", "b.csv": "2", "c.csv": "3"})
    remember_acceptance(run, first, checked(store, "first", 10), Comparison())
    now = DeliveryId("second", {"a.csv": "1", "renamed.csv": "2", "d.csv": "4"})
    comparison = settle_comparison(run, now, "last")
    assert comparison.files_gone == ("c.csv",)
    assert comparison.notes == ["Warning: missing since the last accepted delivery: c.csv."]
    replaced = DeliveryId("third", {name: f"{n}" for n, name in enumerate(first.files, 7)})
    assert settle_comparison(run, replaced, "last").notes == []
