from __future__ import annotations

import numpy as np
import pytest

from tasks.configuration.errors import TrainingError
from tasks.configuration.parameters import NetworkParameters, TrainingParameters
from tasks.modelling import fitting, word_vectors
from tasks.modelling.device import prepare_tensorflow
from tasks.modelling.fitting import Side, compile_network, fit_network
from tasks.modelling.losses import choose_loss
from tasks.modelling.network import build_network
from tasks.modelling.network_training import Shape, build_on_devices, start_progress
from tasks.modelling.output_scale import OutputScale
from tasks.modelling.progress import Progress
from tasks.modelling.token_file import Tokens
from tasks.storage.resuming import STATE_FILE, State
from tasks.storage.store import Store, Workspace
from tests.contracts import POINTS
from tests.networks import PLAIN, WHOLE

pytestmark = pytest.mark.heavy

DROPOUTS = {"embedding_dropout": 0.4, "word_dropout": 0.2, "pooled_dropout": 0.3}
SHAPE = WHOLE.model_copy(update=DROPOUTS)
SCALE = OutputScale(POINTS, 88.0, 1.0)
LOSS = choose_loss(SHAPE, SCALE.step)
PARAMETERS = TrainingParameters(epochs=4, batch_size=16, deterministic=True, device="cpu")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    import logging

    monkeypatch.setattr(fitting, "get_run_logger", lambda: logging.getLogger("test"))


