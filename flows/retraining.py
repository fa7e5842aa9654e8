"""Retrain the model on a file of reviews, and promote it if it passes the promotion rule."""

from __future__ import annotations

from typing import Any, NamedTuple

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run_command
from flows.data_quality import ReferenceChoice, check_data, open_run
from flows.flow_parameters import with_settings
from tasks.baselines import fit_baselines
from tasks.configuration.contract import ContractName
from tasks.configuration.errors import silence_tracebacks
from tasks.configuration.parameters import TrainingParameters
from tasks.configuration.preset_files import PresetName, choose_preset
from tasks.configuration.presets import Overrides, Preset, list_chosen, settle
from tasks.configuration.promotion_bounds import PromotionBounds, rename_slices
from tasks.configuration.settings import Settings
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.acceptance import LAST
from tasks.engine.run import PENDING, NotStoredError, Run
from tasks.engine.stages import STAGES
from tasks.evaluate import evaluate_model
from tasks.fetch import SourceName
from tasks.learning_curve import measure_learning_curve
from tasks.modelling.device import settle_device
from tasks.promote import promote_candidate
from tasks.report import write_report
from tasks.reporting.metrics_over_runs import has_metrics_page
from tasks.reporting.prefect_artifacts import show_metrics, show_page
from tasks.reporting.run_labels import label_run
from tasks.reporting.run_records import conclude, record_run
from tasks.reporting.summary import RetrainingSummary, Summary, summarize
from tasks.split import Sides, part_sides, split_reviews
from tasks.storage.artifacts import Artifact
from tasks.storage.opening import StoreName
from tasks.tracking.connection import find_tracking_uri
from tasks.tracking.mirror import mirror_run
from tasks.train import train_model
from tasks.validate import MARKDOWN, PAGE
from tasks.vectorize import adapt_vectorizer

TUNING = {"trial", "tune"}
"""Stages of the tuning, which may be imported before."""

CURVE_CONDITION = "runs if the candidate does not surely beat ridge"


class Candidate(NamedTuple):
    """The outputs of the stages that make a candidate and measure it."""

    vocabulary: Artifact
    trained: Artifact
    baselines: Artifact
    evaluated: Artifact


def retrain(
    run: Run, source: str, reference: str, preset: Preset, overrides: Overrides
) -> RetrainingSummary:
    """Run all stages. A dry run uses only the outcomes in `run`: the summary has no meaning there.

    Args:
        run: the store, the stages to refresh, and whether this is a dry run.
        source: `demo`, a path or a URL.
        reference: file to compare the source with; see `check_data`.
        preset: name of a preset.
        overrides: settings by stage that replace those of the preset.

    Raises:
        PipelineError: a stage failed for a reason that a person can fix.
    """
    dataset = run.contract.dataset
    settings = settle(preset, overrides)
    promotion = rename_slices(settings.promotion, dataset)
    PromotionBounds.of(promotion, dataset)  # before the training, which takes long
    device = settle_device(settings.training.device)
    checked = check_data(run, source, reference, settings, remember=True)
    if checked.facts.get("verdict") == Verdict.DATA_REJECTED:
        return summarize(run, Verdict.DATA_REJECTED, " ".join(checked.facts["reasons"]))
    splits = split_reviews(run, checked, dataset, settle(preset, overrides, checked.facts).split)
    settings = settle(preset, overrides, checked.facts | splits.facts)
    training = settings.training.model_copy(update={"device": device})
    sides = part_sides(splits)
    candidate = _make_candidate(run, sides, settings, training)
    judged = {"trained": candidate.trained, "evaluated": candidate.evaluated, **sides._asdict()}
    decision = promote_candidate(run, **judged, dataset=dataset, parameters=promotion)
    curve = _draw_curve(run, sides, candidate.trained, decision, settings, training)
    inputs = (checked, splits, *candidate, decision)
    chosen = list_chosen(preset, overrides)
    write_report(run, *inputs, curve, run.contract.name, dataset, settings, chosen, device)
    return conclude(run, decision)


def _make_candidate(
    run: Run, sides: Sides, settings: Settings, training: TrainingParameters
) -> Candidate:
    dataset, (train, validation, test) = run.contract.dataset, sides
    vocabulary = adapt_vectorizer(run, train, dataset, settings.vectorizer)
    trained = train_model(
        run, train, validation, vocabulary, dataset, settings.vectorizer, settings.model, training
    )
    baselines = fit_baselines(run, train, test, dataset, settings.baselines)
    evaluated = evaluate_model(
        run, trained, train, validation, test, baselines, dataset, settings.evaluation
    )
    return Candidate(vocabulary, trained, baselines, evaluated)


