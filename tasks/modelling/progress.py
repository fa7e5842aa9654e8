"""What training has reached: the state that a killed run goes on from."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import keras
import numpy as np

from tasks.storage.resuming import State


class Progress:
    """Weights, optimizer, best weights and history after each finished epoch.

    Keras' own BackupAndRestore keeps neither the best weights nor early stopping's patience; here
    all of it is one file, replaced as a whole.

    Attributes:
        network: the network that is trained.
        history: one entry per finished epoch: `loss` and `validation_mae`, in points.
        best_epoch: number of the epoch with the lowest validation MAE, from 0; -1 before the first.
        seconds: time that the finished epochs took, whichever run they belong to.
    """

    def __init__(self, network: keras.Model, state: State) -> None:
        """Go on from `state`, if it is readable."""
        self.network, self._state = network, state
        self.history: list[dict[str, float]] = []
        self.best_epoch = -1
        self.seconds = 0.0
        self._best: list[Any] = []
        self._restore()

    def note_epoch(self, loss: float, validation_mae: float, seconds: float) -> None:
        """Take in a finished epoch and write the state."""
        self.seconds += seconds
        self.history.append({"loss": loss, "validation_mae": validation_mae})
        if self.best_epoch < 0 or validation_mae < self.history[self.best_epoch]["validation_mae"]:
            self.best_epoch = len(self.history) - 1
            self._best = [weight.copy() for weight in self.network.get_weights()]
        self._save()

    @property
    def epochs_without_gain(self) -> int:
        """Finished epochs since the best one."""
        return len(self.history) - 1 - self.best_epoch

    def sum_up(self) -> dict[str, float]:
        """Return the number of epochs, the best one counted from 1 and its MAE, and the seconds."""
        return {
            "epochs": len(self.history),
            "best_epoch": self.best_epoch + 1,
            "validation_mae": self.history[self.best_epoch]["validation_mae"],
            "epochs_seconds": round(self.seconds, 3),
        }

    def take_best(self) -> None:
        """Give the network the best epoch's weights."""
        self.network.set_weights(self._best)

    def _variables(self) -> list[Any]:
        return [*self.network.variables, *self.network.optimizer.variables]

    def _save(self) -> None:
        arrays: dict[str, Any] = {f"v{i}": np.asarray(v) for i, v in enumerate(self._variables())}
        arrays |= {f"b{i}": weight for i, weight in enumerate(self._best)}
        about = {
            "history": self.history,
            "best_epoch": self.best_epoch,
            "seconds": self.seconds,
        }
        arrays["about"] = np.array(json.dumps(about))
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **arrays)
        self._state.write(content.getvalue())

    def _restore(self) -> None:
        try:
            content = self._state.read()
            if content is None:
                return
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                about = json.loads(str(arrays["about"]))
                variables = [arrays[f"v{i}"] for i in range(len(self._variables()))]
                best = [arrays[f"b{i}"] for i in range(len(self.network.get_weights()))]
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
            return
        for variable, value in zip(self._variables(), variables, strict=True):
            variable.assign(value)
        self.history, self.best_epoch, self._best = about["history"], about["best_epoch"], best
        self.seconds = about["seconds"]
