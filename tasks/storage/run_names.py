"""Names of the records of runs: they tell the time, the flow and the verdict.

So nobody has to read the records of other flows, or of runs that found nothing new, to find the
newest retrainings. Records that an older version wrote have the time alone.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable

RUNS = "runs"
"""Folder of the records of runs."""

RUNS_SHOWN = 50
"""Newest retrainings that the page of metrics shows; pruning keeps their records."""

RETRAINING = "retraining"
UNCHANGED = f"{RETRAINING}-Unchanged"


def name_run(ended: datetime.datetime, flow: str, verdict: str) -> str:
    """Make a name for the record of a run; names sort by the time, in UTC."""
    return f"{RUNS}/{ended:%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}-{flow}-{verdict}.json"


def choose_decided(names: Iterable[str]) -> list[str]:
    """Choose the newest retrainings that came to a decision or whose data were rejected."""
    labels = {name: _label_of(name) for name in names}
    chosen = [n for n, label in labels.items() if label.startswith(RETRAINING)]
    return [name for name in chosen if labels[name] != UNCHANGED][-RUNS_SHOWN:]


def choose_unlabelled(names: Iterable[str]) -> list[str]:
    """Choose the newest runs of an older version; what they were is told by the records alone."""
    return [name for name in names if not _label_of(name)][-RUNS_SHOWN:]


def count_unchanged(names: Iterable[str], since: str) -> int:
    """Count the retrainings that found nothing new after that of the record `since`."""
    return sum(_label_of(name) == UNCHANGED for name in names if name > since)


def _label_of(name: str) -> str:
    """Return flow and verdict; nothing where an older version wrote the record."""
    return "".join(name.removesuffix(".json").split("-", 2)[2:])
