"""MLflow that is away, silent, not there or not wanted: one line, soon, and without secrets."""

from __future__ import annotations

import contextlib
import itertools
import socket
import sys
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from tasks.champions.history import Event
from tasks.configuration.errors import TrackingError
from tasks.storage.store import Store
from tasks.tracking.mirror import mirror_history, mirror_if_asked
from tasks.tracking.registry import MlflowRegistry
from tests.champions import promote_version
from tests.tracking import Tracking

A = "a" * 16


@contextlib.contextmanager
def silent_server() -> Iterator[socket.socket]:
    """A server that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


def count_connections(listener: socket.socket) -> int:
    """Count the connections that clients have made."""
    listener.setblocking(False)
    with contextlib.ExitStack() as accepted:
        for number in itertools.count():
            try:
                accepted.enter_context(listener.accept()[0])
            except BlockingIOError:
                return number
    raise AssertionError


@pytest.mark.slow
def test_a_server_that_never_answers_is_asked_three_times(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd
) -> None:
    promote_version(store, A)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    with silent_server() as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://someone:s3cret@127.0.0.1:{port}")
        told = mirror_if_asked(store)
        # By default MLflow tries eight times, with pauses that double.
        assert count_connections(server) == 3
    assert told is not None
    assert told.startswith(f"MLflow at http://127.0.0.1:{port} failed (")
    assert "timed out" in told or "timeout" in told
    said = "".join(capfd.readouterr()) + caplog.text
    assert said == ""
    assert "s3cret" not in told


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("bogus://someone:s3cret@x", "unsupported URI"),
        ("mysql://someone:s3cret@127.0.0.1:9/x", "No module named"),
        ("./mlruns", r"MLflow at \./mlruns failed \(The filesystem tracking backend"),
    ],
)
def test_a_uri_that_mlflow_does_not_take_is_named_without_its_secrets(
    store: Store, monkeypatch: pytest.MonkeyPatch, uri: str, says: str
) -> None:
    promote_version(store, A)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(TrackingError, match=says) as caught:
        mirror_history(store)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.heavy
def test_a_defect_of_our_own_is_not_taken_for_one_of_mlflow(
    store: Store, tracking: Tracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misspell(registry: MlflowRegistry, event: Event) -> bool:
        return registry.follows(event)

    def misuse(registry: MlflowRegistry, event: Event) -> bool:
        return registry._client.get_run(event, event, event)

    promote_version(store, A)
    for defect, error in ((misspell, AttributeError), (misuse, TypeError)):
        monkeypatch.setattr(MlflowRegistry, "move_alias", defect)
        with pytest.raises(error):
            mirror_if_asked(store)


@pytest.mark.heavy
def test_whatever_mlflow_raises_is_a_line_that_stops_nothing(
    store: Store, tracking: Tracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    promote_version(store, A)
    for error in (AttributeError("no such thing"), KeyError("x"), OSError("gone")):
        monkeypatch.setattr(SqlAlchemyStore, "create_run", Mock(side_effect=error))
        told = mirror_if_asked(store)
        assert told is not None
        assert told.startswith("MLflow at sqlite://… failed (")


def test_without_the_extra_it_says_what_to_install(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote_version(store, A)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    told = mirror_if_asked(store)
    assert told is not None
    assert "a package is missing (mlflow): install the extra `mlflow`" in told


@pytest.mark.parametrize("uri", ["", " ", None])
def test_without_a_tracking_uri_nothing_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch, uri: str | None
) -> None:
    promote_version(store, A)
    if uri is not None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert mirror_if_asked(store) is None
    with pytest.raises(TrackingError, match="MLFLOW_TRACKING_URI is not set"):
        mirror_history(store)
