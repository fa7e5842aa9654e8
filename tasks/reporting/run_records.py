"""The records of runs in the store: what each used and found, and which decisions were announced.

    STORE/runs/TIME-ID-FLOW-VERDICT.json      a run that ended; pruning removes the old ones
    STORE/champion/announced/ADDRESS.json     a decision that a run ended with; it stays

A decision is announced when its second record is there. It is written last: a run that was killed
before has told nobody, and the next one announces the decision.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat

from tasks.champions.champion import ChampionRoom
from tasks.configuration.errors import StoreError
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.references import place_of
from tasks.engine.run import Run
from tasks.reporting.summary import RetrainingSummary, Summary, summarize
from tasks.storage.artifacts import Artifact, canonical_json
from tasks.storage.pruning import outputs_of
from tasks.storage.records import Records
from tasks.storage.run_names import (
    RETRAINING,
    RUNS,
    RUNS_SHOWN,
    choose_decided,
    choose_unlabelled,
    count_unchanged,
    name_run,
)

ANNOUNCED = "champion/announced"


class ReigningChampion(BaseModel):
    """Who was champion when a run had ended.

    Attributes:
        version: of its model.
        test_mae: MAE in points on all test rows of the run that made the model.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    test_mae: FiniteFloat | None = None


class RunRecord(BaseModel):
    """What is kept of a run; older versions kept less.

    Attributes:
        finished: when it ended.
        source: the source as people named it.
        verdict: the name of its state.
        flow: of which it was a run.
        metrics: what it measured, by name.
        outputs: paths of what it used, which pruning keeps.
        champion: who was champion afterwards.
        rows: of the source.
        new_rows: how many more these are than those of the file that it was compared with.
        stages: how many there were.
        cached_stages: how many of them were found done.
    """

    model_config = ConfigDict(frozen=True)

    finished: AwareDatetime
    source: str
    verdict: str
    flow: str = ""
    metrics: dict[str, FiniteFloat | None] = Field(default_factory=dict)
    outputs: list[str] = Field(default_factory=list)
    champion: ReigningChampion | None = None
    rows: int | None = None
    new_rows: int | None = None
    stages: int = 0
    cached_stages: int = 0


class Retrainings(NamedTuple):
    """The newest retrainings of a store that decided or were rejected.

    Attributes:
        runs: in their order.
        newest: path of the newest one's record; empty where there is none.
        unchanged: how many found nothing new since.
    """

    runs: list[RunRecord]
    newest: str
    unchanged: int


def record_run(run: Run, summary: Summary) -> None:
    """Note in the store what a run used, so that pruning keeps it, and what it found."""
    now, records = datetime.datetime.now(datetime.UTC), run.store.records
    outcomes = list(run.outcomes.values())
    rows, rows_before = _count_rows(run)
    record = RunRecord(
        finished=now.replace(microsecond=0),
        source=run.source,
        verdict=summary.verdict,
        flow=summary.flow,
        metrics=summary.metrics,
        outputs=sorted({outcome.artifact.path for outcome in outcomes}),
        champion=_find_champion(run) if summary.flow == RETRAINING else None,
        rows=rows,
        new_rows=None if rows is None or rows_before is None else rows - rows_before,
        stages=len(outcomes),
        cached_stages=sum(outcome.state == "Cached" for outcome in outcomes),
    )
    content = canonical_json(record.model_dump(mode="json", exclude_defaults=True))
    records.write(name_run(now, summary.flow, summary.verdict), content)
    if decided := run.outcomes.get("promote"):
        with contextlib.suppress(FileExistsError):
            records.create(_place_of_announcement(decided.artifact.path), content)


def was_announced(run: Run, decision: Artifact) -> bool:
    """Whether an earlier run ended with this decision; one that was killed after it did not."""
    return find_announced(run.store.records, decision.path) is not None


def conclude(run: Run, decision: Artifact) -> RetrainingSummary:
    """Sum up a run that came to a decision, or to the one that an earlier run has announced.

    In a dry run, which comes to none, the verdict means nothing.
    """
    verdict, reason = decision.facts.get("verdict", ""), decision.facts.get("reason", "")
    if run.planning or was_announced(run, decision):
        reason = f"Nothing changed since the decision {verdict}: {reason}"
        return summarize(run, Verdict.UNCHANGED, reason)
    return summarize(run, Verdict(verdict), reason)


def find_announced(records: Records, decision: str) -> set[str] | None:
    """Find what the run used that announced a decision.

    Besides one record, at most RUNS_SHOWN are read, those of an older version.

    Args:
        records: the store's.
        decision: path of the decision in the store.

    Returns:
        Paths of outputs, none of them where the record is damaged; None: no run announced it.
    """
    place = _place_of_announcement(decision)
    content = records.read(place)
    if content is not None:
        with contextlib.suppress(StoreError):
            return outputs_of(place, content)
        return set()
    old = choose_unlabelled(records.names(RUNS))
    for name, record in records.read_all(old).items():
        with contextlib.suppress(StoreError):
            used = outputs_of(name, record)
            if decision in used:
                return used
    return None


def read_retrainings(records: Records) -> Retrainings:
    """Read the newest retrainings that decided or were rejected.

    At most RUNS_SHOWN records are read; those of an older version that were other runs, and those
    that are damaged, are left out.
    """
    names = records.names(RUNS)
    wanted = sorted([*choose_decided(names), *choose_unlabelled(names)])[-RUNS_SHOWN:]
    found = {}
    for name, content in records.read_all(wanted).items():
        with contextlib.suppress(ValueError):
            record = RunRecord.model_validate_json(content)
            if record.flow == RETRAINING or (record.metrics and record.verdict != "Unchanged"):
                found[name] = record
    newest = max(found, default="")
    return Retrainings(list(found.values()), newest, count_unchanged(names, newest))


def _place_of_announcement(decision: str) -> str:
    return f"{ANNOUNCED}/{decision.rpartition('/')[2]}.json"


def _find_champion(run: Run) -> ReigningChampion | None:
    """Look who is champion, as far as the pointer tells; a run is recorded without it too."""
    with contextlib.suppress(StoreError):
        event = ChampionRoom(run.store).pointed()
        if event is not None:
            return ReigningChampion(version=event.version, test_mae=event.metrics.get("test_mae"))
    return None


def _count_rows(run: Run) -> tuple[int | None, int | None]:
    """Count the rows of the source, and those of the file that it was compared with."""
    checked = run.outcomes.get("validate")
    if checked is None:
        return None, None
    compared = checked.artifact.ingredients.get("parameters", {}).get("comparison", {})
    last = (compared.get("last") or {}).get("digest", "")
    with contextlib.suppress(StoreError, ValueError, KeyError, TypeError):
        content = run.store.records.read(place_of(last))
        return checked.artifact.facts.get("rows"), json.loads(content or b"{}")["rows"]
    return checked.artifact.facts.get("rows"), None
