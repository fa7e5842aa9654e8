from __future__ import annotations

from tasks.champions.lineage import look_up_outputs, trace_lineage
from tasks.engine.artifacts import Artifact, Output
from tasks.engine.store import Store
from tests.champions import crown

ADDRESS = "0" * 32


def make(store: Store, weights: str, again: bool = False) -> Artifact:
    with store.workspace("train", ADDRESS) as workspace:
        workspace.write_json(weights, "model.keras")
        draft = Artifact(stage="train", address=ADDRESS, digest="")
        return store.publish(draft, workspace, Output(digest=weights), replace=again)


def test_an_output_that_was_made_again_is_no_longer_the_candidates(store: Store) -> None:
    """Training is not deterministic unless asked to be: `--refresh train` changes the weights."""
    trained = make(store, "weights")
    lineage = trace_lineage("reviews.csv", False, "1.0.0", [trained])
    event = crown(store, "A", lineage=lineage)
    assert look_up_outputs(store, event) == {"train": trained}
    make(store, "others", again=True)
    assert look_up_outputs(store, event) == {}
