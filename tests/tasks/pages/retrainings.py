"""Made-up retrainings, as their records tell them."""

from __future__ import annotations

import datetime
from typing import Any

from tasks.reporting.run_records import ReigningChampion, RunRecord
from tests.reported_runs import NASTY

FIRST = datetime.datetime(2026, 1, 5, 4, 3, tzinfo=datetime.UTC)
FIFTEEN = (
    ("NotPromoted", 1.71),
    ("Promoted", 1.42),
    ("KeptChampion", 1.44),
    ("DataRejected", None),
    ("KeptChampion", 1.43),
    ("Promoted", 1.31),
    ("KeptChampion", 1.33),
    ("KeptChampion", 1.3),
    ("DataRejected", None),
    ("DataRejected", None),
    ("Promoted", 1.24),
    ("KeptChampion", 1.29),
    ("Promoted", 1.2),
    ("KeptChampion", 1.21),
    ("KeptChampion", 1.19),
)


def retraining(number: int, verdict: str, mae: float | None, **changes: Any) -> RunRecord:
    """One of weekly retrainings."""
    metrics: dict[str, float | None] = {}
    if mae is not None:
        metrics = {"test_mae": mae, "test_mae_unseen": round(mae + 0.03, 3)}
        metrics |= {"ridge_test_mae": 1.5 + 0.01 * (number % 3), "ridge_test_mae_unseen": 1.55}
        metrics |= {"median_test_mae": 2.7, "median_test_mae_unseen": 2.71}
    fields: dict[str, Any] = {
        "finished": FIRST + datetime.timedelta(weeks=number),
        "source": "https://example.org/deliveries/reviews.csv",
        "verdict": verdict,
        "flow": "retraining",
        "metrics": metrics,
        "rows": 100_000 + 2_500 * number,
        "new_rows": 2_500 if number else None,
        "stages": 10 if mae else 3,
        "cached_stages": number % 2,
    }
    return RunRecord.model_validate(fields | changes)


def fifteen() -> list[RunRecord]:
    """Retrainings of fifteen weeks with every verdict, and who was champion after each."""
    champion, told = None, []
    for number, (verdict, mae) in enumerate(FIFTEEN):
        if verdict == "Promoted":
            champion = ReigningChampion(version=f"{number:016x}", test_mae=mae)
        told.append(retraining(number, verdict, mae, champion=champion))
    return told


def nasty_retrainings() -> list[RunRecord]:
    """A retraining that holds NASTY in every place that a stranger could write to."""
    champion = ReigningChampion(version=NASTY, test_mae=1.4)
    metrics = {"test_mae": 1.4, NASTY: 1.5}
    return [retraining(0, NASTY, None, source=NASTY, metrics=metrics, champion=champion)]
