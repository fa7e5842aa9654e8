from __future__ import annotations

from typing import Any

from tasks.configuration.verdicts import Verdict
from tasks.engine.run import Outcome, Run
from tasks.reporting.quality_summary import QualitySummary, summarize_quality
from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store

ESCAPE = "po\x1b]0;pwned\x07ints\x9b2J\u202e"
PLAIN = "po?]0;pwned?ints?2J?"


def failure(rule: str, severity: str, **others: Any) -> dict[str, Any]:
    return {
        "rule": rule,
        "severity": severity,
        "column": "points",
        "meaning": "It means something.",
        "unexpected_count": None,
        "unexpected_fraction": None,
        "observed": "nothing",
        "examples": [],
    } | others


def summary_of(store: Store, *failures: dict[str, Any]) -> QualitySummary:
    facts = {"rows": 5, "rejected": 2, "failures": list(failures)}
    facts |= {"new_texts": "3 new, 1 gone, compared with the file of Monday"}
    facts |= {"reasons": [f"The column {ESCAPE} is strange."], "verdict": "DataRejected"}
    checked = Artifact(stage="validate", address="1", digest="1", facts=facts)
    run = Run(store, "x.csv")
    for name, seconds in (("validate", 1.5), ("reference-validate", 2.25)):
        run.outcomes[name] = Outcome("Completed", seconds, "", checked)
    return summarize_quality(run, checked)


def test_it_names_the_broken_rules_the_worst_first(store: Store) -> None:
    summary = summary_of(
        store,
        failure("rows_near_last", "warning"),
        failure("points_range", "critical", unexpected_count=1200, examples=[(7, "9")]),
    )
    assert (summary.verdict, summary.rows, summary.rejected) == (Verdict.DATA_REJECTED, 5, 2)
    assert summary.failures[1]["examples"] == [{"row": 7, "value": "9"}]
    assert summary.seconds == 3.75
    lines = summary.to_text().splitlines()
    assert "  texts: 3 new, 1 gone, compared with the file of Monday" in lines
    first = next(n for n, line in enumerate(lines) if line.startswith("  critical"))
    assert lines[first].split() == ["critical", "points_range", "1,200", "rows"]
    assert lines[first + 1].split() == ["warning", "rows_near_last", "found:", "nothing"]
    stages = [line for line in lines if "Completed" in line]
    assert [line.split()[0] for line in stages] == ["validate", "reference-validate"]
    assert len({line.index("Completed") for line in stages}) == 1


def test_nothing_in_it_commands_a_terminal(store: Store) -> None:
    summary = summary_of(store, failure("columns", "critical", observed=f"{ESCAPE}\nmore"))
    assert summary.reason == f"The column {PLAIN} is strange."
    text = summary.to_text()
    assert f"found: {PLAIN}?more" in text
    assert all(c.isprintable() or c == "\n" for c in text)
    # What a program reads is what the file holds.
    assert summary.failures[0]["observed"] == f"{ESCAPE}\nmore"
