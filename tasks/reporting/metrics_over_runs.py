"""The page of the metrics over runs, which lies in the store beside the records of the runs."""

from __future__ import annotations

from prefect import get_run_logger

from tasks.reporting.run_records import Retrainings, read_retrainings
from tasks.storage.run_names import RUNS
from tasks.storage.store import Store

PAGE = f"{RUNS}/metrics.html"


def has_metrics_page(store: Store) -> bool:
    """Tell whether the page is newer than all that it shows."""
    newest = read_retrainings(store.records).newest
    return store.records.last_used(PAGE) > store.records.last_used(newest)


def keep_metrics_page(store: Store, retrainings: Retrainings) -> str | None:
    """Draw the page anew where it is older than what it shows; a run does not fail for it.

    Args:
        store: the store.
        retrainings: of the store, as they were read just now.

    Returns:
        The page's place, for people; None where there is no page.
    """
    records = store.records
    if not retrainings.runs:
        return None
    try:
        # Some buckets tell whole seconds: within one, it is drawn once more than needed.
        if records.last_used(PAGE) <= records.last_used(retrainings.newest):
            _draw(store)
    except Exception as error:
        get_run_logger().warning(
            "%s was not drawn, the next run will: %s: %s",
            records.place(PAGE),
            type(error).__name__,
            error,
        )
        return None
    return records.place(PAGE)


def _draw(store: Store) -> None:
    # Imported late: matplotlib takes half a second, and most runs draw nothing.
    from tasks.pages.metrics_page import to_html

    # Of two runs that end at once, the later one to draw has read both records.
    with store.lock("metrics-page"):
        page = to_html(read_retrainings(store.records).runs)
        store.records.write(PAGE, page.encode())
