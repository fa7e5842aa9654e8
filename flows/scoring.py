"""Predict the target of new reviews with the champion, with prediction intervals."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from pydantic import Field

from flows.command_line import run_command
from flows.flow_parameters import with_settings
from tasks.champions.served_champion import find_champion
from tasks.configuration.contract import ContractName, load_contract
from tasks.configuration.errors import UsageError, silence_tracebacks
from tasks.configuration.settings import Settings
from tasks.engine.run import PENDING, Outcome, Run
from tasks.fetch import SourceName, describe_source, fetch_source
from tasks.modelling.device import settle_device
from tasks.reporting.run_records import record_run
from tasks.reporting.scoring_summary import summarize_scoring
from tasks.score import Scores, score_reviews
from tasks.sources.many_files import lies_in
from tasks.storage.artifacts import Artifact
from tasks.storage.opening import StoreName, open_store
from tasks.storage.store import Store

SCORES = "scores/scores.parquet"


def check_output(output: str | None = None, source: str = "demo", **_: Any) -> None:
    """Make sure that `output` may name the file with the predictions.

    Raises:
        UsageError: it is a folder, does not end in .parquet, or lies in the folder of the source.
    """
    if output is not None and lies_in(Path(output), source):
        raise UsageError(
            f"--output {output}: lies in the folder of the source, where the next run would read it"
            " as reviews; name another place"
        )
    if output is not None and (Path(output).suffix != ".parquet" or Path(output).is_dir()):
        raise UsageError(f"--output {output}: name a file that ends in .parquet")


def resolve_output(output: str | None, store: Store) -> Path:
    """Return the absolute path of the Parquet file with the predictions.

    By default it is in the store, in the folder of the contract.

    Raises:
        UsageError: see `check_output`.
    """
    check_output(output)
    return store.root / store.records.path(SCORES) if output is None else Path(output).absolute()


@flow(name="scoring", persist_result=False)
@with_settings(["fetch", "ingest"])
def scoring(
    source: SourceName = "demo",
    output: Annotated[str, Field(min_length=1)] | None = None,
    keep: list[str] = [],  # noqa: B006 - Prefect copies it; the schema needs the literal
    contract: ContractName = None,
    store: StoreName = None,
    **settings: Any,
) -> State[Any]:
    """Predict the target of new reviews with the champion.

    Args:
        source: `demo` (made-up reviews), or a CSV, JSON Lines or Parquet file, which may be
            compressed or in a .zip: its path, its http(s) URL, or its place in a bucket (s3://,
            gs:// or az://). A folder, a glob or a prefix of a bucket names many files, which are
            read as one.
        output: Parquet file for the predictions; a file beside it lists the rejected rows. If
            unset: `scores/scores.parquet` in the store, for another contract than `wine_reviews`
            in its folder there, `contracts/ID-DIGEST/`.
        keep: name of a column of the source, such as an id, to copy into the predictions and the
            list of rejected rows; repeat the option for several.
        contract: data contract: a name in data_contracts/, a path, or an http(s) URL. If unset:
            WINE_POINTS_CONTRACT, else `wine_reviews`.
        store: folder or bucket (s3://, gs:// or az://) with the champion. If unset:
            WINE_POINTS_STORE, else `store`.
        **settings: settings of the stages.
    """
    silence_tracebacks()
    resolved = Settings().with_overrides(settings)
    rules = load_contract(contract)
    run = Run(open_store(store).scoped(rules.scope), describe_source(source), contract=rules)
    path = resolve_output(output, run.store)
    champion = find_champion(run.store, rules)
    settle_device("auto")
    fetched = fetch_source(run, source, resolved.fetch)
    reading = resolved.ingest.for_name(source)
    scores: Scores = score_reviews(run, fetched, champion, path, run.contract, reading, keep)
    summary = summarize_scoring(run, champion, scores, path)
    create_markdown_artifact(summary.to_markdown(), key="scoring")
    record_run(run, summary)
    return summary.verdict.to_state(summary.reason, summary)


def plan(**parameters: Any) -> Run:
    """Look up the champion, the output file, and whether the source must be fetched."""
    contract, source = load_contract(parameters["contract"]), parameters["source"]
    store = open_store(parameters["store"]).scoped(contract.scope)
    settings = Settings().with_overrides({k: parameters[k] for k in ("fetch", "ingest")})
    path = resolve_output(parameters["output"], store)
    run = Run(store, describe_source(source), planning=True, contract=contract)
    champion = find_champion(store, contract)
    fetch_source(run, source, settings.fetch)
    pending = Artifact(stage="score", address=PENDING, digest=PENDING)
    reason = f"the champion {champion.version} would write {store.place_of_file(path)}"
    run.outcomes["score"] = Outcome("WouldRun", 0.0, reason, pending)
    return run


def quote_names(words: list[str]) -> list[str]:
    """Put each name after `--keep` in quotes.

    Without them, pydantic-settings takes `a,b` for two names, and `[a]`, `null` or `true` for JSON.
    """
    quoted = list[str]()
    for before, word in zip(["", *words], words, strict=False):
        option, equals, name = word.partition("=")
        if before == "--keep":
            quoted.append(f'"{word}"')
        else:
            quoted.append(f'{option}="{name}"' if option == "--keep" and equals else word)
    return quoted


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    return run_command(scoring, plan, quote_names(words), check=check_output)


if __name__ == "__main__":
    raise SystemExit(main())
