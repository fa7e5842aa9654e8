"""The interface of a model type.

A model type is a module with a function `train`, and a `ModelParameters` class that names the
module. `train` returns a Keras model from strings (batch, 1) to estimates (batch, 1) that Keras can
load in safe mode.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import ModelParameters, TrainingParameters, VectorizerParameters
from tasks.modelling.early_stopping import Limits
from tasks.storage.resuming import State
from tasks.storage.stored_table import StoredTable

if TYPE_CHECKING:
    import keras

    from tasks.modelling.device import Device


class TrainingData(NamedTuple):
    """The data for training a model.

    Attributes:
        train: the training set, with the columns of the contract. It may not fit into memory.
        validation: the validation set.
        dataset: the roles of the columns.
        words: the vocabulary, without padding and unknown token.
        vectorizer: how texts become tokens.
        scratch: an empty folder for files that the training needs.
        limits: validation MAE by epoch from which a training is stopped early; see
            tasks/modelling/early_stopping.py. A model type may ignore them.
    """

    train: StoredTable
    validation: StoredTable
    dataset: Dataset
    words: list[str]
    vectorizer: VectorizerParameters
    scratch: Path
    limits: Limits = ()


class TrainedModel(NamedTuple):
    """A trained model.

    Attributes:
        model: from strings (batch, 1) to estimates (batch, 1), in units of the target.
        facts: figures for people: `validation_mae`, the number of `parameters`, and more.
        history: `loss` and `validation_mae` of each epoch; empty for a type without epochs.
    """

    model: keras.Model
    facts: dict[str, Any]
    history: list[dict[str, float]]


class ModelType(Protocol):
    """The module of a model type."""

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
            data: training and validation set, vocabulary and vectorizer.
            parameters: of the type.
            training: how to train; a type may ignore some fields.
            device: the device to train on.
            state: for types that continue the training of a killed run.
        """


def find_model_type(parameters: ModelParameters) -> ModelType:
    """Return the module that trains the model type of these parameters."""
    return cast("ModelType", importlib.import_module(parameters.trained_by))
