"""Mirror: the history of the store, in MLflow, where a tracking URI is set.

The store stays the only authority. What MLflow lacks is written in the history's order, so that
the newest decision that it holds tells where to go on; then the alias follows the champion.
"""

from __future__ import annotations

from prefect import get_run_logger

from tasks.champions.champion import Champion, ChampionRoom, folder_of
from tasks.champions.history import Event
from tasks.configuration.errors import PipelineError, StoreError, TrackingError
from tasks.engine.run import Run
from tasks.modelling.model_file import MODEL
from tasks.reporting.summary import RetrainingSummary
from tasks.storage.store import Store
from tasks.tracking.connection import (
    TRACKING_URI,
    connect,
    find_tracking_uri,
    name_of_experiment,
    show_tracking_uri,
)
from tasks.tracking.entry import identify, make_entry
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
        TrackingError: no tracking URI is set, or MLflow is not installed, reached or willing.
        StoreError: the pointer or an event is damaged.
    """
    uri = find_tracking_uri()
    if uri is None:
        raise TrackingError(f"{TRACKING_URI} is not set: name the MLflow server or database there")
    room = ChampionRoom(store)
    # Of two that mirror at once the later one reads the pointer last, and the alias follows it.
    with store.explain_errors(), store.lock("mirror"):
        events, reigning = room.history(), room.reigning()
        if not events:
            return "nothing was decided yet"
        with connect(uri) as client:
            registry = Registry(client, name_of_experiment(), identify(events[0]))
            missing = _list_missing(registry, events)
            for event in missing:
                registry.write(make_entry(store, room, events, event))
            moved = reigning is not None and _follow(registry, room, reigning)
    runs = f"{len(missing)} {'run' if len(missing) == 1 else 'runs'} added"
    return f"{runs} at {show_tracking_uri(uri)}, {_say_alias(reigning, moved)}"


def _say_alias(reigning: Event | None, moved: bool) -> str:
    if reigning is None:
        return "there is no champion yet"
    return f"the alias {CHAMPION} {'is now on' if moved else 'stays on'} {reigning.version}"


def _list_missing(registry: Registry, events: list[Event]) -> list[Event]:
    """List the decisions that came after the newest one that MLflow holds."""
    missing: list[Event] = []
    for event in reversed([event for event in events if event.kind == "decision"]):
        if registry.holds(identify(event)):
            break
        missing.insert(0, event)
    return missing


def _follow(registry: Registry, room: ChampionRoom, event: Event) -> bool:
    """Point the alias to the champion; return whether it moved."""
    if not registry.has_version(event.version):
        champion = Champion.made_by(event)
        # A bucket's files are brought here where they are found sound.
        if not room.is_intact(champion):
            raise StoreError(
                f"{room.records.place(folder_of(champion))}: the champion's copies are damaged or"
                " missing; restore them from a backup"
            )
        registry.add_version(event.version, room.path_of(champion, MODEL))
    about = {"event": str(event.number), "how": event.kind, "reason": event.reason}
    return registry.promote(event.version, about)