def _draw_curve(
    run: Run,
    sides: Sides,
    trained: Artifact,
    decision: Artifact,
    settings: Settings,
    training: TrainingParameters,
) -> Artifact | None:
    """Measure the learning curve of a candidate that does not beat ridge regression."""
    if not settings.learning_curve.fractions:
        return None
    if run.planning and not decision.files:
        planned = Artifact(stage="learning_curve", address=PENDING, digest=PENDING)
        return run.record_planned(planned.stage, planned, CURVE_CONDITION)
    if "ridge" not in decision.facts.get("not_beaten", ()):
        return None
    return measure_learning_curve(
        run,
        sides.train,
        sides.validation,
        trained,
        run.contract.dataset,
        settings.vectorizer,
        settings.model,
        training,
        settings.baselines,
        settings.learning_curve,
    )


@flow(name="retraining", persist_result=False)
@with_settings(list(Settings.model_fields), sorted(STAGES.keys() - TUNING))
def retraining(
    source: SourceName = "demo",
    preset: PresetName = "demo",
    reference: ReferenceChoice = LAST,
    contract: ContractName = None,
    store: StoreName = None,
    refresh: list[str] = [],  # noqa: B006 - Prefect copies it; the schema needs the literal
    **settings: Any,
) -> State[Any]:
    """Retrain the model, and promote it if it passes the promotion rule.

    Args:
        source: `demo` (made-up reviews), or a CSV, JSON Lines or Parquet file, which may be
            compressed or in a .zip: its path, its http(s) URL, or its place in a bucket (s3://,
            gs:// or az://). A folder, a glob or a prefix of a bucket names many files, which are
            read as one.
        preset: settings of all stages: `demo` takes a minute, `notebook` trains on 10,000 reviews
            like the course notebook, `full` and `auto` train on all reviews; `auto` chooses its
            sizes by their number. Or a preset file (.yaml), such as `wine-points tune` writes.
        reference: file to compare the source with: `last` (the last accepted file of the same
            source), `none`, or a source.
        contract: data contract: a name in data_contracts/, a path, or an http(s) URL. If unset:
            WINE_POINTS_CONTRACT, else `wine_reviews`.
        store: folder or bucket (s3://, gs:// or az://) for all outputs and the champion. If unset:
            WINE_POINTS_STORE, else `store`.
        refresh: stages to run even if the store has their output, also for the reference.
        **settings: settings of single stages, which replace those of the preset.
    """
    silence_tracebacks()
    run, summary = _run_stages(source, preset, reference, contract, store, refresh, **settings)
    show_page(run, "data-quality", "validate", MARKDOWN, PAGE)
    if summary.verdict != Verdict.DATA_REJECTED:
        show_page(run, "retraining-report", "report", "report.md", "report.html")
    record_run(run, summary)
    show_metrics(run)
    label_run(store, contract)
    summary = mirror_run(run, summary)
    return summary.verdict.to_state(summary.reason, summary)


def _run_stages(
    source: str,
    preset: str,
    reference: str,
    contract: ContractName,
    store: StoreName,
    refresh: list[str],
    planning: bool = False,
    recalling: bool = False,
    **settings: Any,
) -> tuple[Run, RetrainingSummary]:
    chosen = choose_preset(preset, settings)
    run = open_run(source, reference, contract, store, refresh, planning, recalling)
    return run, retrain(run, source, reference, *chosen)


def plan(**parameters: Any) -> Run:
    """Look up the output of each stage for the parameters of `retraining`, and run no stage."""
    return _run_stages(**parameters, planning=True)[0]


def recall(**parameters: Any) -> Summary:
    """Return the summary of a run that changes nothing, from the store alone.

    Raises:
        NotStoredError: a stage would run, the verdict is not `Unchanged`, the page of metrics is
            out of date, or the run would be mirrored to MLflow.
    """
    run, summary = _run_stages(**parameters, recalling=True)
    is_current = find_tracking_uri() is None and has_metrics_page(run.store)
    if summary.verdict != Verdict.UNCHANGED or not is_current:
        raise NotStoredError(summary.verdict)
    record_run(run, summary)
    return summary


def check_preset(preset: str, **_: Any) -> None:
    """Read `preset`, if it is a file.

    Raises:
        UsageError: see `choose_preset`.
    """
    choose_preset(preset, {})


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(retraining, plan, arguments, recall, check_preset)


if __name__ == "__main__":
    raise SystemExit(main())