def make_padded(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    tokens = random.integers(1, 20, (rows, 12)).astype(np.int32)
    tokens[np.arange(12) >= random.integers(3, 13, (rows, 1))] = 0
    return tokens, (88 + (tokens == 5).sum(1) - (tokens == 6).sum(1)).astype(np.float32)


def make_side(rows: int, seed: int) -> Side:
    padded, points = make_padded(rows, seed)
    return Tokens.of(padded), points


def as_targets(side: Side) -> Side:
    return side[0], SCALE.encode(side[1])[:, None]


def fit(store: Store, name: str, parameters: TrainingParameters, stop_after: int | None = None):
    """Train in a fresh network, as after a kill; stop after so many epochs if asked to."""
    prepare_tensorflow(parameters)
    network = build_network(SHAPE, 20)
    compile_network(network, LOSS, parameters, 200)
    progress = Progress(network, Workspace(store.objects, store.root / name, "").state(STATE_FILE))
    with pytest.MonkeyPatch.context() as patch:
        if stop_after is not None:
            note = Progress.note_epoch

            def note_and_die(self: Progress, *figures: float) -> None:
                note(self, *figures)
                if len(self.history) == stop_after:
                    raise KeyboardInterrupt

            patch.setattr(Progress, "note_epoch", note_and_die)
        fit_network(progress, as_targets(make_side(200, 1)), make_side(60, 2), SCALE, parameters)
    return network, progress


@pytest.mark.slow
@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_training_goes_on_to_the_very_weights_of_an_undisturbed_one(store, stopped_after) -> None:
    network, progress = fit(store, "undisturbed", PARAMETERS)
    with pytest.raises(KeyboardInterrupt):
        fit(store, "stopped", PARAMETERS, stop_after=stopped_after)
    resumed, resumed_progress = fit(store, "stopped", PARAMETERS)
    assert resumed_progress.history == progress.history
    assert resumed_progress.best_epoch == progress.best_epoch
    for one, other in zip(network.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_the_best_epoch_is_kept_and_training_stops_early(store: Store) -> None:
    hasty = PARAMETERS.model_copy(
        update={
            "epochs": 30,
            "learning_rate": 0.5,
            "learning_rate_schedule": "constant",
            "early_stopping_patience_epochs": 2,
        }
    )
    network, progress = fit(store, "hasty", hasty)
    maes = [epoch["validation_mae"] for epoch in progress.history]
    assert len(maes) < 30
    assert progress.best_epoch == int(np.argmin(maes)) == len(maes) - 3
    tokens, points = make_padded(60, 2)
    measured = np.abs(np.rint(88 + network.predict(tokens, verbose=0)[:, 0]) - points).mean()
    assert measured == pytest.approx(min(maes), abs=1e-4)


@pytest.mark.slow
def test_patience_is_part_of_what_is_resumed(store: Store) -> None:
    hasty = PARAMETERS.model_copy(
        update={"epochs": 30, "learning_rate": 0.5, "early_stopping_patience_epochs": 3}
    )
    _, undisturbed = fit(store, "undisturbed", hasty)
    with pytest.raises(KeyboardInterrupt):
        fit(store, "stopped", hasty, stop_after=len(undisturbed.history) - 1)
    _, resumed = fit(store, "stopped", hasty)
    assert resumed.history == undisturbed.history


@pytest.mark.slow
def test_a_damaged_state_begins_anew(store: Store) -> None:
    _, undisturbed = fit(store, "undisturbed", PARAMETERS)
    with pytest.raises(KeyboardInterrupt):
        fit(store, "stopped", PARAMETERS, stop_after=2)
    path = store.root / "stopped" / "resume" / STATE_FILE
    path.write_bytes(path.read_bytes()[:-1000])
    _, again = fit(store, "stopped", PARAMETERS)
    assert again.history == undisturbed.history


@pytest.mark.slow
def test_another_seed_trains_another_network(store: Store) -> None:
    _, one = fit(store, "one", PARAMETERS)
    _, other = fit(store, "other", PARAMETERS.model_copy(update={"seed": 1}))
    assert one.history != other.history


@pytest.mark.slow
def test_word_vectors_are_made_where_training_begins_and_not_where_it_goes_on(store: Store) -> None:
    shape = Shape(PLAIN.model_copy(update={"embedding_start": "neighbours"}), 20, 0, ())
    train, validation = make_side(200, 1), make_side(60, 2)

    def begin() -> Progress:
        device = prepare_tensorflow(PARAMETERS)
        network = build_on_devices(shape, SCALE.step, 200, PARAMETERS, device)
        return start_progress(network, shape, train[0], State(store.root / STATE_FILE))

    progress = begin()
    vectors = word_vectors.make_word_vectors(train[0], 20, PLAIN.embedding_units, 0)
    np.testing.assert_array_equal(progress.network.get_layer("embedding").get_weights()[0], vectors)
    one_epoch = PARAMETERS.model_copy(update={"epochs": 1})
    fit_network(progress, as_targets(train), validation, SCALE, one_epoch)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(word_vectors, "randomized_svd")
        resumed = begin()
    assert resumed.history == progress.history
    for one, other in zip(
        progress.network.get_weights(), resumed.network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_device_that_is_not_settled_is_no_part_of_an_address() -> None:
    with pytest.raises(ValueError, match="not resolved"):
        prepare_tensorflow(TrainingParameters(device="auto"))


def test_the_network_starts_at_the_training_median() -> None:
    network = build_network(SHAPE, 20)
    tokens, points = make_padded(50, 3)
    assert np.abs(network.predict(tokens, verbose=0)[:, 0]).max() < 1
    scale = OutputScale.of(points, POINTS)
    assert scale.center == np.median(points)


def test_the_notebooks_network_has_its_number_of_parameters() -> None:
    assert build_network(NetworkParameters(), 10_000).count_params() == 3_042_657


def test_padding_does_not_change_a_prediction() -> None:
    network = build_network(SHAPE, 20)
    tokens, _ = make_padded(8, 4)
    longer = np.pad(tokens, ((0, 0), (0, 30)))
    np.testing.assert_allclose(
        network.predict(tokens, verbose=0), network.predict(longer, verbose=0), atol=1e-4
    )


def test_a_training_that_diverges_says_so(store: Store) -> None:
    tokens, points = make_side(40, 1)
    broken = points.copy()
    broken[0] = np.nan
    network, parameters = build_network(SHAPE, 20), PARAMETERS
    compile_network(network, LOSS, parameters, 40)
    progress = Progress(network, State(store.root / STATE_FILE))
    with pytest.raises(TrainingError, match="diverged in epoch 1"):
        fit_network(progress, as_targets((tokens, broken)), (tokens, points), SCALE, parameters)


def test_the_initial_weights_depend_on_the_seed_alone() -> None:
    """Keras draws default seeds from Python's random numbers, and so do Prefect's threads."""
    import random

    shape = PLAIN.model_copy(update={"embedding_dropout": 0.2})
    built = []
    for disturbance, seed in ((1, 7), (2, 7), (2, 8)):
        random.seed(disturbance)
        built.append(build_network(shape, 20, seed).get_weights())
    for first, second in zip(built[0], built[1], strict=True):
        np.testing.assert_array_equal(first, second)
    assert any(not np.array_equal(a, b) for a, b in zip(built[0], built[2], strict=True))
