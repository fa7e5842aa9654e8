"""Search the settings of the network and of its training on the validation set."""

from __future__ import annotations

import json
from typing import Annotated, Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from pydantic import Field

from flows.command_line import run_command
from flows.data_quality import GATE, ReferenceChoice, check_data, open_run
from flows.flow_parameters import with_settings
from tasks.configuration.contract import ContractName
from tasks.configuration.errors import silence_tracebacks
from tasks.configuration.parameters import Seed
from tasks.configuration.preset_files import ChosenPreset, PresetName, choose_preset
from tasks.configuration.presets import Overrides, settle
from tasks.configuration.settings import Settings
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.acceptance import LAST
from tasks.engine.run import PENDING, Run
from tasks.fetch import SourceName
from tasks.modelling.device import Device, settle_device
from tasks.pages.tuning_content import write_headline
from tasks.reporting.prefect_artifacts import show_page
from tasks.reporting.run_records import record_run
from tasks.reporting.summary import Summary
from tasks.reporting.tuning_summary import TuningSummary, summarize_tuning
from tasks.split import Sides, part_sides, split_reviews
from tasks.storage.artifacts import Artifact
from tasks.storage.opening import StoreName
from tasks.trial import RESULT, run_trial
from tasks.trials.preset import check_output, keep_preset, write_preset
from tasks.trials.results import choose_best
from tasks.trials.search import PlannedTrial, Search
from tasks.tune import MARKDOWN, PAGE, write_tuning
from tasks.validate import MARKDOWN as DATA_MARKDOWN
from tasks.validate import PAGE as DATA_PAGE
from tasks.vectorize import adapt_vectorizer

STAGES = (*GATE, "split", "vectorize", "trial", "tune")
SETTINGS = ("fetch", "ingest", "split", "vectorizer", *Settings.model_types(), "training")


def tune(
    run: Run,
    source: str,
    reference: str,
    chosen: ChosenPreset,
    fixed: Overrides,
    trials: int,
    seed: int,
    output: str | None,
) -> TuningSummary:
    """Run all stages. A dry run uses only the outcomes in `run`: the summary has no meaning there.

    Args:
        run: the store, the stages to refresh, and whether this is a dry run.
        source: `demo`, a path or a URL.
        reference: file to compare the source with; see `check_data`.
        chosen: the preset, and the settings that replace some of its own.
        fixed: those of them that are not searched.
        trials: number of trials.
        seed: of the sampler.
        output: path of the preset file; by default it is in the store.

    Raises:
        PipelineError: a stage failed for a reason that a person can fix.
    """
    dataset, settings = run.contract.dataset, settle(*chosen)
    Search(settings, fixed, seed)  # before the data are read, which takes long
    device = settle_device(settings.training.device)
    checked = check_data(run, source, reference, settings, remember=True)
    if checked.facts.get("verdict") == Verdict.DATA_REJECTED:
        return summarize_tuning(run, [], " ".join(checked.facts["reasons"]))
    splits = split_reviews(run, checked, dataset, settle(*chosen, checked.facts).split)
    settings = settle(*chosen, checked.facts | splits.facts)
    search = Search(settings, fixed, seed)
    _run_trials(run, part_sides(splits), search, trials, device)
    if len(search.trials) < trials:  # a dry run
        planned = Artifact(stage="tune", address=PENDING, digest=PENDING)
        run.record_planned("tune", planned, "runs after the last trial")
        return summarize_tuning(run, search.trials, "")
    return _conclude(run, chosen, search, splits, output, settings.training.model)


def _run_trials(run: Run, sides: Sides, search: Search, trials: int, device: Device) -> None:
    """Run the trials in order; a dry run ends with the first one that is not in the store."""
    while len(search.trials) < trials:
        planned = search.plan()
        if planned.repeats:
            search.note(planned, planned.repeats.model_dump(), 0.0)
            continue
        if not (run.planning or run.recalling):
            shown = ", ".join(f"{name} {value}" for name, value in planned.values.items())
            get_run_logger().info("trial %d of %d: %s", planned.number, trials, shown)
        found = _run_trial(run, sides, planned, device)
        if not found.files:
            if planned.number < trials:
                rest = Artifact(stage="trial", address=PENDING, digest=PENDING)
                why = f"trials {planned.number + 1} to {trials}, each by the results before it"
                run.record_planned("trials", rest, why)
            return
        result = json.loads(run.store.path_of(found, RESULT).read_bytes())
        search.note(planned, result, found.seconds)


