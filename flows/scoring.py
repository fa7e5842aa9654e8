"""Scoring: new reviews + the champion -> predicted points with their intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from pydantic import Field

from flows.command_line import run_command
from flows.flow_parameters import with_settings
from tasks.champions.served_champion import find_champion
from tasks.configuration.errors import UsageError, silence_tracebacks
from tasks.configuration.settings import Settings
from tasks.engine.run import PENDING, Outcome, Run
from tasks.fetch import SourceName, describe_source, fetch_source
from tasks.modelling.device import settle_device
from tasks.reporting.run_records import record_run
from tasks.reporting.scoring_summary import summarize_scoring
from tasks.score import Scores, score_reviews
from tasks.storage.artifacts import Artifact
from tasks.storage.opening import StoreName, open_store
from tasks.storage.store import SCORES, Store


def settle_output(named: str | None, store: Store) -> Path:
    """Return the absolute path of the file of scores: the one named, else one in the store.

    Raises:
        UsageError: it is no file that scores can be written to.
    """
    if named is None:
        return store.root / SCORES / "scores.parquet"
    output = Path(named)
    if output.suffix != ".parquet" or output.is_dir():
        raise UsageError(f"--output {named}: name a file that ends in .parquet")
    return output.absolute()


@flow(name="scoring", persist_result=False)
@with_settings(["fetch", "ingest"])
def scoring(
    source: SourceName = "demo",
    output: Annotated[str, Field(min_length=1)] | None = None,
    store: StoreName = None,
    **settings: Any,
) -> State[Any]:
    """Predict the points of new reviews with the champion.

    Args:
        source: `demo` for made-up reviews, a path to a .csv, .csv.gz or .zip, or an http(s) URL.
        output: Parquet file that gets the predictions; the rejected rows are listed beside it;
            none: `scores/scores.parquet` in the store.
        store: folder or bucket (s3://, gs:// or az://) with the champion; none: WINE_POINTS_STORE
            of the environment, else `store`.
        **settings: of the stages.
    """
    silence_tracebacks()
    chosen = Settings().with_overrides(settings)
    run = Run(open_store(store), describe_source(source))
    place = settle_output(output, run.store)
    champion = find_champion(run.store)
    settle_device("auto")
    fetched = fetch_source(run, source, chosen.fetch)
    scores: Scores = score_reviews(run, fetched, champion, place, chosen.ingest)
    summary = summarize_scoring(run, champion, scores, place)
    create_markdown_artifact(summary.to_markdown(), key="scoring")
    record_run(run, summary)
    return summary.verdict.to_state(summary.reason, summary)


def plan(**parameters: Any) -> Run:
    """Tell which champion would write where, and whether the source has to be fetched."""
    source, store = parameters["source"], open_store(parameters["store"])
    settings = Settings().with_overrides({k: parameters[k] for k in ("fetch", "ingest")})
    place = settle_output(parameters["output"], store)
    run = Run(store, describe_source(source), planning=True)
    champion = find_champion(store)
    fetch_source(run, source, settings.fetch)
    pending = Artifact(stage="score", address=PENDING, digest=PENDING)
    would = f"the champion {champion.version} would write {store.place_of_file(place)}"
    run.outcomes["score"] = Outcome("WouldRun", 0.0, would, pending)
    return run


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(scoring, plan, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
