"""The records of runs in the store, and of the decisions that were announced.

    STORE/runs/TIME-ID-FLOW-VERDICT.json      a finished run; pruning removes old records
    STORE/champion/announced/ADDRESS.json     the first run that ended with a decision; never pruned

A run announces its decision by the second record, which it writes last. If a run is killed before,
the next run announces the decision.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat

from tasks.champions.champion import ChampionRegistry
from tasks.configuration.errors import StoreError
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.references import place_of
from tasks.engine.run import Run
from tasks.reporting.summary import RetrainingSummary, Summary, summarize
from tasks.storage.artifacts import Artifact, canonical_json
from tasks.storage.records import Records
from tasks.storage.run_names import (
    RETRAINING,
    RUNS,
    RUNS_SHOWN,
    choose_decided,
    choose_unlabelled,
    count_unchanged,
    name_run,
    outputs_of,
)

ANNOUNCED = "champion/announced"


class ReigningChampion(BaseModel):
    """The champion at the end of a run.

    Attributes:
        version: of the model.
        test_mae: MAE on all test rows, in the run that trained the model.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    test_mae: FiniteFloat | None = None


class RunRecord(BaseModel):
    """The record of a run; records of older versions lack some fields.

    Attributes:
        finished: end of the run.
        source: name of the source.
        verdict: name of the run's state.
        flow: name of the flow.
        metrics: by name.
        outputs: paths of the outputs that the run used; pruning keeps them.
        champion: the champion after the run.
        rows: number of rows of the source.
        new_rows: `rows` minus the number of rows of the reference file.
        stages: number of stages.
        cached_stages: number of cached stages.
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
    """The newest retrainings of a store that ended with a decision or a rejection.

    Attributes:
        runs: the oldest first.
        newest: path of the newest record; empty if there is none.
        unchanged: number of later retrainings with the verdict `Unchanged`.
    """

    runs: list[RunRecord]
    newest: str
    unchanged: int


def record_run(run: Run, summary: Summary) -> None:
    """Write the record of a run, and announce its decision."""
    now, records = datetime.datetime.now(datetime.UTC), run.store.records
    outcomes = list(run.outcomes.values())
    rows, rows_before = _count_rows(run)
    record = RunRecord(
        finished=now.replace(microsecond=0),
        source=run.source,
        verdict=summary.verdict,
        flow=summary.flow,
        metrics=summary.metrics,
        outputs=sorted({path for o in outcomes for path in (o.artifact.path, *o.artifact.units)}),
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
    """Return whether an earlier run announced this decision."""
    return find_announced(run.store.records, decision.path) is not None


def conclude(run: Run, decision: Artifact) -> RetrainingSummary:
    """Sum up a run that ended with a decision; `Unchanged` if an earlier run announced it.

    A dry run makes no decision; its summary is not shown.
    """
    verdict, reason = decision.facts.get("verdict", ""), decision.facts.get("reason", "")
    if run.planning or was_announced(run, decision):
        reason = f"Same decision as before ({verdict}): {reason[:1].lower()}{reason[1:]}"
        return summarize(run, Verdict.UNCHANGED, reason)
    return summarize(run, Verdict(verdict), reason)


def find_announced(records: Records, decision: str) -> set[str] | None:
    """Find the outputs used by the run that announced a decision.

    Older versions wrote no announcements, so that up to RUNS_SHOWN of their records are searched.

    Args:
        records: of the store.
        decision: path of the decision in the store.

    Returns:
        Paths of outputs, empty if the record is damaged; None if no run announced the decision.
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
    """Read the newest retrainings that ended with a decision or a rejection.

    At most RUNS_SHOWN records are read. Damaged records are left out, and so are those of an older
    version that turn out to be of another flow.
    """
    names = records.names(RUNS)
    chosen = sorted([*choose_decided(names), *choose_unlabelled(names)])[-RUNS_SHOWN:]
    found = {}
    for name, content in records.read_all(chosen).items():
        with contextlib.suppress(ValueError):
            record = RunRecord.model_validate_json(content)
            if record.flow == RETRAINING or (record.metrics and record.verdict != "Unchanged"):
                found[name] = record
    newest = max(found, default="")
    return Retrainings(list(found.values()), newest, count_unchanged(names, newest))


def _place_of_announcement(decision: str) -> str:
    return f"{ANNOUNCED}/{decision.rpartition('/')[2]}.json"


def _find_champion(run: Run) -> ReigningChampion | None:
    """Return the champion that the pointer names, or None if there is none or it is damaged."""
    with contextlib.suppress(StoreError):
        event = ChampionRegistry(run.store).read_pointer()
        if event is not None:
            return ReigningChampion(version=event.version, test_mae=event.metrics.get("test_mae"))
    return None


def _count_rows(run: Run) -> tuple[int | None, int | None]:
    """Return the number of rows of the source and of its reference file."""
    checked = run.outcomes.get("validate")
    if checked is None:
        return None, None
    compared = checked.artifact.ingredients.get("parameters", {}).get("comparison", {})
    last = (compared.get("last") or {}).get("digest", "")
    with contextlib.suppress(StoreError, ValueError, KeyError, TypeError):
        content = run.store.records.read(place_of(last))
        return checked.artifact.facts.get("rows"), json.loads(content or b"{}")["rows"]
    return checked.artifact.facts.get("rows"), None
