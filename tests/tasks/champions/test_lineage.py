from __future__ import annotations

import pytest

from tasks.champions.copies import COPIES
from tasks.champions.lineage import (
    follow_inputs,
    list_sources,
    look_up_outputs,
    take_metrics,
    trace_lineage,
    version_of,
)
from tasks.engine.run import Outcome, Run
from tasks.storage.artifacts import Artifact, FileRecord, Output
from tasks.storage.store import Store
from tests.champions import LINEAGE, promote_version

ADDRESS = "0" * 32


def make(store: Store, weights: str, again: bool = False) -> Artifact:
    with store.workspace("train", ADDRESS) as workspace:
        workspace.write_json(weights, "model.keras")
        draft = Artifact(stage="train", address=ADDRESS, digest="")
        return store.publish(draft, workspace, Output(digest=weights), replace=again)


def test_an_output_that_was_made_again_is_no_longer_the_candidates(store: Store) -> None:
    """Training is not deterministic unless asked to be: `--refresh train` changes the weights."""
    trained = make(store, "weights")
    outputs = {"digests": {"train": trained.digest}, "outputs": {"train": trained.path}}
    event = promote_version(store, "A", lineage=LINEAGE | outputs)
    assert look_up_outputs(store, event) == {"train": trained}
    make(store, "others", again=True)
    assert look_up_outputs(store, event) == {}


def artifact(stage: str, *inputs: str, facts: dict | None = None, files: str = "") -> Artifact:
    """An artifact whose digest is the name of its stage, as are those of its files."""
    return Artifact(
        stage=stage,
        address="a",
        digest=stage,
        facts=facts or {},
        files={name: FileRecord(size_bytes=1, sha256=name) for name in files.split()},
        ingredients={
            "inputs": {f"input {name}": name for name in inputs},
            "parameters": {"parameters": {"of": stage}},
            "code": {f"tasks/{stage}.py": "c0de"},
            "libraries": {f"library of {stage}": "1"},
        },
    )


CHECKED = artifact("validate", facts={"contract": "reviews", "contract_version": "1.2.3"})
SPLITS = artifact(
    "split", "validate", facts={"data": "texts", "delivery": "all"}, files="train test"
)
TRAINED = artifact("train", "train")
EVALUATED = artifact("evaluate", "train", "test")


def run_of(store: Store, *artifacts: Artifact) -> Run:
    run = Run(store, "reviews.csv")
    run.outcomes = {a.stage: Outcome("Completed", 0.0, "", a) for a in artifacts}
    return run


def test_the_lineage_follows_the_inputs_to_the_first_stage(store: Store) -> None:
    lineage = trace_lineage(run_of(store, CHECKED, SPLITS, TRAINED), [TRAINED, EVALUATED])
    assert (lineage["contract"], lineage["contract_version"]) == ("reviews", "1.2.3")
    assert (lineage["data"], lineage["delivery"]) == ("texts", "all")
    assert (lineage["source"], lineage["demo"]) == ("reviews.csv", False)
    stages = {"train", "evaluate", "split", "validate"}
    assert lineage["outputs"] == {stage: f"{stage}/a" for stage in stages}
    assert lineage["digests"] == {stage: stage for stage in stages}
    assert lineage["parameters"] == {stage: {"parameters": {"of": stage}} for stage in stages}
    assert lineage["code"] == {f"tasks/{stage}.py": "c0de" for stage in stages}
    assert lineage["libraries"] == {f"library of {stage}": "1" for stage in stages}


def test_a_stage_between_split_and_train_changes_nothing_of_that(store: Store) -> None:
    augmented = artifact("augment", "train", files="more")
    trained = artifact("train", "more", facts={"epochs": 3})
    run = run_of(store, CHECKED, SPLITS, augmented)
    lineage = trace_lineage(run, [trained])
    assert (lineage["data"], lineage["delivery"]) == ("texts", "all")
    assert lineage["outputs"].keys() == {"train", "augment", "split", "validate"}


def test_a_reference_that_came_to_the_same_content_is_not_named(store: Store) -> None:
    run = run_of(store, CHECKED, SPLITS)
    same = CHECKED.model_copy(update={"address": "b"})
    run.outcomes["reference-validate"] = Outcome("Completed", 0.0, "", same)
    assert trace_lineage(run, [TRAINED])["outputs"]["validate"] == "validate/a"


