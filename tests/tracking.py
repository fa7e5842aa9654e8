"""MLflow's own sqlite store, with its artifacts in files beside it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

NAME = "wine-points"


def make_database(folder: Path) -> Path:
    """Make an empty database of MLflow; its tables take seconds."""
    from tasks.tracking.connection import connect

    path = folder / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
        with connect() as client:
            client.search_experiments()
    return path


class Tracking:
    """What MLflow holds.

    Attributes:
        uri: of its store.
        client: MLflow's own.
    """

    def __init__(self, folder: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin with an empty store in `folder`, and track there."""
        from mlflow import MlflowClient

        shutil.copy(empty, folder / "mlflow.db")
        # MLflow puts the artifacts of an sqlite store into the current folder.
        monkeypatch.chdir(folder)
        self.uri = f"sqlite:///{folder / 'mlflow.db'}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", self.uri)
        self.client = MlflowClient(tracking_uri=self.uri)

    def runs(self, name: str = NAME) -> list[Any]:
        """All runs, the oldest first."""
        experiment = self.client.get_experiment_by_name(name)
        found = self.client.search_runs([experiment.experiment_id]) if experiment else []
        return sorted(found, key=lambda run: int(run.data.tags["event"]))

    def versions(self, name: str = NAME) -> list[str]:
        """What is registered, as versions of the store, the oldest first."""
        found = self.client.search_model_versions(f"name = '{name}'")
        return [v.tags["version"] for v in sorted(found, key=lambda v: int(v.version))]

    def champion(self, name: str = NAME) -> Any:
        """The registered version that the alias points to."""
        return self.client.get_model_version_by_alias(name, "champion")

    def download(self, folder: Path, name: str = NAME) -> Path:
        """Fetch the champion's file as whoever knows MLflow alone would."""
        from mlflow.artifacts import download_artifacts

        source = self.client.get_model_version_download_uri(name, self.champion(name).version)
        got = download_artifacts(artifact_uri=source, dst_path=str(folder), tracking_uri=self.uri)
        return Path(got)
