"""SIGKILL before every file-system call of a promotion and of a rollback."""

from __future__ import annotations

import collections
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.champions.champion import Champion, ChampionRegistry
from tasks.champions.succession import last_change
from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tests.champions import current_version, promote_version
from tests.change_champion import CHANGES, NEW, OLD
from tests.commands import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed"),
]

CALLS = "mkdir mkdirat rename renameat renameat2 link linkat unlink unlinkat rmdir fsync fdatasync"
CALLS += " write pwrite64 ftruncate flock"
OTHER_CONTRACT, OTHER = "beers-12345678", "f" * 16
TRACED = ",".join(f"?{call}" for call in CALLS.split())
"""All that changes something on the store; a question mark passes over what a machine lacks."""


def change_under_strace(change: str, store: Store, *options: str) -> subprocess.CompletedProcess:
    words = ["strace", "-f", f"--output={store.root.parent / 'trace'}"]
    words.append(f"--trace={TRACED}")
    return subprocess.run(
        [*words, *options, sys.executable, "-m", "tests.change_champion", change, str(store.root)],
        cwd=ROOT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )


def assert_sound(store: Store, change: str) -> None:
    """The champion is the old one or the new, intact, and the history agrees.

    That of another contract is as it was.
    """
    other = ChampionRegistry(store.scoped(OTHER_CONTRACT))
    (promotion,) = other.history()
    assert (other.read_pointer(), promotion.version) == (promotion, OTHER)
    assert other.is_intact(Champion.from_event(promotion))
    assert current_version(store) in (OLD, NEW)
    registry = ChampionRegistry(store)
    events, pointed = registry.history(), registry.read_pointer()
    expected = [OLD, NEW] if change == "promotion" else [OLD, NEW, OLD]
    assert [event.version for event in events] == expected[: len(events)]
    assert len(events) >= len(expected) - 1
    assert pointed in events[-2:]
    for event in events:
        assert registry.is_intact(Champion.from_event(event))


@pytest.mark.parametrize("change", ["promotion", "rollback"])
def test_killed_before_any_call_the_champion_is_the_old_or_the_new(
    tmp_path: Path, change: str
) -> None:
    made = open_store(str(tmp_path / "made/store"))
    made.create()
    promote_version(made, OLD)
    promote_version(made.scoped(OTHER_CONTRACT), OTHER)
    if change == "rollback":
        promote_version(made, NEW)
    after = NEW if change == "promotion" else OLD

    def copy_of_store(name: str) -> Store:
        return open_store(str(shutil.copytree(tmp_path / "made", tmp_path / name) / "store"))

    whole = copy_of_store("whole")
    ended = change_under_strace(change, whole)
    assert ended.returncode == 0, ended.stderr
    assert current_version(whole) == after
    trace = (tmp_path / "whole/trace").read_text()
    counts = collections.Counter(re.findall(r"^\d+ +(\w+)\(", trace, re.MULTILINE))
    assert counts["fsync"] >= 4
    seen = set()
    for call, count in counts.items():
        for number in range(1, count + 1):
            store = copy_of_store(f"{call}-{number}")
            inject = f"--inject={call}:signal=SIGKILL:when={number}"
            ended = change_under_strace(change, store, inject)
            assert ended.returncode in (137, -9), (call, number, ended.stderr)
            assert_sound(store, change)
            seen.add(current_version(store))
            CHANGES[change](store)
            assert_sound(store, change)
            assert current_version(store) == after
            registry = ChampionRegistry(store)
            newest = last_change(registry.history())
            assert newest
            assert (registry.read_pointer(), newest.version) == (newest, after)
    # Some kills came before the pointer moved and some after.
    assert seen == {OLD, NEW}
