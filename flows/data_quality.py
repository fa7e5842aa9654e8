"""Data quality: is this file fit to train on? The report that people read before training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run_command
from flows.flow_parameters import with_settings
from tasks.configuration.errors import UsageError, silence_tracebacks
from tasks.configuration.settings import Settings
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.acceptance import (
    LAST,
    NONE,
    UNCOMPARED,
    identify_delivery,
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

GATE = ("fetch", "ingest", "validate")
"""The stages up to the gate."""


def check_data(
    run: Run, source: str, reference: str, settings: Settings, remember: bool
) -> Artifact:
    """Go through the stages up to the gate.

    Args:
        run: the store, and what is asked of the stages.
        source: `demo`, a path or a URL.
        reference: `last` compares with the file accepted last, `none` with nothing, and anything
            else is a source to compare with.
        settings: of the stages.
        remember: whether the file, if it is accepted, becomes the one accepted last.

    Returns:
        The checked reviews; their facts hold the verdict.

    Raises:
        PipelineError: a stage failed for a reason that a person can mend.
    """
    fetched = fetch_source(run, source, settings.fetch)
    raw = ingest_reviews(run, fetched, settings.ingest)
    delivery = identify_delivery(run, fetched, raw, settings.ingest)
    chosen: ProfileReference | str = reference
    if reference not in (LAST, NONE):
        chosen = _profile_of_source(run, reference, settings)
    comparison = settle_comparison(run, delivery, chosen)
    checked = validate_reviews(run, raw, comparison)
    if remember and not run.planning and checked.facts["verdict"] == Verdict.ACCEPTED:
        remember_acceptance(run, delivery, checked, comparison)
    return checked


def _profile_of_source(run: Run, source: str, settings: Settings) -> ProfileReference:
    """Bring another file in and check it by itself, for what it looks like."""
    name = describe_source(source)
    other = Run(run.store, name, run.refresh, run.planning, run.recalling)
    fetched = fetch_source(other, source, settings.fetch.model_copy(update={"sha256": None}))
    raw = ingest_reviews(other, fetched, settings.ingest)
    checked = validate_reviews(other, raw, UNCOMPARED)
    run.take_over(other, "reference-")
    return profile_of(checked, name)


def open_run(
    source: str, reference: str, store: StoreName, refresh: Iterable[str], **how: bool
) -> Run:
    """Open the store for a run that works, plans or recalls.

    Raises:
        StoreError: there can be no store.
        UsageError: made-up and real reviews are to be compared.
    """
    if reference not in (LAST, NONE) and (reference == DEMO) != (source == DEMO):
        raise UsageError(
            f"--reference {describe_source(reference)}: made-up and real reviews are never"
            f" compared; name {'demo' if source == DEMO else 'a file of real ones'}, last or none"
        )
    return Run(open_store(store), describe_source(source), refresh, **how)


@flow(name="data-quality", persist_result=False)
@with_settings(["fetch", "ingest"], GATE)
def data_quality(
    source: SourceName = "demo",
    reference: ReferenceChoice = LAST,
    store: StoreName = None,
    refresh: list[str] = [],  # noqa: B006 - Prefect copies it; a schema needs the literal
    **settings: Any,
) -> State[Any]:
    """Check a file of reviews against the data contract, and train nothing.

    Args:
        source: `demo` for made-up reviews, a path to a .csv, .csv.gz or .zip, or an http(s) URL.
        reference: what to compare with: `last` (the file accepted last), `none`, or a source.
        store: folder or bucket (s3://, gs:// or az://) of all outputs and of the champion; none:
            WINE_POINTS_STORE of the environment, else `store`.
        refresh: stages that run even when their output is there, a reference's too.
        **settings: of the stages.
    """
    silence_tracebacks()
    chosen = Settings().with_overrides(settings)
    run = open_run(source, reference, store, refresh)
    run.store.create()
    # Compared with a file of the caller's choice, it is a question; the gate's memory stays.
    checked = check_data(run, source, reference, chosen, remember=reference == LAST)
    show_page(run, "data-quality", "validate", MARKDOWN, PAGE)
    summary = summarize_quality(run, checked)
    record_run(run, summary)
    return summary.verdict.to_state(summary.reason, summary)


def _look_up(parameters: dict[str, Any], **how: Any) -> tuple[Run, Artifact]:
    named = {k: parameters.pop(k) for k in ("source", "reference", "store", "refresh")}
    settings, run = Settings().with_overrides(parameters), open_run(**named, **how)
    source, reference = named["source"], named["reference"]
    return run, check_data(run, source, reference, settings, remember=reference == LAST)


def plan(**parameters: Any) -> Run:
    """Look every stage up as `data_quality` would, and run none."""
    return _look_up(parameters, planning=True)[0]


def recall(**parameters: Any) -> Summary:
    """Answer as `data_quality` would, from what is stored alone.

    Raises:
        NotStoredError: a stage would run.
    """
    run, checked = _look_up(parameters, recalling=True)
    summary = summarize_quality(run, checked)
    record_run(run, summary)
    return summary


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(data_quality, plan, arguments, recall)


if __name__ == "__main__":
    raise SystemExit(main())
