"""What a stage's errors are blamed on: the store's alone on the store."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from prefect import flow

from tasks import fetch, promote, split
from tasks.configuration.errors import StoreError
from tasks.configuration.parameters import FetchParameters, PromotionParameters, SplitParameters
from tasks.engine.run import Run
from tasks.sources.demo_reviews import make_demo_reviews
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tests.contracts import WINE

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

CACHE = "/root/.cache/matplotlib/fontlist.json"


def refuse(number: int, *named: str) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), *named)

    return fail


@pytest.fixture
def run(store: Store) -> Run:
    return Run(store, "demo")


def publish(store: Store, stage: str, name: str, reviews: pa.Table) -> Artifact:
    address = f"{len(name):032}"
    with store.workspace(stage, address) as workspace:
        workspace.write_table(reviews, name)
        draft = Artifact(stage=stage, address=address, digest="")
        return store.publish(draft, workspace, Output(facts={}))


@pytest.fixture
def valid(store: Store) -> Artifact:
    reviews = make_demo_reviews(60, seed=0)
    for name in ("row_number", "review_index"):
        reviews = reviews.append_column(name, pa.array(range(60), pa.int64()))
    return publish(store, "validate", "valid.parquet", reviews)


def call(task: Callable[..., Artifact], *arguments: Any, **named: Any) -> Artifact:
    @flow(persist_result=False)
    def in_a_flow() -> None:
        done.append(task(*arguments, **named))

    done: list[Artifact] = []
    in_a_flow()
    return done[0]


def split_reviews(run: Run, valid: Artifact) -> Artifact:
    return call(split.split_reviews, run, valid, WINE.dataset, SplitParameters())


@pytest.fixture
def decide(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Artifact]:
    """Decides on a candidate of which nothing is known."""
    table = pa.table({"a": [1]})
    names = ("trained", "evaluated", "train", "validation", "test")
    inputs = {name: publish(run.store, name, "a.parquet", table) for name in names}
    origins = dict.fromkeys(promote.ORIGINS, "")
    monkeypatch.setattr(promote, "trace_lineage", lambda *_: {"demo": True} | origins)

    def write_copies(workspace: Workspace, *_: object) -> None:
        workspace.write_table(table, "a.parquet")

    monkeypatch.setattr(promote, "write_copies", write_copies)
    monkeypatch.setattr(promote, "write_decision", lambda *_: Output(facts={}))
    monkeypatch.setattr(promote, "_record_decision", lambda *_: None)
    named = {"dataset": WINE.dataset, "parameters": PromotionParameters()}
    return lambda: call(promote.promote_candidate, run, **inputs, **named)


def check_blamed_on_the_stage(caught: pytest.ExceptionInfo[RuntimeError], stage: str) -> None:
    assert str(caught.value).startswith(f"the stage {stage} failed: PermissionError: [Errno 13]")
    cause = caught.value.__cause__
    assert type(cause) is PermissionError
    assert cause.__traceback__ is not None


@pytest.mark.parametrize("named", [(), (CACHE,)])
def test_a_refusal_outside_the_store_is_the_stages_own(
    run: Run, valid: Artifact, monkeypatch: pytest.MonkeyPatch, named: tuple[str, ...]
) -> None:
    monkeypatch.setattr(split, "choose_sides", refuse(errno.EACCES, *named))
    with pytest.raises(RuntimeError) as caught:
        split_reviews(run, valid)
    check_blamed_on_the_stage(caught, "split")
    monkeypatch.undo()
    assert split_reviews(run, valid).facts


def test_a_refusal_outside_the_store_while_it_decides_is_the_promotions_own(
    decide: Callable[[], Artifact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promote, "write_decision", refuse(errno.EACCES))
    with pytest.raises(RuntimeError) as caught:
        decide()
    check_blamed_on_the_stage(caught, "promote")


def test_a_refusal_outside_the_store_while_it_makes_reviews_is_the_fetchs_own(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.sources.demo_reviews.write_demo_csv", refuse(errno.EACCES, CACHE))
    with pytest.raises(RuntimeError) as caught:
        call(fetch.fetch_source, run, "demo", FetchParameters())
    check_blamed_on_the_stage(caught, "fetch")


def test_a_finished_stage_says_why_it_ran(run: Run, valid: Artifact) -> None:
    made = split_reviews(run, valid)
    assert run.outcomes["split"].reason == "ran: its output is not in the store"
    (run.store.root / made.folder / "train.parquet").unlink()
    split_reviews(run, valid)
    assert run.outcomes["split"].reason == "ran: its output was damaged or incomplete"
    split_reviews(run, valid)
    assert run.outcomes["split"].reason == f"found {made.path}"


STORE_CALLS: list[tuple[object, str]] = [
    (Store, "lock"),
    (Store, "look_up"),
    (Store, "publish"),
    (Store, "workspace"),
]


def check_blamed_on_the_disk(caught: pytest.ExceptionInfo[StoreError], store: Store) -> None:
    assert str(caught.value).startswith(f"{store.root}: the disk is full: free some room")


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (pq, "ParquetFile"),
        (pq, "ParquetWriter"),
        *STORE_CALLS,
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_disk_that_is_full_where_a_stage_writes_is_told_in_the_stores_line(
    run: Run, valid: Artifact, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    monkeypatch.setattr(owner, name, refuse(errno.ENOSPC))
    with pytest.raises(StoreError) as caught:
        split_reviews(run, valid)
    check_blamed_on_the_disk(caught, run.store)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (promote, "finish_change"),
        (promote, "_record_decision"),
        (pq, "write_table"),
        *STORE_CALLS,
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_disk_that_is_full_where_a_decision_is_written_is_told_in_the_stores_line(
    run: Run,
    decide: Callable[[], Artifact],
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
) -> None:
    monkeypatch.setattr(owner, name, refuse(errno.ENOSPC))
    with pytest.raises(StoreError) as caught:
        decide()
    check_blamed_on_the_disk(caught, run.store)


@pytest.mark.parametrize("source", ["demo", "file"])
def test_a_disk_that_is_full_where_a_source_is_copied_is_told_in_the_stores_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes(b"country\nSpain\n")
    monkeypatch.setattr(Store, "publish", refuse(errno.ENOSPC))
    with pytest.raises(StoreError) as caught:
        call(fetch.fetch_source, run, "demo" if source == "demo" else str(path), FetchParameters())
    check_blamed_on_the_disk(caught, run.store)