def _run_trial(run: Run, sides: Sides, planned: PlannedTrial, device: Device) -> Artifact:
    """Run a trial, which reads the training and the validation set, and never the test set."""
    dataset, settings = run.contract.dataset, planned.settings
    training = planned.training.model_copy(update={"device": device})
    own = Run(run.store, run.source, run.refresh, run.planning, run.recalling, run.contract)
    vocabulary = adapt_vectorizer(own, sides.train, dataset, settings.vectorizer)
    found = run_trial(
        own,
        sides.train,
        sides.validation,
        vocabulary,
        dataset,
        settings.vectorizer,
        settings.model,
        training,
        planned.limits,
    )
    run.take_over(own, f"{planned.number:02}-")
    return found


def _conclude(
    run: Run,
    chosen: ChosenPreset,
    search: Search,
    splits: Artifact,
    output: str | None,
    model: str,
) -> TuningSummary:
    """Write the page and the preset file, and sum up."""
    dataset, trials, best = run.contract.dataset, search.trials, choose_best(search.trials)
    text, place = "", None
    if best:
        rows = splits.facts["train"]
        text = write_preset(chosen, model, best, len(trials), rows, dataset.target)
    write_tuning(
        run,
        [trial.model_dump(mode="json") for trial in trials],
        {dimension.name: list(dimension.values) for dimension in search.dimensions},
        chosen.base,
        text,
        {side: splits.facts[side] for side in ("train", "validation")},
        dataset,
    )
    if not run.planning:
        place = keep_preset(run, text, output)
    headline = write_headline(trials, chosen.base, dataset.target)
    return summarize_tuning(run, trials, f"{headline}.", place)


@flow(name="tuning", persist_result=False)
@with_settings(SETTINGS, STAGES)
def tuning(
    source: SourceName = "demo",
    preset: PresetName = "demo",
    trials: Annotated[int, Field(ge=1, le=1_000)] = 12,
    seed: Seed = 0,
    output: Annotated[str, Field(min_length=1)] | None = None,
    reference: ReferenceChoice = LAST,
    contract: ContractName = None,
    store: StoreName = None,
    refresh: list[str] = [],  # noqa: B006 - Prefect copies it; the schema needs the literal
    **settings: Any,
) -> State[Any]:
    """Search the settings of the network and of its training on the validation set.

    Args:
        source: `demo` (made-up reviews), or a CSV, JSON Lines or Parquet file, which may be
            compressed or in a .zip: its path, its http(s) URL, or its place in a bucket (s3://,
            gs:// or az://). A folder, a glob or a prefix of a bucket names many files, which are
            read as one.
        preset: settings of the first trial, and of all that is not searched: `demo`, `notebook`,
            `full`, `auto`, or a preset file (.yaml).
        trials: number of trials. The first one has the settings of the preset.
        seed: random seed of the search.
        output: file for the preset with the best settings, which ends in .yaml. If unset:
            `presets/tuned.yaml` in the store, for another contract than `wine_reviews` in its
            folder there, `contracts/ID-DIGEST/`.
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
    run, summary = _run_stages(
        source, preset, trials, seed, output, reference, contract, store, refresh, **settings
    )
    show_page(run, "data-quality", "validate", DATA_MARKDOWN, DATA_PAGE)
    if summary.verdict != Verdict.DATA_REJECTED:
        show_page(run, "tuning-report", "tune", MARKDOWN, PAGE)
    record_run(run, summary)
    return summary.verdict.to_state(summary.reason, summary)


def _run_stages(
    source: str,
    preset: str,
    trials: int,
    seed: int,
    output: str | None,
    reference: str,
    contract: ContractName,
    store: StoreName,
    refresh: list[str],
    planning: bool = False,
    recalling: bool = False,
    **settings: Any,
) -> tuple[Run, TuningSummary]:
    check_output(output)
    chosen = choose_preset(preset, settings)
    run = open_run(source, reference, contract, store, refresh, planning, recalling)
    return run, tune(run, source, reference, chosen, settings, trials, seed, output)


def plan(**parameters: Any) -> Run:
    """Look up the output of each stage for the parameters of `tuning`, and run no stage."""
    return _run_stages(**parameters, planning=True)[0]


def recall(**parameters: Any) -> Summary:
    """Return the summary of `tuning` from the store alone.

    Raises:
        NotStoredError: a stage would run.
    """
    run, summary = _run_stages(**parameters, recalling=True)
    record_run(run, summary)
    return summary


def check(preset: str, output: str | None, **_: Any) -> None:
    """Read `preset`, if it is a file, and make sure that `output` may name one.

    Raises:
        UsageError: see `choose_preset` and `check_output`.
    """
    check_output(output)
    choose_preset(preset, {})


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(tuning, plan, arguments, recall, check)


if __name__ == "__main__":
    raise SystemExit(main())
