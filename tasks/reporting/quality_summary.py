"""The summary of a data quality run."""

from __future__ import annotations

import functools
from typing import Any

from data_contracts.wording import write_count
from tasks.configuration.verdicts import Verdict
from tasks.engine.run import Run
from tasks.reporting.summary import Summary, list_stages
from tasks.storage.artifacts import Artifact


class QualitySummary(Summary):
    """The summary of a data quality run.

    Attributes:
        rows: number of rows of the file.
        rejected: number of rows that break a critical rule.
        new_texts: how many texts are new and gone since the last accepted file; None without one.
        failures: for each broken rule `rule`, `severity`, `column`, `meaning`, `unexpected_count`,
            `unexpected_fraction`, `observed` and `examples` (each with `row` and `value`).
        report: path of the page.
        data_docs: path of the first page of Great Expectations' Data Docs.
        rejects: path of the CSV file of rejects.
        seconds: of all stages, those of a reference file included.
    """

    flow = "data-quality"
    rows: int
    rejected: int
    new_texts: str | None
    failures: list[dict[str, Any]]
    report: str
    data_docs: str
    rejects: str
    seconds: float

    @property
    def figures(self) -> list[str]:
        """The texts that are new, and the broken rules, critical ones first."""
        new = [f"  texts: {self.new_texts}"] if self.new_texts else []
        return new + [
            f"  {failure['severity']:<10}{failure['rule']:<34}{_extent(failure)}"
            for severity in ("critical", "warning", "info")
            for failure in self.failures
            if failure["severity"] == severity
        ]

    @property
    def places(self) -> dict[str, str | None]:
        """The page, the Data Docs, and the rejects."""
        return {"report": self.report, "data docs": self.data_docs, "rejects": self.rejects}


def summarize_quality(run: Run, checked: Artifact) -> QualitySummary:
    """Sum up a data quality run."""
    facts = checked.facts
    place = functools.partial(run.store.place_of, checked)
    rows, rejected = facts["rows"], facts["rejected"]
    accepted = f"{rows - rejected:,} of {rows:,} rows keep every critical rule."
    keys = ("rule", "severity", "column", "meaning", "unexpected_count", "unexpected_fraction")
    failures = [
        {key: failure[key] for key in (*keys, "observed")}
        | {"examples": [{"row": row, "value": value} for row, value in failure["examples"]]}
        for failure in facts["failures"]
    ]
    return QualitySummary(
        verdict=Verdict(facts["verdict"]),
        reason=" ".join(facts["reasons"]) or accepted,
        stages=list_stages(run),
        rows=rows,
        rejected=rejected,
        new_texts=facts["new_texts"],
        failures=failures,
        report=place("data_quality.html"),
        data_docs=place("data_docs/index.html"),
        rejects=place("rejects.csv"),
        seconds=round(sum(outcome.seconds for outcome in run.outcomes.values()), 3),
    )


def _extent(failure: dict[str, Any]) -> str:
    count = failure["unexpected_count"]
    return f"found: {failure['observed']}" if count is None else write_count(count, "row")
