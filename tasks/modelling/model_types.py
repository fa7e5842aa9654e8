"""Model types: what each has to do, so that all other code knows none of them.

A type is a module with a function `train`, and a class of parameters that names the module. Its
model is a Keras model from strings (batch, 1) to points (batch, 1), which Keras loads in safe mode.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import pyarrow as pa

from tasks.configuration.parameters import ModelParameters, TrainingParameters, VectorizerParameters
from tasks.storage.resuming import State

if TYPE_CHECKING:
    import keras

    from tasks.modelling.device import Device


class TrainingData(NamedTuple):
    """What a model is trained from.

    Attributes:
        train: reviews that it learns from, with the columns of the contract.
        validation: reviews that choose among what it learns; never the test set.
        words: the vocabulary, without padding and the unknown token.
        vectorizer: how texts become tokens.
    """

    train: pa.Table
    validation: pa.Table
    words: list[str]
    vectorizer: VectorizerParameters


class TrainedModel(NamedTuple):
    """A model, and what is known of its training.

    Attributes:
        model: from strings (batch, 1) to points (batch, 1).
        facts: for people: `validation_mae` in points, the number of `parameters`, and more.
        history: of each epoch `loss` and `validation_mae`; empty where there are no epochs.
    """

    model: keras.Model
    facts: dict[str, Any]
    history: list[dict[str, float]]


class ModelType(Protocol):
    """What a model type's module offers."""

    def train(
        self,
        data: TrainingData,
        parameters: Any,
        training: TrainingParameters,
        device: Device,
        state: State,
    ) -> TrainedModel:
        """Train a model.

        Args:
            data: what it is trained from.
            parameters: of the type.
            training: how to train; what does not concern the type is passed over.
            device: the device to train on.
            state: what a run that was killed has reached, for types that go on from there.
        """


def find_model_type(parameters: ModelParameters) -> ModelType:
    """Return the module of the type that these parameters belong to."""
    return cast("ModelType", importlib.import_module(parameters.trained_by))
