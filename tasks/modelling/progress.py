"""The progress of a training, which survives a kill."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import keras
import numpy as np

from tasks.storage.resuming import State


class Progress:
    """Saves weights, optimizer, best weights and history after each epoch, in one atomic file.

    Keras' BackupAndRestore saves neither the best weights nor the patience of early stopping.

    Attributes:
        network: the network in training.
        history: `loss` and `validation_mae` of each finished epoch.
        best_epoch: number of the epoch with the lowest validation MAE, from 0; -1 if there is none.
        seconds: duration of the finished epochs, those of killed runs included.
    """

    def __init__(self, network: keras.Model, state: State) -> None:
        """Restore `state`, if it is readable."""
        self.network, self._state = network, state
        self.history: list[dict[str, float]] = []
        self.best_epoch = -1
        self.seconds = 0.0
        self._best: list[Any] = []
        self._restore()

    def note_epoch(self, loss: float, validation_mae: float, seconds: float) -> None:
        """Add a finished epoch to the history, and save the state."""
        self.seconds += seconds
        self.history.append({"loss": loss, "validation_mae": validation_mae})
        if self.best_epoch < 0 or validation_mae < self.history[self.best_epoch]["validation_mae"]:
            self.best_epoch = len(self.history) - 1
            self._best = [weight.copy() for weight in self.network.get_weights()]
        self._save()

    @property
    def epochs_without_gain(self) -> int:
        """Number of finished epochs since the best one."""
        return len(self.history) - 1 - self.best_epoch

    def facts(self) -> dict[str, float]:
        """Return the number of epochs, the best epoch (from 1), its MAE, and the seconds."""
        return {
            "epochs": len(self.history),
            "best_epoch": self.best_epoch + 1,
            "validation_mae": self.history[self.best_epoch]["validation_mae"],
            "epochs_seconds": round(self.seconds, 3),
        }

    def restore_best(self) -> None:
        """Set the network's weights to those of the best epoch."""
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
