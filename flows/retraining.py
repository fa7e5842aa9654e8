"""Retraining: from a file of wine reviews to a champion that only a better model replaces."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run_command
from flows.data_quality import ReferenceChoice, check_data, open_run
from tasks.baselines import fit_baselines
from tasks.configuration.errors import silence_tracebacks
from tasks.configuration.parameters import (
    BaselineParameters,
    EvaluationParameters,
    FetchParameters,
    IngestParameters,
    NetworkParameters,
    Parameters,
    PromotionParameters,
    SplitParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.configuration.settings import PRESETS, Preset, Settings
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.acceptance import LAST
from tasks.engine.opening import StoreName
from tasks.engine.run import Run, StageName
from tasks.evaluate import evaluate_model
from tasks.fetch import SourceName
from tasks.modelling.device import settle_device
from tasks.promote import promote_candidate
from tasks.report import write_report
from tasks.reporting.prefect_artifacts import show_metrics, show_page
from tasks.reporting.run_records import record_run
from tasks.reporting.summary import RetrainingSummary, conclude, summarize
from tasks.split import part_sides, split_reviews
from tasks.tracking.mirror import mirror_run
from tasks.train import train_network
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
    trained = train_network(
        run, train, validation, vocabulary, settings.vectorizer, settings.network, training
    )
    baselines = fit_baselines(run, train, test, settings.baselines)
    evaluated = evaluate_model(
        run, trained, train, validation, test, baselines, settings.evaluation
    )
    decision = promote_candidate(
        run, trained, evaluated, train, validation, test, settings.promotion
    )
    write_report(
        run,
        checked,
        splits,
        vocabulary,
        trained,
        baselines,
        evaluated,
        decision,
        settings,
        device,
    )
    return conclude(run, decision)


@flow(name="retraining", persist_result=False)
def retraining(
    source: SourceName = "demo",
    preset: Preset = "demo",
    reference: ReferenceChoice = LAST,
    store: StoreName = None,
    refresh: list[StageName] = [],  # noqa: B006 - Prefect copies it; a schema needs the literal
    fetch: FetchParameters | None = None,
    ingest: IngestParameters | None = None,
    split: SplitParameters | None = None,
    vectorizer: VectorizerParameters | None = None,
    network: NetworkParameters | None = None,
    training: TrainingParameters | None = None,
    baselines: BaselineParameters | None = None,
    evaluation: EvaluationParameters | None = None,
    promotion: PromotionParameters | None = None,
) -> State[Any]:
    """Retrain the points model and promote it if it is better.

    Args:
        source: `demo` for made-up reviews, a path to a .csv, .csv.gz or .zip, or an http(s) URL.
        preset: named settings of all stages: `demo` takes a minute, `notebook` trains on 10,000
            reviews as the course notebook did, `full` on all.
        reference: what to compare with: `last` (the file accepted last), `none`, or a source.
        store: folder or s3://BUCKET/PREFIX that keeps every stage's output and the champion; none:
            WINE_POINTS_STORE of the environment, else `store`.
        refresh: stages that run even when their output is there, a reference's too.
        fetch: settings of the fetch, laid over the preset's.
        ingest: settings of reading the CSV, laid over the preset's.
        split: settings of the split, laid over the preset's.
        vectorizer: settings of the vocabulary, laid over the preset's.
        network: shape of the network, laid over the preset's.
        training: settings of the training, laid over the preset's.
        baselines: settings of the baselines, laid over the preset's.
        evaluation: settings of the evaluation, laid over the preset's.
        promotion: settings of the promotion, laid over the preset's.
    """
    silence_tracebacks()
    overrides: dict[str, Parameters | None] = {
        "fetch": fetch,
        "ingest": ingest,
        "split": split,
        "vectorizer": vectorizer,
        "network": network,
        "training": training,
        "baselines": baselines,
        "evaluation": evaluation,
        "promotion": promotion,
    }
    settings = PRESETS[preset].with_overrides(overrides)
    run = open_run(source, reference, store, refresh)
    run.store.create()
    summary = retrain(run, source, reference, settings)
    show_page(run, "data-quality", "validate", MARKDOWN, PAGE)
    if summary.verdict != Verdict.DATA_REJECTED:
        show_page(run, "retraining-report", "report", "report.md", "report.html")
    record_run(run, summary)
    show_metrics(run)
    summary = mirror_run(run, summary)
    return summary.verdict.to_state(summary.reason, summary)


def plan(**parameters: Any) -> Run:
    """Look every stage up as `retraining` would, and run none."""
    named = {k: parameters.pop(k) for k in ("source", "reference", "store", "refresh")}
    settings = PRESETS[parameters.pop("preset")].with_overrides(parameters)
    run = open_run(**named)
    run.planning = True
    retrain(run, named["source"], named["reference"], settings)
    return run


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(retraining, plan, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
