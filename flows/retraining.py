"""Retraining: from a file of wine reviews to a champion that only a better model replaces."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run_command
from flows.data_quality import ReferenceChoice, check_data, open_run
from flows.flow_parameters import with_settings
from tasks.baselines import fit_baselines
from tasks.configuration.errors import silence_tracebacks
from tasks.configuration.settings import PRESETS, Preset, Settings
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.acceptance import LAST
from tasks.engine.run import NotStoredError, Run
from tasks.engine.stages import STAGES
from tasks.evaluate import evaluate_model
from tasks.fetch import SourceName
from tasks.modelling.device import settle_device
from tasks.promote import promote_candidate
from tasks.report import write_report
from tasks.reporting.metrics_over_runs import has_metrics_page
from tasks.reporting.prefect_artifacts import show_metrics, show_page
from tasks.reporting.run_records import conclude, record_run
from tasks.reporting.summary import RetrainingSummary, Summary, summarize
from tasks.split import part_sides, split_reviews
from tasks.storage.opening import StoreName
from tasks.tracking.connection import find_tracking_uri
from tasks.tracking.mirror import mirror_run
from tasks.train import train_model
from tasks.validate import MARKDOWN, PAGE
from tasks.vectorize import adapt_vectorizer


def retrain(run: Run, source: str, reference: str, settings: Settings) -> RetrainingSummary:
    """Go through the stages; in a dry run what counts are the outcomes in `run`, not the verdict.

    Args:
        run: the store, and what is asked of the stages.
        source: `demo`, a path or a URL.
        reference: what the file is compared with; see `check_data`.
        settings: of every stage.

    Raises:
        PipelineError: a stage failed for a reason that a person can mend.
    """
    device = settle_device(settings.training.device)
    training = settings.training.model_copy(update={"device": device})
    checked = check_data(run, source, reference, settings, remember=True)
    if checked.facts.get("verdict") == Verdict.DATA_REJECTED:
        return summarize(run, Verdict.DATA_REJECTED, " ".join(checked.facts["reasons"]))
    splits = split_reviews(run, checked, settings.split)
    train, validation, test = part_sides(splits)
    vocabulary = adapt_vectorizer(run, train, settings.vectorizer)
    trained = train_model(
        run, train, validation, vocabulary, settings.vectorizer, settings.model, training
    )
    baselines = fit_baselines(run, train, test, settings.baselines)
    evaluated = evaluate_model(
        run, trained, train, validation, test, baselines, settings.evaluation
    )
    decision = promote_candidate(
        run,
        trained=trained,
        evaluated=evaluated,
        train=train,
        validation=validation,
        test=test,
        parameters=settings.promotion,
    )
    inputs = (checked, splits, vocabulary, trained, baselines, evaluated, decision)
    write_report(run, *inputs, settings, device)
    return conclude(run, decision)


@flow(name="retraining", persist_result=False)
@with_settings(list(Settings.model_fields), list(STAGES))
def retraining(
    source: SourceName = "demo",
    preset: Preset = "demo",
    reference: ReferenceChoice = LAST,
    store: StoreName = None,
    refresh: list[str] = [],  # noqa: B006 - Prefect copies it; a schema needs the literal
    **settings: Any,
) -> State[Any]:
    """Retrain the points model and promote it if it is better.

    Args:
        source: `demo` for made-up reviews, a path to a .csv, .csv.gz or .zip, or an http(s) URL.
        preset: named settings of all stages: `demo` takes a minute, `notebook` trains on 10,000
            reviews as the course notebook did, `full` on all.
        reference: what to compare with: `last` (the file accepted last), `none`, or a source.
        store: folder or bucket (s3://, gs:// or az://) of all outputs and of the champion; none:
            WINE_POINTS_STORE of the environment, else `store`.
        refresh: stages that run even when their output is there, a reference's too.
        **settings: of the stages, laid over the preset's.
    """
    silence_tracebacks()
    chosen = PRESETS[preset].with_overrides(settings)
    run = open_run(source, reference, store, refresh)
    run.store.create()
    summary = retrain(run, source, reference, chosen)
    show_page(run, "data-quality", "validate", MARKDOWN, PAGE)
    if summary.verdict != Verdict.DATA_REJECTED:
        show_page(run, "retraining-report", "report", "report.md", "report.html")
    record_run(run, summary)
    show_metrics(run)
    summary = mirror_run(run, summary)
    return summary.verdict.to_state(summary.reason, summary)


def _look_up(parameters: dict[str, Any], **how: Any) -> tuple[Run, RetrainingSummary]:
    named = {k: parameters.pop(k) for k in ("source", "reference", "store", "refresh")}
    settings = PRESETS[parameters.pop("preset")].with_overrides(parameters)
    run = open_run(**named, **how)
    return run, retrain(run, named["source"], named["reference"], settings)


def plan(**parameters: Any) -> Run:
    """Look every stage up as `retraining` would, and run none."""
    return _look_up(parameters, planning=True)[0]


def recall(**parameters: Any) -> Summary:
    """Answer as `retraining` would where it found nothing new, from what is stored alone.

    Raises:
        NotStoredError: a stage would run, an earlier run did not announce its decision, the page
            of metrics is older than what it shows, or MLflow is to be told.
    """
    run, summary = _look_up(parameters, recalling=True)
    told = find_tracking_uri() is None and has_metrics_page(run.store)
    if summary.verdict != Verdict.UNCHANGED or not told:
        raise NotStoredError(summary.verdict)
    record_run(run, summary)
    return summary


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(retraining, plan, arguments, recall)


if __name__ == "__main__":
    raise SystemExit(main())
