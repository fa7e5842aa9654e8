"""Writes the champion's history to an MLflow experiment and the registered model of its name."""

from __future__ import annotations

import datetime
import os
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from tasks.champions.champion import VERSIONS, ChampionRegistry
from tasks.champions.history import Event
from tasks.configuration.errors import TrackingError
from tasks.engine.run import flatten
from tasks.modelling.model_file import MODEL
from tasks.tracking.entry import find_files, identify, list_metrics, list_tags

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
"""The alias for the version of the registered model that is the champion."""
OWNER = "history_begins_with"
"""Tag of the registered model with the digest of the first event of the mirrored history."""


def name_experiment(scope: str) -> str:
    """Return the name of the experiment and the registered model of a contract."""
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "").strip() or "wine-points"
    return f"{name}-{scope}" if scope else name


class MlflowRegistry:
    """Writes each decision as a run and a model version, and moves the alias.

    Models are not pickled: MLflow stores the `.keras` file.
    """

    def __init__(
        self, client: MlflowClient, registry: ChampionRegistry, events: list[Event]
    ) -> None:
        """Find or create the experiment and the registered model.

        Raises:
            TrackingError: the registered model mirrors another store.
        """
        self._client, self._room, self._events = client, registry, events
        self._decisions = [event for event in events if event.kind == "decision"]
        self._name = name = name_experiment(registry.records.scope)
        owner, found = identify(events[0]), client.search_registered_models(f"name = '{name}'")
        self._model = found[0] if found else client.create_registered_model(name, {OWNER: owner})
        if OWNER not in self._model.tags:
            client.set_registered_model_tag(name, OWNER, owner)
        elif self._model.tags[OWNER] != owner:
            raise TrackingError(
                f"MLflow's registered model {name} follows the champion of another store; set"
                " MLFLOW_EXPERIMENT_NAME to a name for this one, or, if this store takes its place,"
                f" remove the tag {OWNER} from that model"
            )
        experiment = client.get_experiment_by_name(name)
        self._experiment = (
            experiment.experiment_id if experiment else client.create_experiment(name)
        )

    def write_missing(self) -> int:
        """Write the decisions after the newest complete one; return their number."""
        missing = [*takewhile(lambda e: not self._is_complete(e), reversed(self._decisions))]
        for event in reversed(missing):
            self._write(event)
        return len(missing)

    def move_alias(self, event: Event) -> bool:
        """Move the alias to the champion, and tag its version; return whether the alias moved.

        Raises:
            TrackingError: MLflow has no version of the champion, and its file is damaged.
        """
        client, name = self._client, self._name
        if self._find_version(event.version) is None:
            # The file was missing when the decision was written, and may have been restored.
            for decision in self._decisions:
                if decision.version == event.version:
                    self._write(decision)
        version = self._find_version(event.version)
        if version is None:
            copies = self._room.records.place(f"{VERSIONS}/{event.folder}")
            raise TrackingError(
                f"{copies}: the champion's copies are damaged or missing, and MLflow has no version"
                f" {event.version}; restore them from a backup"
            )
        tags = {"event": str(event.number), "how": event.kind, "reason": event.reason}
        for key, value in tags.items() - version.tags.items():
            client.set_model_version_tag(name, version.version, key, value)
        if str(self._model.aliases.get(CHAMPION)) == str(version.version):
            return False
        client.set_registered_model_alias(name, CHAMPION, version.version)
        return True

    def _write(self, event: Event) -> None:
        """Write a run and, if the model's file exists, a version of the registered model.

        Completes a run that a killed process began, without writing anything twice.
        """
        from mlflow.entities import Param

        client, files = self._client, find_files(self._room, self._events, event)
        # MLflow drops a metric that was already logged with the same time.
        time = int(datetime.datetime.fromisoformat(event.time).timestamp() * 1000)
        run = self._find_run(event) or client.create_run(
            self._experiment, start_time=time, tags=list_tags(event), run_name=event.version
        )
        settings = flatten(event.lineage.get("parameters", {}))
        parameters = [Param(name, str(value)) for name, value in settings.items()]
        client.log_batch(run.info.run_id, list_metrics(event, files, time), parameters)
        for path in files.values():
            client.log_artifact(run.info.run_id, str(path))
        if MODEL in files and self._find_version(event.version) is None:
            source, tags = f"{run.info.artifact_uri}/{MODEL}", {"version": event.version}
            client.create_model_version(self._name, source, run.info.run_id, tags)
        client.set_terminated(run.info.run_id, end_time=time)

    def _find_run(self, event: Event, condition: str = "") -> Any:
        condition = f"tags.event_sha256 = '{identify(event)}'{condition}"
        return next(iter(self._client.search_runs([self._experiment], condition)), None)

    def _is_complete(self, event: Event) -> bool:
        return self._find_run(event, " and attributes.status = 'FINISHED'") is not None

    def _find_version(self, version: str) -> Any:
        condition = f"name = '{self._name}' and tags.version = '{version}'"
        return next(iter(self._client.search_model_versions(condition)), None)
