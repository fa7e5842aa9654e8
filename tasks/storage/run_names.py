"""Names of the records of runs, which contain time, flow and verdict; and the outputs in a record.

So the newest retrainings are found without reading the records of other runs. In records of an
older version the name contains only the time.
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterable

from tasks.configuration.errors import StoreError

RUNS = "runs"
"""Folder of the records of runs."""

RUNS_SHOWN = 50
"""Number of newest retrainings on the page of metrics; pruning keeps their records."""

RETRAINING = "retraining"
UNCHANGED = f"{RETRAINING}-Unchanged"


def name_run(ended: datetime.datetime, flow: str, verdict: str) -> str:
    """Make a path for the record of a run; paths sort by the time, in UTC."""
    return f"{RUNS}/{ended:%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}-{flow}-{verdict}.json"


def choose_decided(names: Iterable[str]) -> list[str]:
    """Choose the newest retrainings that ended with a decision or a rejection."""
    labels = {name: _label_of(name) for name in names}
    chosen = [n for n, label in labels.items() if label.startswith(RETRAINING)]
    return [name for name in chosen if labels[name] != UNCHANGED][-RUNS_SHOWN:]


def choose_unlabelled(names: Iterable[str]) -> list[str]:
    """Choose the newest runs of an older version, whose names lack flow and verdict."""
    return [name for name in names if not _label_of(name)][-RUNS_SHOWN:]


def count_unchanged(names: Iterable[str], since: str) -> int:
    """Count the retrainings with the verdict `Unchanged` after the record `since`."""
    return sum(_label_of(name) == UNCHANGED for name in names if name > since)


def outputs_of(place: str, record: bytes) -> set[str]:
    """Return the outputs that a run used.

    Args:
        place: path of the record, for people.
        record: its content.

    Raises:
        StoreError: the record is damaged.
    """
    try:
        return set(json.loads(record)["outputs"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{place}: the record of a run is damaged; remove it") from error


def _label_of(name: str) -> str:
    """Return flow and verdict; empty for a record of an older version."""
    return "".join(name.removesuffix(".json").split("-", 2)[2:])
