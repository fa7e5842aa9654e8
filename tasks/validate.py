"""Validate: raw reviews + contract -> verdict, report, rejects.

Rows that break a critical rule are left out and kept as rejects, up to the share that the contract
tolerates; past it, or when a critical rule about the whole file fails, the file is rejected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from data_contracts.contract import UNREADABLE, load_contract
from tasks.engine.artifacts import Artifact, Output, digest_file, digest_json
from tasks.engine.stages import stage
from tasks.engine.workspace import Workspace
from tasks.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

VALID = "valid.parquet"
REPORT = "data_quality.html"

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell (OWASP, CSV injection)."""


def defuse(value: str) -> str:
    """Put an apostrophe before what a spreadsheet would run."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


@stage("validate")
def validate_reviews(workspace: Workspace, reviews: Artifact) -> Output:
    """Check the reviews against the contract; write the valid rows, the rejects and the report."""
    from data_contracts.checks import check_reviews
    from data_contracts.judgement import collect_rejects, judge, name_columns, repeats_header
    from tasks.pages.quality_page import to_html, to_markdown

    contract = load_contract()
    header = workspace.read_json(reviews, "header.json")
    table = workspace.read_table(reviews, "reviews.parquet")
    frame = table.to_pandas()
    findings = check_reviews(contract.rules, name_columns(header, contract), frame)
    rejects = collect_rejects(contract, findings, frame)
    rejected = int(rejects["row_number"].nunique())
    reasons = judge(contract, findings, len(frame), rejected)
    if repeated := repeats_header(contract, frame):
        reasons.append(f"The header stands again in row {repeated[0]}: two files put together?")
    verdict = Verdict.DATA_REJECTED if reasons else Verdict.ACCEPTED
    facts: dict[str, Any] = {
        "verdict": verdict.value,
        "reasons": reasons,
        "rows": len(frame),
        "rejected": rejected,
        "contract_version": contract.version,
        "failures": [f._asdict() for f in findings if f.passed is False],
    }
    _write_rejects(workspace, rejects)
    workspace.write_text(to_html(facts, findings), REPORT)
    workspace.write_text(to_markdown(facts, findings), "data_quality.md")
    workspace.write_json([f._asdict() for f in findings], "findings.json")
    if reasons:
        return Output(facts=facts)
    keep = pa.array(~frame["row_number"].isin(rejects["row_number"]))
    valid = table.filter(keep).drop_columns([UNREADABLE])
    workspace.write_table(valid, VALID)
    # Later stages read the valid rows alone: a better worded report must not train anew.
    return Output(facts=facts, digest=digest_json({VALID: digest_file(workspace.output / VALID)}))


def _write_rejects(workspace: Workspace, rejects: pd.DataFrame) -> None:
    workspace.write_table(pa.Table.from_pandas(rejects, preserve_index=False), "rejects.parquet")
    safe = rejects.assign(value=rejects["value"].map(defuse))
    safe.to_csv(workspace.output / "rejects.csv", index=False)
