"""The loaded champion: predicts the target, with intervals and the model's version."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_contracts.contract import DEFAULT_ID, Contract
from data_contracts.dataset import Dataset
from data_contracts.wording import join_names
from tasks.champions.champion import Champion, ChampionRegistry
from tasks.champions.scales import explain_other_scale
from tasks.configuration.errors import ChampionError, StoreError
from tasks.modelling.intervals import INTERVALS, Intervals
from tasks.modelling.model_file import MODEL, explain_load_failure
from tasks.modelling.rounding import round_to_step
from tasks.storage.store import Store

if TYPE_CHECKING:
    import keras


def find_champion(store: Store, contract: Contract) -> Champion:
    """Return the champion of a contract in its store; messages name the contract.

    Raises:
        StoreError: there is none, it is damaged, or it has no file of intervals.
        ChampionError: it was trained for another scale than that of the target.
    """
    champion = ChampionRegistry(store).current()
    if champion is None:
        raise StoreError(
            f"{store}: there is no champion of the contract {contract.name}"
            f"{_tell_others(store, contract)}; retrain until one is promoted, promote a model by"
            " hand (wine-points champion promote), or name another contract or store with"
            " --contract or --store"
        )
    if INTERVALS not in champion.files:
        raise StoreError(
            f"{store}: the champion {champion.version} is older than prediction intervals;"
            " move the folder champion away and retrain"
        )
    if reason := explain_other_scale(champion.lineage, contract.dataset.target):
        raise ChampionError(
            f"{store}: {reason}, retrain and promote the new model by hand, or name the contract"
            f" that the champion {champion.version} was trained with (--contract)"
        )
    return champion


def _tell_others(store: Store, contract: Contract) -> str:
    """Name the ids of the contracts that have a champion in the store, if any has."""
    ids = []
    for scoped in store.scopes():
        # Whatever is wrong with the champion of another contract is no matter here.
        with contextlib.suppress(StoreError):
            if event := ChampionRegistry(scoped).reigning():
                ids.append(event.lineage.get("contract") or scoped.records.scope or DEFAULT_ID)
    return f", whose id is {contract.id}, only of {join_names(ids)}" if ids else ""


class ServedChampion:
    """A loaded champion.

    Attributes:
        version: of the model.
        model: from strings (batch, 1) to estimates (batch, 1).
        intervals: of its predictions.
        dataset: the text and the target.
    """

    def __init__(self, store: Store, champion: Champion, dataset: Dataset) -> None:
        """Load the champion's model and intervals.

        Raises:
            StoreError: the model cannot be loaded.
        """
        from tasks.modelling.serving import Predictor, load_model

        registry = ChampionRegistry(store)
        path = registry.path_of(champion, MODEL)
        try:
            self.model: keras.Model = load_model(path)
            self._predict = Predictor(self.model)
        except Exception as error:  # a newer library may fail in any way on an undamaged file
            raise StoreError(
                f"{path}: the model cannot be loaded ({explain_load_failure(path, error)}); roll"
                " back to an earlier champion, or move the folder champion away and retrain"
            ) from error
        self.version = champion.version
        record = registry.path_of(champion, INTERVALS).read_bytes()
        self.intervals = Intervals.model_validate_json(record)
        self.dataset = dataset

    def schema(self) -> pa.Schema:
        """Return the schema of the tables of `score`."""
        target = self.dataset.target
        bounds = self.intervals.bounds(np.zeros(0), target.scale)
        return pa.schema(
            [("row_number", pa.int64()), (target.predicted, pa.float64())]
            + [(name, pa.float64()) for name in bounds]
            + [("model_version", pa.dictionary(pa.int32(), pa.string()))]
        )

    def score(self, row_numbers: NDArray[np.int64], texts: list[str]) -> pa.Table:
        """Predict the target.

        Args:
            row_numbers: (rows,).
            texts: one string for each row.

        Returns:
            A table of `row_number`, the predictions rounded to the target's step (`predicted_` and
            its name), the bounds `lower_80`, `upper_80` and so on, and `model_version`.
        """
        estimated = self._predict(texts)
        target = self.dataset.target
        predicted = round_to_step(estimated, target)
        numbers = np.zeros(len(predicted), np.int32)
        version = pa.DictionaryArray.from_arrays(numbers, [self.version])
        bounds = self.intervals.bounds(estimated, target.scale)
        return pa.table(
            {"row_number": row_numbers, target.predicted: predicted, **bounds}
            | {"model_version": version},
            schema=self.schema(),
        )
