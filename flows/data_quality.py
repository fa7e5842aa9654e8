"""Check a file against the data contract, and write the report that people read before training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run_command
from flows.flow_parameters import with_settings
from tasks.champion_error import measure_champion
from tasks.configuration.contract import ContractName, load_contract
from tasks.configuration.errors import UsageError, silence_tracebacks
from tasks.configuration.settings import Settings
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.acceptance import (
    LAST,
    NONE,
    UNCOMPARED,
    DeliveryId,
    profile_of,
    remember_acceptance,
    settle_comparison,
)
from tasks.deliveries.references import ProfileReference
from tasks.engine.run import Run
from tasks.fetch import DEMO, SourceName, describe_source, fetch_source
from tasks.ingest import ingest_reviews
from tasks.reporting.prefect_artifacts import show_page
from tasks.reporting.quality_summary import summarize_quality
from tasks.reporting.run_records import record_run
from tasks.reporting.summary import Summary
from tasks.storage.artifacts import Artifact
from tasks.storage.opening import StoreName, open_store
from tasks.validate import MARKDOWN, PAGE, validate_reviews

ReferenceChoice = SourceName
"""`last`, `none`, or a source."""

GATE = ("fetch", "ingest", "champion_error", "validate")
"""The stages that check the data."""


def check_data(
    run: Run, source: str, reference: str, settings: Settings, remember: bool
) -> Artifact:
    """Fetch, ingest and validate the source.

    Args:
        run: the store, the stages to refresh, and whether this is a dry run.
        source: `demo`, a path or a URL.
        reference: file to compare the source with: `last` (the last accepted file of the same
            source), `none`, or a source.
        settings: the settings of the stages.
        remember: record an accepted file as the file accepted last.

    Returns:
        The checked reviews; their facts hold the verdict.

    Raises:
        PipelineError: a stage failed for a reason that a person can fix.
    """
    fetched = fetch_source(run, source, settings.fetch)
    reading = settings.ingest.for_name(source)
    raw = ingest_reviews(run, fetched, run.contract, reading)
    delivery = DeliveryId.of(run, fetched, raw)
    profile: ProfileReference | str = reference
    if reference not in (LAST, NONE):
        profile = _profile_source(run, reference, settings)
    comparison = settle_comparison(run, delivery, profile)
    champion = comparison.champion_model
    measured = measure_champion(run, raw, champion, run.contract.dataset) if champion else None
    checked = validate_reviews(run, raw, measured, run.contract, comparison)
    if remember and not run.planning and checked.facts["verdict"] == Verdict.ACCEPTED:
        remember_acceptance(run, delivery, checked, comparison)
    return checked


def _profile_source(run: Run, source: str, settings: Settings) -> ProfileReference:
    """Fetch, ingest and validate a reference, and return its profile."""
    name = describe_source(source)
    other = Run(run.store, name, run.refresh, run.planning, run.recalling, run.contract)
    fetched = fetch_source(other, source, settings.fetch.model_copy(update={"sha256": None}))
    reading = settings.ingest.for_name(source)
    raw = ingest_reviews(other, fetched, run.contract, reading)
    checked = validate_reviews(other, raw, None, run.contract, UNCOMPARED)
    run.take_over(other, "reference-")
    return profile_of(checked, name)


def open_run(
    source: str,
    reference: str,
    contract: ContractName,
    store: StoreName,
    refresh: Iterable[str],
    planning: bool = False,
    recalling: bool = False,
) -> Run:
    """Open the store for a run, and create it, except in a dry or recalling run.

    Raises:
        StoreError: the store cannot be opened or created.
        UsageError: the reference is demo reviews and the source is not, or the other way round.
    """
    if reference not in (LAST, NONE) and (reference == DEMO) != (source == DEMO):
        raise UsageError(
            f"--reference {describe_source(reference)}: demo and real reviews are never compared;"
            f" choose {'demo' if source == DEMO else 'a file of real reviews'}, last or none"
        )
    rules = load_contract(contract)
    opened = open_store(store).scoped(rules.scope)
    run = Run(opened, describe_source(source), refresh, planning, recalling, rules)
    if not (planning or recalling):
        run.store.create()
    return run


@flow(name="data-quality", persist_result=False)
@with_settings(["fetch", "ingest"], GATE)
def data_quality(
    source: SourceName = "demo",
    reference: ReferenceChoice = LAST,
    contract: ContractName = None,
    store: StoreName = None,
    refresh: list[str] = [],  # noqa: B006 - Prefect copies it; the schema needs the literal
    **settings: Any,
) -> State[Any]:
    """Check a file of reviews against the data contract, without training.

    Args:
        source: `demo` (made-up reviews), or a CSV, JSON Lines or Parquet file, which may be
            compressed or in a .zip: its path, its http(s) URL, or its place in a bucket (s3://,
            gs:// or az://). A folder, a glob or a prefix of a bucket names many files, which are
            read as one.
        reference: file to compare the source with: `last` (the last accepted file of the same
            source), `none`, or a source.
        contract: data contract: a name in data_contracts/, a path, or an http(s) URL. If unset:
            WINE_POINTS_CONTRACT, else `wine_reviews`.
        store: folder or bucket (s3://, gs:// or az://) for all outputs and the champion. If unset:
            WINE_POINTS_STORE, else `store`.
        refresh: stages to run even if the store has their output, also for the reference.
        **settings: settings of the stages.
    """
    silence_tracebacks()
    run, checked = _run_stages(source, reference, contract, store, refresh, **settings)
    show_page(run, "data-quality", "validate", MARKDOWN, PAGE)
    summary = summarize_quality(run, checked)
    record_run(run, summary)
    return summary.verdict.to_state(summary.reason, summary)


def _run_stages(
    source: str,
    reference: str,
    contract: ContractName,
    store: StoreName,
    refresh: list[str],
    planning: bool = False,
    recalling: bool = False,
    **settings: Any,
) -> tuple[Run, Artifact]:
    resolved = Settings().with_overrides(settings)
    run = open_run(source, reference, contract, store, refresh, planning, recalling)
    # Only a comparison with the file accepted last may replace that file.
    return run, check_data(run, source, reference, resolved, remember=reference == LAST)


def plan(**parameters: Any) -> Run:
    """Look up the output of each stage for the parameters of `data_quality`, and run no stage."""
    return _run_stages(**parameters, planning=True)[0]


def recall(**parameters: Any) -> Summary:
    """Return the summary of `data_quality` from the store alone.

    Raises:
        NotStoredError: a stage would run.
    """
    run, checked = _run_stages(**parameters, recalling=True)
    summary = summarize_quality(run, checked)
    record_run(run, summary)
    return summary


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(data_quality, plan, arguments, recall)


if __name__ == "__main__":
    raise SystemExit(main())
