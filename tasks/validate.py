"""Validate: raw reviews + contract -> verdict, report, valid rows and rejects.

Rows that break a critical rule become rejects. The file is rejected if there are more of them than
the contract tolerates, or if it breaks a critical rule about the whole file.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_contracts.contract import Contract
from data_contracts.matching import match_columns
from data_contracts.unreadable import UNREADABLE
from tasks.deliveries.encoding_advice import advise_on_encodings
from tasks.deliveries.measuring import measure_partitions
from tasks.deliveries.number_advice import advise_on_numbers
from tasks.deliveries.partitions import (
    FORM,
    HEADER,
    NOTES,
    DeliveredFile,
    locate,
    read_files,
)
from tasks.deliveries.references import Comparison, read_champion_error, read_references
from tasks.engine.stages import stage
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.showing import make_sentence
from tasks.sources.reading.titles import find_row_as_header
from tasks.storage.artifacts import Artifact, Output, digest_file, digest_json
from tasks.storage.workspace import Workspace

if TYPE_CHECKING:
    from data_contracts.judgement import Assessment
    from data_contracts.matching import Matching
    from data_contracts.profile import References
    from tasks.deliveries.partitioned import PartitionedDelivery
    from tasks.pages.quality_content import QualityContent

VALID = "valid.parquet"
PAGE = "data_quality.html"
MARKDOWN = "data_quality.md"
DATA_DOCS = "data_docs"


@stage("validate")
def validate_reviews(
    workspace: Workspace,
    reviews: Artifact,
    measured: Artifact | None,
    contract: Contract,
    comparison: Comparison,
) -> Output:
    """Check the reviews against the contract; write the valid rows, the rejects and the reports.

    Raises:
        StoreError: a profile to compare with is damaged or missing.
    """
    from tasks.pages.quality_content import QualityContent

    delivery = _open_delivery(workspace, reviews, contract)
    header = workspace.read_json(reviews, HEADER)
    matching = match_columns(contract, header)
    advice = advise_on_numbers(contract, delivery.counts)
    notes = [*workspace.read_json(reviews, NOTES), *matching.notes, *comparison.notes]
    error = read_champion_error(workspace, measured)
    references, absent = read_references(workspace.records, comparison, error)
    judged, shown = assess_reviews(contract, matching, delivery, references, absent)
    misread = advise_on_encodings(contract.rules, judged.checked.findings).values()
    causes = [*explain_header(contract, header), *misread]
    assessment = add_advice(contract, judged, advice, causes)
    content = QualityContent.of(
        workspace.source,
        contract,
        assessment,
        form=workspace.read_json(reviews, FORM),
        notes=[*notes, *advice.values(), *misread],
        references=references,
        files=delivery.files,
        **shown,
    )
    _write_reports_and_rows(workspace, delivery, assessment, content)
    facts = _list_facts(assessment, content)
    if assessment.reasons:
        return Output(facts=facts)
    # Later stages read only the valid rows: a change of the report must not train a new model.
    return Output(facts=facts, digest=digest_json({VALID: digest_file(workspace.output / VALID)}))


def explain_header(contract: Contract, header: list[str]) -> list[str]:
    """Say that the header looks like a row, if it does."""
    why = find_row_as_header(header, ExpectedColumns.of(contract))
    return [make_sentence(why)] if why else []


def _open_delivery(
    workspace: Workspace, reviews: Artifact, contract: Contract
) -> PartitionedDelivery:
    """Measure the partitions that are new, and open the delivery."""
    from tasks.deliveries.partitioned import PartitionedDelivery

    files = read_files(workspace, reviews)
    measured = measure_partitions(workspace, reviews, files, contract)
    columns = [*contract.schema.names, *contract.as_written.values(), UNREADABLE]
    return PartitionedDelivery(workspace, reviews, files, measured, columns)


def assess_reviews(
    contract: Contract,
    matching: Matching,
    delivery: PartitionedDelivery,
    references: References,
    absent: dict[str, str],
) -> tuple[Assessment, dict[str, Any]]:
    """Check the reviews against the contract.

    Args:
        contract: the rules.
        matching: the columns of the files.
        delivery: their rows.
        references: the profiles to compare with.
        absent: by `last` and `champion`, why there is no such profile.

    Returns:
        The judgement; and what else of the reviews the page shows, by the fields of
        `QualityContent`.
    """
    from data_contracts.judgement import assess
    from data_contracts.profile import profile_reviews
    from tasks.modelling.leakage import measure_leakage

    assessment = assess(contract, matching, delivery, references, absent)
    profile = profile_reviews(delivery.counts, contract.schema.names, contract.dataset)
    texts = delivery.normalized()
    leakage = measure_leakage(delivery.rows, texts.places, texts.columns[0].to_numpy())
    return assessment, {"profile": profile, "leakage": leakage}


def add_advice(
    contract: Contract,
    assessment: Assessment,
    advice: dict[str, str],
    causes: Sequence[str] = (),
) -> Assessment:
    """Add what helps with columns of numbers to the reasons to reject a file for its rows.

    It is the cause of other reasons, so it comes first.

    Args:
        contract: the share of rejected rows that it tolerates.
        assessment: the judgement.
        advice: see `advise_on_numbers`.
        causes: other sentences that explain the reasons, whatever they are.
    """
    from data_contracts.judgement import tolerates

    if assessment.reasons:
        assessment = assessment._replace(reasons=[*causes, *assessment.reasons])
    if tolerates(contract, assessment.rejected, len(assessment.left_out)):
        return assessment
    critical = [f for f in assessment.checked.findings if f.severity == "critical"]
    broken = {f.column for f in critical if f.unexpected_count and f.passed is False}
    added = [sentence for name, sentence in advice.items() if name in broken]
    return assessment._replace(reasons=[*added, *assessment.reasons])


def _write_reports_and_rows(
    workspace: Workspace,
    delivery: PartitionedDelivery,
    assessment: Assessment,
    content: QualityContent,
) -> None:
    with ThreadPoolExecutor() as pool:
        # Compressing the rows and drawing the page take equally long; use two cores.
        valid = (workspace, delivery, ~assessment.left_out, content.contract)
        written = None if assessment.reasons else pool.submit(_write_valid, *valid)
        _write_reports(workspace, assessment, content)
        _write_rejects(workspace, assessment, delivery.files)
    if written is not None:
        written.result()


def _write_valid(
    workspace: Workspace,
    delivery: PartitionedDelivery,
    keep: NDArray[np.bool_],
    contract: Contract,
) -> None:
    columns = ["row_number", *contract.schema.names]
    workspace.write_tables(delivery.select(keep, columns), VALID)


def _write_reports(workspace: Workspace, assessment: Assessment, content: QualityContent) -> None:
    from data_contracts.data_docs import write_data_docs
    from data_contracts.profile import PROFILE
    from tasks.pages.quality_markdown import to_markdown
    from tasks.pages.quality_page import to_html

    workspace.write_text(to_html(content), PAGE)
    workspace.write_text(to_markdown(content), MARKDOWN)
    checked = assessment.checked
    with workspace.writing(DATA_DOCS) as folder:
        write_data_docs(checked.suite, checked.results, folder)
    workspace.write_json([f._asdict() for f in checked.findings], "findings.json")
    workspace.write_json(content.profile.model_dump(mode="json"), PROFILE)


def _list_facts(assessment: Assessment, content: QualityContent) -> dict[str, Any]:
    from data_contracts.new_texts import compare_texts

    last = content.references.get("last")
    texts = compare_texts(content.profile, last.profile) if last else None
    return {
        "verdict": content.verdict,
        "reasons": assessment.reasons,
        "rows": content.rows,
        "rejected": assessment.rejected,
        "contract": content.contract.id,
        "contract_version": content.contract.version,
        "compared_with": {key: known.name for key, known in content.references.items()},
        "new_texts": f"{texts.describe()}, compared with {last.name}" if last and texts else None,
        "leakage": content.leakage._asdict(),
        "tokens_p999": content.profile.tokens_p999,
        "failures": [f._asdict() for f in content.findings if f.passed is False],
    }


def _write_rejects(
    workspace: Workspace, assessment: Assessment, files: Sequence[DeliveredFile]
) -> None:
    from tasks.pages.spreadsheet import write_rows

    rejects = assessment.rejects
    workspace.write_table(pa.Table.from_pandas(rejects, preserve_index=False), "rejects.parquet")
    if len(files) > 1:
        located = [locate(files, row) for row in rejects["row_number"]]
        rejects = rejects.assign(file=[n for n, _ in located], file_row=[r for _, r in located])
    with (
        workspace.writing("rejects.csv") as path,
        path.open("w", encoding="utf-8", newline="") as file,
    ):
        write_rows(file, rejects, foreign=["value", *rejects.columns.intersection(["file"])])
