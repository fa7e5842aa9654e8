"""What the gate costs against Great Expectations alone: seconds, peak memory, and their growth.

    python -m tests.benchmarks.data_quality_speed reviews.csv.gz [--repeats 3] [--times 12]

Both sides run in processes of their own, in turn. Ours begins with the file's bytes and ends with
the verdict, the rejects and both reports. The bare side is a checkpoint of the same suite with its
Data Docs on the frame already read. The file is compared with itself, so that every rule is asked;
making its profile beforehand and the libraries' imports are counted on neither side.
With --times N the file is also taken N times over, with a word changed in every copy.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

KIB_PER_MIB = 1024


def read_reviews(path: Path) -> pa.Table:
    from data_contracts.contract import load_contract
    from tasks.configuration.parameters import IngestParameters
    from tasks.ingest import type_reviews
    from tasks.sources.reading.expected import ExpectedColumns
    from tasks.sources.reading.source_table import read_table

    contract = load_contract()
    header, table, _ = read_table(path, ExpectedColumns.of(contract), IngestParameters())
    return type_reviews(contract, header, table)


def run_ours(path: Path, folder: Path) -> float:
    """The two stages as the flow calls them, without Prefect: parse, check, judge, write it all."""
    from data_contracts.contract import load_contract
    from data_contracts.counted_rows import FrameCounts
    from data_contracts.profile import profile_reviews
    from tasks.configuration.parameters import IngestParameters
    from tasks.deliveries.references import Comparison, ProfileReference
    from tasks.ingest import ingest_reviews
    from tasks.storage.artifacts import Artifact, digest_file
    from tasks.storage.opening import open_store
    from tasks.validate import validate_reviews

    store = open_store(str(folder))
    store.create()
    fetched = Artifact(stage="fetch", address="0", digest="0")
    (folder / fetched.path).mkdir(parents=True)
    (folder / fetched.path / "source").symlink_to(path.absolute())
    contract = load_contract()
    profile = profile_reviews(
        FrameCounts(read_reviews(path)), contract.schema.names, contract.dataset
    )
    (folder / "profile.json").write_text(profile.model_dump_json())
    digest = digest_file(folder / "profile.json")
    itself = ProfileReference(name="itself", digest=digest, path="profile.json")
    comparison = Comparison(last=itself, champion=itself)
    started = time.perf_counter()
    raw = Artifact(stage="ingest", address="1", digest="1")
    with store.workspace("ingest", "1", path.name) as workspace:
        output = ingest_reviews.__wrapped__(workspace, fetched, contract, IngestParameters())
        raw = store.publish(raw, workspace, output)
    with store.workspace("validate", "2", path.name) as workspace:
        output = validate_reviews.__wrapped__(workspace, raw, None, contract, comparison)
        store.publish(Artifact(stage="validate", address="2", digest="2"), workspace, output)
    seconds = time.perf_counter() - started
    assert output.facts["verdict"] == "Accepted", output.facts["reasons"]
    return seconds


def run_bare(path: Path, folder: Path) -> float:
    """A checkpoint of the contract's suite with its Data Docs, as the manual shows it."""
    import great_expectations as gx

    from data_contracts.contract import load_contract
    from data_contracts.counted_rows import FrameCounts
    from data_contracts.profile import Known, profile_reviews
    from data_contracts.suites import make_expectations

    contract, table = load_contract(), read_reviews(path)
    known = Known(
        profile_reviews(FrameCounts(table), contract.schema.names, contract.dataset), "itself"
    )
    references = {"last": known, "champion": known}
    expectations = list(make_expectations(contract.rules, contract, references).values())
    frame = table.to_pandas()
    del table
    started = time.perf_counter()
    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
    index = {"class_name": "DefaultSiteIndexBuilder"}
    site = {"class_name": "SiteBuilder", "store_backend": store, "site_index_builder": index}
    context.add_data_docs_site("site", site)
    asset = context.data_sources.add_pandas("wine").add_dataframe_asset("reviews")
    batch = asset.add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite(name="suite", expectations=expectations))
    validation = gx.ValidationDefinition(name="validation", data=batch, suite=suite)
    checkpoint = gx.Checkpoint(
        name="checkpoint",
        validation_definitions=[context.validation_definitions.add(validation)],
        actions=[gx.checkpoint.UpdateDataDocsAction(name="docs")],
    )
    context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": frame})
    return time.perf_counter() - started


def measure(side: str, path: Path) -> None:
    """Run one side in this process, its libraries loaded before."""
    for module in (
        "data_contracts.data_docs",
        "data_contracts.judgement",
        "tasks.modelling.leakage",
    ):
        importlib.import_module(module)
    importlib.import_module("tasks.pages.quality_page")
    run = {"ours": run_ours, "bare": run_bare}[side]
    with tempfile.TemporaryDirectory() as folder:
        seconds = run(path, Path(folder) / "out")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
    print(json.dumps({"seconds": seconds, "peak_mib": peak}))


def start(side: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.data_quality_speed", str(path)]
    ended = subprocess.run([*command, "--side", side], check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return figures


def repeat_file(path: Path, times: int, target: Path) -> None:
    """Write the file `times` over, every copy's reviews changed by a word, indices going on."""
    import pandas as pd

    reviews = pd.read_csv(path, keep_default_na=False, dtype=str)
    reviews = reviews.rename(columns={reviews.columns[0]: ""})
    rows = len(reviews)
    for copy in range(times):
        part = reviews.assign(description=reviews["description"] + f" Copy{copy}.")
        part[""] = [str(copy * rows + row) for row in range(rows)]
        part.to_csv(target, index=False, mode="a", header=not copy)


def compare(path: Path, repeats: int) -> dict[str, float]:
    pairs = [(start("ours", path), start("bare", path)) for _ in range(repeats)]
    medians = {}
    for key, unit in (("seconds", "s"), ("peak_mib", "MiB")):
        ours, bare = ([pair[side][key] for pair in pairs] for side in (0, 1))
        ratios = [a / b for a, b in zip(ours, bare, strict=True)]
        medians[key] = statistics.median(ours)
        print(
            f"{key}: ours {medians[key]:.2f} {unit}, bare {statistics.median(bare):.2f} {unit};"
            f" ratio in pairs: median {statistics.median(ratios):.2f},"
            f" {min(ratios):.2f} to {max(ratios):.2f}"
        )
    return medians


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--times", type=int, default=0)
    parser.add_argument("--side", choices=["ours", "bare"])
    asked = parser.parse_args()
    if asked.side:
        measure(asked.side, asked.path)
        return
    once = compare(asked.path, asked.repeats)
    if asked.times:
        with tempfile.TemporaryDirectory() as folder:
            large = Path(folder) / "large.csv"
            repeat_file(asked.path, asked.times, large)
            print(f"the file {asked.times} times over:")
            many = compare(large, 1)
        for key, figure in many.items():
            print(f"{key}: {figure / once[key]:.1f} times those of the file once")


if __name__ == "__main__":
    main()
