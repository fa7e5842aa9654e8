"""The page of metrics over runs, in the store beside the records of runs."""

from __future__ import annotations

from prefect import get_run_logger

from data_contracts.dataset import Target
from tasks.engine.run import Run
from tasks.reporting.run_records import Retrainings, read_retrainings
from tasks.storage.run_names import RUNS
from tasks.storage.store import Store

PAGE = f"{RUNS}/metrics.html"


def has_metrics_page(store: Store) -> bool:
    """Return whether the page is newer than all records that it shows."""
    newest = read_retrainings(store.records).newest
    return store.records.last_used(PAGE) > store.records.last_used(newest)


def keep_metrics_page(run: Run, retrainings: Retrainings) -> str | None:
    """Draw the page if a record is newer; log a failure instead of failing the run.

    Args:
        run: the run, for its store and the scale of its target.
        retrainings: the newest retrainings of the store.

    Returns:
        The page's path for people, or None if there is no page.
    """
    records = run.store.records
    if not retrainings.runs:
        return None
    try:
        # `<=`, because some buckets round times to seconds; at worst the page is drawn twice.
        if records.last_used(PAGE) <= records.last_used(retrainings.newest):
            _draw(run.store, run.contract.dataset.target)
    except Exception as error:
        get_run_logger().warning(
            "%s was not drawn, the next run will try again: %s: %s",
            records.place(PAGE),
            type(error).__name__,
            error,
        )
        return None
    return records.place(PAGE)


def _draw(store: Store, target: Target) -> None:
    # Imported here: matplotlib takes half a second, and most runs draw nothing.
    from tasks.pages.metrics_page import to_html

    # Records are read under the lock: of two runs, the later one then draws both records.
    with store.lock("metrics-page"):
        page = to_html(read_retrainings(store.records).runs, target)
        store.records.write(PAGE, page.encode())