def test_the_stage_that_stands_nearest_tells_a_fact(store: Store) -> None:
    augmented = artifact("augment", "train", facts={"data": "more texts"}, files="more")
    run = run_of(store, CHECKED, SPLITS, augmented)
    assert trace_lineage(run, [artifact("train", "more")])["data"] == "more texts"


def test_a_stage_that_hands_on_what_it_reads_does_not_lead_in_a_circle() -> None:
    same = artifact("augment", "augment")
    assert follow_inputs([same], [same]) == [same]


def test_an_input_that_no_stage_made_is_an_error(store: Store) -> None:
    with pytest.raises(LookupError, match=r"train/a was made from an input input train with"):
        trace_lineage(run_of(store, CHECKED), [TRAINED])


def test_a_fact_that_no_stage_tells_is_an_error(store: Store) -> None:
    silent = SPLITS.model_copy(update={"facts": {"delivery": "all"}})
    with pytest.raises(LookupError, match=r"none of the stages train, split, validate .*'data'"):
        trace_lineage(run_of(store, CHECKED, silent), [TRAINED])


def test_a_version_is_the_beginning_of_the_digest() -> None:
    trained = TRAINED.model_copy(update={"digest": "0123456789abcdef" * 4})
    assert version_of(trained) == "0123456789abcdef"


def test_the_history_keeps_five_figures_of_an_evaluation() -> None:
    kept = {"test_mae": 1, "test_mae_unseen": 2, "baselines": {}, "rows": 3, "seen_rows": 4}
    assert take_metrics(artifact("evaluate", facts=kept | {"more": 5})) == kept
    with pytest.raises(KeyError):
        take_metrics(artifact("evaluate"))


def test_inputs_come_after_what_was_made_of_them_each_once(store: Store) -> None:
    made = [CHECKED, SPLITS, TRAINED, EVALUATED]
    found = follow_inputs(iter(made), iter([EVALUATED, TRAINED]))
    assert [output.stage for output in found] == ["evaluate", "train", "split", "validate"]
    lineage = trace_lineage(run_of(store, *made), [EVALUATED])
    assert list(lineage["code"]) == sorted(lineage["code"])
    assert list(lineage["libraries"]) == sorted(lineage["libraries"])


def test_made_up_reviews_are_noted(store: Store) -> None:
    run = run_of(store, CHECKED, SPLITS)
    run.source = "demo"
    assert trace_lineage(run, [TRAINED])["demo"] is True


def test_an_output_without_ingredients_has_a_lineage(store: Store) -> None:
    bare = SPLITS.model_copy(update={"ingredients": {}, "facts": SPLITS.facts | CHECKED.facts})
    lineage = trace_lineage(run_of(store, bare), [bare])
    assert (lineage["parameters"], lineage["code"], lineage["libraries"]) == ({"split": {}}, {}, {})


def test_only_outputs_that_are_what_they_were_are_looked_up(store: Store) -> None:
    trained = make(store, "weights")
    gone = {"evaluate": "evaluate/" + "1" * 32}
    lineage = {
        "digests": {"train": trained.digest, "evaluate": "e"},
        "outputs": {"train": trained.path} | gone,
    }
    event = promote_version(store, "A", lineage=LINEAGE | lineage)
    assert look_up_outputs(store, event) == {"train": trained}
    without = event.model_copy(update={"lineage": LINEAGE | {"outputs": lineage["outputs"]}})
    assert look_up_outputs(store, without) == {}
    assert look_up_outputs(store, event.model_copy(update={"lineage": LINEAGE})) == {}


def test_a_champions_files_are_those_of_three_stages(store: Store) -> None:
    outputs = {
        stage: artifact(stage, files=" ".join(n for n, s in COPIES.items() if s == stage))
        for stage in set(COPIES.values())
    }
    sources = list_sources(store, outputs)
    assert sources.keys() == COPIES.keys()
    for name, stage in COPIES.items():
        assert sources[name] == (store.path_of(outputs[stage], name), outputs[stage].files[name])
