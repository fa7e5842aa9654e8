"""Mirror the champion's history to MLflow, if a tracking URI is set.

The store stays the only authority. Missing decisions are written in the history's order, so that
the newest decision in MLflow tells where to continue. Then the alias moves to the champion.
"""

from __future__ import annotations

from prefect import get_run_logger

from tasks.champions.champion import ChampionRegistry
from tasks.configuration.errors import PipelineError
from tasks.configuration.system_errors import explain_system_error
from tasks.engine.run import Run
from tasks.reporting.summary import RetrainingSummary
from tasks.storage.store import Store
from tasks.tracking.connection import connect, find_tracking_uri, show_tracking_uri
from tasks.tracking.registry import CHAMPION, MlflowRegistry


def mirror_if_asked(store: Store) -> str | None:
    """Mirror the history after a run or a change of the champion, which a failure does not affect.

    Returns:
        One line about the result or the failure; None if no tracking URI is set.
    """
    if find_tracking_uri() is None:
        return None
    try:
        return mirror_history(store)
    except PipelineError as error:
        return str(error)
    except OSError as error:
        return f"MLflow was not updated, the next run will try again: {explain_system_error(error)}"


def mirror_run(run: Run, summary: RetrainingSummary) -> RetrainingSummary:
    """Mirror the history after a run, and add the result to the run's summary."""
    result = mirror_if_asked(run.store)
    if result is not None:
        get_run_logger().info(result)
    return summary.model_copy(update={"mlflow": result})


def mirror_history(store: Store) -> str:
    """Write the missing decisions to MLflow, and move the alias to the champion.

    Returns:
        One line about the result.

    Raises:
        TrackingError: no tracking URI is set, MLflow is not installed, cannot be reached or
            refuses, or the champion's files are damaged.
        StoreError: the pointer or an event is damaged.
    """
    registry = ChampionRegistry(store)
    # The pointer is read under the lock: the later of two processes sets the alias to the newest.
    with store.explain_errors(), store.lock("mirror"), connect() as client:
        events, champion = registry.history(), registry.reigning()
        if not events:
            return "nothing was decided yet"
        mirrored, alias = MlflowRegistry(client, registry, events), "there is no champion yet"
        added = mirrored.write_missing()
        if champion is not None:
            verb = "is now on" if mirrored.move_alias(champion) else "stays on"
            alias = f"the alias {CHAMPION} {verb} {champion.version}"
    shown = show_tracking_uri(client.tracking_uri)
    return f"{added} {'run' if added == 1 else 'runs'} added at {shown}, {alias}"
