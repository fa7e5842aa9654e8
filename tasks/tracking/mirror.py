"""Mirror: the history of the store, in MLflow, where a tracking URI is set.

The store stays the only authority. What MLflow lacks is written in the history's order, so that
the newest decision that it holds tells where to go on; then the alias follows the champion.
"""

from __future__ import annotations

from prefect import get_run_logger

from tasks.champions.champion import ChampionRoom
from tasks.configuration.errors import PipelineError
from tasks.engine.run import Run
from tasks.reporting.summary import RetrainingSummary
from tasks.storage.store import Store
from tasks.tracking.connection import connect, find_tracking_uri, show_tracking_uri
from tasks.tracking.registry import CHAMPION, Registry


def mirror_if_asked(store: Store) -> str | None:
    """Mirror the history after a run or a change, which stands whatever becomes of this.

    Returns:
        What was done or why not, in a line; None where no tracking URI is set.
    """
    if find_tracking_uri() is None:
        return None
    try:
        return mirror_history(store)
    except PipelineError as error:
        return str(error)
    except OSError as error:
        return f"MLflow was not told, the next run will: {error}"


def mirror_run(run: Run, summary: RetrainingSummary) -> RetrainingSummary:
    """Mirror the history after a run; return its summary with what was done, if it was asked."""
    told = mirror_if_asked(run.store)
    if told is not None:
        get_run_logger().info(told)
    return summary.model_copy(update={"mlflow": told})


def mirror_history(store: Store) -> str:
    """Bring MLflow to what the history says; done again, it changes nothing.

    Returns:
        What was done, in a line.

    Raises:
        TrackingError: no tracking URI is set, MLflow is not installed, reached or willing, or the
            champion's copies are damaged.
        StoreError: the pointer or an event is damaged.
    """
    room = ChampionRoom(store)
    # Of two that mirror at once the later one reads the pointer last, and the alias follows it.
    with store.explain_errors(), store.lock("mirror"), connect() as client:
        events, champion = room.history(), room.reigning()
        if not events:
            return "nothing was decided yet"
        registry, alias = Registry(client, room, events), "there is no champion yet"
        added = registry.write_missing()
        if champion is not None:
            verb = "is now on" if registry.follow(champion) else "stays on"
            alias = f"the alias {CHAMPION} {verb} {champion.version}"
    shown = show_tracking_uri(client.tracking_uri)
    return f"{added} {'run' if added == 1 else 'runs'} added at {shown}, {alias}"
