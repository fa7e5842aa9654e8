"""An experiment of MLflow and the registered model of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tasks.configuration.errors import TrackingError
from tasks.modelling.model_file import MODEL
from tasks.tracking.entry import Entry

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

CHAMPION = "champion"
"""The alias of the registered model's version that is the champion."""
OWNER = "history_begins_with"
"""The tag of the registered model that names the history which it follows, by its first event."""
FINISHED = "FINISHED"
AT_ONCE = 100
"""Parameters that one request to MLflow may hold."""


class Registry:
    """Writes entries as runs and model versions, each once.

    Nothing here is pickled: the model is the `.keras` file as it lies in the store.
    """

    def __init__(self, client: MlflowClient, name: str, owner: str) -> None:
        """Find the experiment and the registered model of this name, or make them.

        Args:
            client: of the server.
            name: of both.
            owner: identifies the history whose champion the alias follows.

        Raises:
            TrackingError: the registered model follows another history.
        """
        self._client, self._name = client, name
        models = client.search_registered_models(f"name = '{name}'")
        model = models[0] if models else client.create_registered_model(name, {OWNER: owner})
        if model.tags.get(OWNER, owner) != owner:
            raise TrackingError(
                f"MLflow's registered model {name} follows the champion of another store; set"
                " MLFLOW_EXPERIMENT_NAME to a name for this one, or, if this store takes its place,"
                f" remove the tag {OWNER} from that model"
            )
        if OWNER not in model.tags:
            client.set_registered_model_tag(name, OWNER, owner)
        found = client.get_experiment_by_name(name)
        self._experiment = found.experiment_id if found else client.create_experiment(name)

    def holds(self, event_sha256: str) -> bool:
        """Tell whether the run of an event is there and whole."""
        run = self._find_run(event_sha256)
        return run is not None and run.info.status == FINISHED

    def has_version(self, version: str) -> bool:
        """Tell whether a version of the store is registered."""
        return self._find_version(version) is not None

    def write(self, entry: Entry) -> None:
        """Write a run and, if the model's file is there, its registered version.

        What a killed process began is gone on with.
        """
        from mlflow.entities import Metric, Param

        client, time = self._client, entry.time_milliseconds
        begun = self._find_run(entry.tags["event_sha256"])
        run = begun or client.create_run(
            self._experiment, start_time=time, tags=entry.tags, run_name=entry.name
        )
        run_id = run.info.run_id
        series = [
            Metric(name, figure, time, epoch)
            for name, figures in entry.series.items()
            for epoch, figure in enumerate(figures, start=1)
        ]
        metrics = [Metric(name, figure, time, 0) for name, figure in entry.metrics.items()]
        client.log_batch(run_id, metrics=[*metrics, *series])
        parameters = [Param(name, value) for name, value in entry.parameters.items()]
        for start in range(0, len(parameters), AT_ONCE):
            client.log_batch(run_id, params=parameters[start : start + AT_ONCE])
        for path in entry.files.values():
            client.log_artifact(run_id, str(path))
        if MODEL in entry.files and not self.has_version(entry.name):
            self._register(entry.name, run)
        client.set_terminated(run_id, FINISHED, time)

    def add_version(self, version: str, model: Path) -> None:
        """Register a model whose file was pruned when its run was written, and that came back."""
        run = self._search(f"tags.version = '{version}'")
        if run is None:
            raise TrackingError(f"MLflow has no run of the champion {version} any more")
        self._client.log_artifact(run.info.run_id, str(model))
        self._register(version, run)

    def promote(self, version: str, about: dict[str, str]) -> bool:
        """Point the alias to a version that is registered, and note how it became the champion.

        Returns:
            Whether the alias moved.
        """
        client, registered = self._client, self._find_version(version)
        if registered is None:
            raise TrackingError(f"MLflow does not find the version {version} that it was given")
        number = str(registered.version)
        for key, value in about.items():
            if registered.tags.get(key) != value:
                client.set_model_version_tag(self._name, number, key, value)
        pointed = client.get_registered_model(self._name).aliases.get(CHAMPION)
        if str(pointed) == number:
            return False
        client.set_registered_model_alias(self._name, CHAMPION, number)
        return True

    def _register(self, version: str, run: Run) -> None:
        self._client.create_model_version(
            self._name,
            source=f"{run.info.artifact_uri}/{MODEL}",
            run_id=run.info.run_id,
            tags={"version": version},
        )

    def _find_run(self, event_sha256: str) -> Run | None:
        return self._search(f"tags.event_sha256 = '{event_sha256}'")

    def _find_version(self, version: str) -> ModelVersion | None:
        filters = f"name = '{self._name}' and tags.version = '{version}'"
        return next(iter(self._client.search_model_versions(filters)), None)

    def _search(self, condition: str) -> Run | None:
        found = self._client.search_runs([self._experiment], condition, max_results=1)
        return found[0] if found else None
