"""Calls of stages and actions on a real store, with a task that is a plain call for Prefect's."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed

from tasks.configuration.errors import CodeChangedError, PipelineError, StoreError, TransientError
from tasks.configuration.parameters import NetworkParameters
from tasks.engine import caching, stages
from tasks.engine.run import PENDING, Run
from tasks.engine.stages import action, check_unchanged, is_transient, stage, stage_task
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tests.store_contents import end_run

Worked = list[tuple[Artifact, int]]


def call_plainly(name: str) -> Callable[..., Any]:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, return_state: bool, **kwargs: Any) -> Any:
            assert return_state
            try:
                return function(*args, **kwargs)
            except Exception as error:
                return Failed(data=error, message=name)

        return call

    return decorate


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "stage_task", call_plainly)
    monkeypatch.setattr(stages, "get_run_logger", lambda: logging.getLogger("stages"))
    monkeypatch.setattr(caching, "reached_code", lambda module: ({module: "c0de"}, {"lib": "1"}))


@pytest.fixture
def run(store: Store) -> Run:
    return Run(store, "reviews.csv")


def publish(store: Store, text: str, facts: dict[str, Any] | None = None) -> Artifact:
    with store.workspace("ingest", "a" * 32) as workspace:
        workspace.write_json(text, "reviews.json")
        draft = Artifact(stage="ingest", address="a" * 32, digest="")
        return store.publish(draft, workspace, Output(facts=facts or {}), replace=True)


def make_stage(worked: Worked, meanwhile: Callable[[], object] = lambda: None, **how: bool) -> Any:
    """A stage that notes what it was given; `meanwhile` happens while it works."""

    @stage("split", **how)
    def split(workspace: Workspace, reviews: Artifact, seed: int = 0) -> Output:
        worked.append((reviews, seed))
        workspace.write_json(len(worked), "split.json")
        meanwhile()
        return Output(facts={"source": workspace.source})

    return split


def test_a_stage_works_once_for_what_it_is_given(run: Run) -> None:
    worked: Worked = []
    reviews, split = publish(run.store, "reviews"), make_stage(worked)
    made = split(run, reviews)
    assert made.facts == {"source": "reviews.csv"}
    assert made.ingredients["inputs"] == {"reviews": reviews.digest}
    assert made.ingredients["parameters"] == {"seed": 0}
    assert run.store.look_up("split", made.address) == made
    outcome = run.outcomes["split"]
    assert (outcome.state, outcome.artifact) == ("Completed", made)
    assert outcome.reason == "ran: its output is not in the store"
    # Spelled out or not, by place or by name: the same call.
    for again in (split(run, reviews, 0), split(run, seed=0, reviews=reviews)):
        assert again == made
        assert run.outcomes["split"].state == "Cached"
        assert run.outcomes["split"].reason == f"found {made.path}"
    assert split(run, reviews, 1).address != made.address
    assert worked == [(reviews, 0), (reviews, 1)]


def test_what_is_found_needs_no_workspace(run: Run, monkeypatch) -> None:
    reviews, split = publish(run.store, "reviews"), make_stage([])
    made = split(run, reviews)
    monkeypatch.setattr(Store, "workspace", refuse)
    assert split(run, reviews) == made


def test_a_refreshed_stage_works_again_and_replaces_what_there_is(run: Run) -> None:
    worked: Worked = []
    reviews, split = publish(run.store, "reviews"), make_stage(worked)
    before = split(run, reviews)
    after = split(Run(run.store, "reviews.csv", {"split"}), reviews)
    assert (after.address, len(worked)) == (before.address, 2)
    assert run.store.look_up("split", before.address) == after
    assert after.digest != before.digest


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("how", ["replaced", "damaged"])
def test_what_is_replaced_or_damaged_while_a_stage_reads_it_gives_no_output(
    run: Run, how: str, by_name: bool
) -> None:
    reviews = publish(run.store, "reviews")

    def meanwhile() -> None:
        if how == "replaced":
            publish(run.store, "others")
        else:
            (run.store.root / reviews.folder / "reviews.json").unlink()

    split = make_stage([], meanwhile)
    with pytest.raises(StoreError, match=f"{reviews.path}: replaced or damaged while it was read"):
        split(run, reviews=reviews) if by_name else split(run, reviews)
    assert list(run.store.objects.list("split")) == []
    assert run.outcomes == {}


def test_code_that_changes_while_a_stage_works_gives_no_output(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "check_code", Mock(side_effect=CodeChangedError("changed")))
    with pytest.raises(CodeChangedError):
        make_stage([], lambda: None)(run, publish(run.store, "reviews"))
    assert list(run.store.objects.list("split")) == []


def test_parts_and_what_is_no_artifact_are_unchanged(run: Run) -> None:
    reviews = publish(run.store, "reviews")
    check_unchanged(run, [3, None, reviews, reviews.part("reviews.json")])
    with pytest.raises(StoreError, match="replaced"):
        check_unchanged(run, [3, reviews.model_copy(update={"digest": "0" * 64})])


def test_a_stage_says_why_it_runs(run: Run, caplog) -> None:
    caplog.set_level("INFO")
    make_stage([])(run, publish(run.store, "reviews"))
    assert caplog.messages == ["split runs: its output is not in the store"]


def test_one_pending_input_makes_an_address_pending(run: Run) -> None:
    @stage("train")
    def train(workspace: Workspace, one: Artifact, other: Artifact) -> Output:
        raise AssertionError("a dry run works not")

    known = publish(run.store, "reviews")
    pending = known.model_copy(update={"digest": PENDING})
    for inputs in ((known, pending), (pending, known)):
        assert train(Run(run.store, "", planning=True), *inputs).address == PENDING
    assert train(Run(run.store, "", planning=True), known, known).address != PENDING


def test_what_another_run_made_meanwhile_is_taken(run: Run, monkeypatch) -> None:
    worked: Worked = []
    reviews = publish(run.store, "reviews")
    made = make_stage([])(run, reviews)
    answers = [None, made]
    monkeypatch.setattr(run, "find", lambda draft: answers.pop(0))
    assert make_stage(worked)(run, reviews) == made
    assert (worked, run.outcomes["split"].state) == ([], "Cached")


def test_a_stage_says_when_it_waits_for_another_run(run: Run, caplog) -> None:
    caplog.set_level("INFO")
    draft = Artifact(stage="split", address="b" * 32, digest="")
    stages._workspace(run, draft)
    assert caplog.messages == []
    with run.store.lock(f"split-{draft.address}"):
        stages._workspace(run, draft)
    assert caplog.messages == ["split waits for another run with the same output"]


def test_the_time_that_a_stage_took_is_rounded_to_milliseconds(run: Run, monkeypatch) -> None:
    ticks = iter([1.0, 10.0, 12.34567, 13.45678])
    monkeypatch.setattr(stages, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    made = make_stage([])(run, publish(run.store, "reviews"))
    assert made.seconds == 2.346
    assert run.outcomes["split"].seconds == 12.457


def test_what_a_run_finds_counts_as_used(run: Run) -> None:
    reviews, split = publish(run.store, "reviews"), make_stage([])
    one, other = split(run, reviews), split(run, reviews, 1)
    end_run(run.store, one, other)
    for artifact, then in ((one, 1), (other, 2)):
        manifest = run.store.root / artifact.path / "manifest.json"
        os.utime(manifest, (then, then))
    split(run, reviews)
    assert run.store.newest("split") == one


def test_facts_count_where_they_are_shown_save_how_long_it_took(run: Run) -> None:
    def address(facts: dict[str, Any], **how: bool) -> str:
        return make_stage([], **how)(run, publish(run.store, "reviews", facts)).address

    plain = address({"rows": 3})
    assert address({"rows": 4}) == plain
    shown = address({"rows": 3}, depends_on_facts=True)
    assert shown != plain
    assert address({"rows": 4}, depends_on_facts=True) != shown
    assert address({"rows": 3, "fit_seconds": 7}, depends_on_facts=True) == shown


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("name", ["look_up", "workspace", "publish"])
def test_a_full_disk_is_told_in_the_stores_line(run: Run, monkeypatch, name: str) -> None:
    reviews = publish(run.store, "reviews")
    monkeypatch.setattr(Store, name, refuse)
    with pytest.raises(StoreError, match="the disk is full"):
        make_stage([])(run, reviews)


def test_errors_of_a_stage_are_its_own(run: Run) -> None:
    reviews = publish(run.store, "reviews")
    with pytest.raises(RuntimeError, match=r"^the stage split failed: OSError: ") as caught:
        make_stage([], refuse)(run, reviews)
    assert type(caught.value.__cause__) is OSError

    def reject() -> None:
        raise PipelineError("told in one line")

    with pytest.raises(PipelineError, match=r"^told in one line$"):
        make_stage([], reject)(run, reviews)
    assert run.outcomes == {}


@pytest.mark.parametrize(("cached", "state"), [(True, "Cached"), (False, "Completed")])
def test_an_action_runs_every_time_and_tells_whether_it_found_its_work_done(
    run: Run, cached: bool, state: str
) -> None:
    reviews = publish(run.store, "reviews")

    @action("fetch", lambda *_: reviews)
    def fetch(run: Run, source: str, size: int = 0) -> tuple[Artifact, bool]:
        assert (source, size) == ("reviews.csv", 3)
        return reviews, cached

    assert fetch(run, "reviews.csv", size=3) == reviews
    reason = f"found {reviews.path}" if cached else reviews.path
    assert run.outcomes["fetch"][2:] == (reason, reviews)
    assert run.outcomes["fetch"].state == state


def test_the_code_of_the_model_type_enters_the_address(run: Run) -> None:
    @stage("train")
    def train(workspace: Workspace, reviews: Artifact, parameters: NetworkParameters) -> Output:
        workspace.write_json(1, "model.json")
        return Output()

    made = train(run, publish(run.store, "reviews"), NetworkParameters())
    assert made.ingredients["code"].keys() == {__name__, "tasks.modelling.network_training"}


def test_prefect_caches_nothing_and_tries_the_transient_again() -> None:
    made = stage_task(name="split reviews")(refuse)
    assert (made.name, made.cache_policy, made.persist_result) == ("split reviews", NO_CACHE, False)
    assert (made.retries, made.retry_delay_seconds) == (4, [1, 2, 4, 8])
    assert made.retry_jitter_factor == 0.5
    assert made.retry_condition_fn is is_transient
    assert is_transient(None, None, Failed(data=TransientError("busy")))
    assert not is_transient(None, None, Failed(data=StoreError("damaged")))
    assert not is_transient(None, None, Completed(data=3))
