"""A delivery in partitions is judged as the same rows in memory, whatever the partitions."""

from __future__ import annotations

import itertools
from typing import Any

import pyarrow as pa
import pytest

from data_contracts.contract import Contract
from data_contracts.counted_rows import FrameCounts
from data_contracts.delivery import Delivery, FrameDelivery
from data_contracts.judgement import assess
from data_contracts.matching import match_columns
from data_contracts.profile import profile_reviews
from data_contracts.unreadable import UNREADABLE
from tasks.configuration.parameters import IngestParameters
from tasks.deliveries.measuring import measure_partitions
from tasks.deliveries.partitioned import PartitionedDelivery
from tasks.deliveries.partitions import HEADER, read_files, read_partitions
from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tests.contracts import WINE
from tests.data_contracts.damages.damage import demo_csv
from tests.data_contracts.damages.delivery import profile_demo, references
from tests.data_contracts.damages.table import DAMAGES
from tests.ingested import fetch_bytes, fetch_files, ingest

pytestmark = pytest.mark.heavy

SIZES = (700, 1_500, 300)
"""Rows of a partition, of deliveries of 2,000 rows."""
CASES = [*zip(["sound", *DAMAGES], itertools.cycle(SIZES), strict=False)]


def open_delivery(
    store: Store, made: Artifact, contract: Contract = WINE
) -> tuple[Workspace, PartitionedDelivery]:
    workspace = Workspace(store.objects, store.root / "work", "the source")
    files = read_files(workspace, made)
    measured = measure_partitions(workspace, made, files, contract)
    columns = [*contract.schema.names, *contract.as_written.values(), UNREADABLE]
    return workspace, PartitionedDelivery(workspace, made, files, measured, columns)


def judge(delivery: Delivery, header: list[str]) -> dict[str, Any]:
    """All that is found of a delivery, in a form that can be compared."""
    compared = references(profile_demo(2_000, 0), profile_demo(2_000, 1))
    found = assess(WINE, match_columns(WINE, header), delivery, compared)
    results = [result.to_json_dict() for result in found.checked.results]
    return {
        "findings": found.checked.findings,
        "results": [{k: v for k, v in r.items() if k != "meta"} for r in results],
        "left out": found.left_out.tolist(),
        "rejects": found.rejects.to_dict("list"),
        "reasons": found.reasons,
        "profile": profile_reviews(delivery.counts, WINE.schema.names, WINE.dataset),
    }


def judge_in_memory(store: Store, made: Artifact) -> dict[str, Any]:
    workspace = Workspace(store.objects, store.root / "reader", "the source")
    table = pa.concat_tables(read_partitions(workspace, made))
    readable = table.filter(pa.compute.is_null(table[UNREADABLE]))
    delivery = FrameDelivery.of(table, FrameCounts(readable))
    return judge(delivery, workspace.read_json(made, HEADER))


def judge_in_partitions(store: Store, csv: bytes, rows: int) -> dict[str, Any]:
    made = ingest(store, fetch_bytes(store, csv), parameters=IngestParameters(partition_rows=rows))
    workspace, delivery = open_delivery(store, made)
    return judge(delivery, workspace.read_json(made, HEADER))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rows"), CASES)
def test_a_damage_is_judged_alike_in_partitions(name: str, rows: int, store: Store) -> None:
    csv = demo_csv() if name == "sound" else DAMAGES[name].make(demo_csv())
    whole = judge_in_memory(store, ingest(store, fetch_bytes(store, csv)))
    found = judge_in_partitions(store, csv, rows)
    for key, value in whole.items():
        assert found[key] == value, key


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "cut"), [(1, 2), (7, 39), (13, 1), (40, 20)])
def test_files_and_partitions_of_any_size_are_judged_alike(
    rows: int, cut: int, store: Store
) -> None:
    header, *lines = DAMAGES["one review 13 times"].make(demo_csv(40, 0)).splitlines(keepends=True)
    parts = {"a.csv": lines[:cut], "b.csv": lines[cut:]}
    fetched = fetch_files(store, {name: b"".join([header, *part]) for name, part in parts.items()})
    made = ingest(store, fetched, parameters=IngestParameters(partition_rows=rows))
    whole = judge_in_memory(store, ingest(store, fetch_bytes(store, b"".join([header, *lines]))))
    workspace, delivery = open_delivery(store, made)
    assert judge(delivery, workspace.read_json(made, HEADER)) == whole


def test_only_new_partitions_are_measured(store: Store) -> None:
    parameters = IngestParameters(partition_rows=100)
    before, after = (
        ingest(store, fetch_bytes(store, demo_csv(rows, 0)), parameters=parameters)
        for rows in (350, 400)
    )
    units = [open_delivery(store, made)[0].units for made in (before, after)]
    assert len({*units[0]} & {*units[1]}) == 3
    assert len(units[1]) == 4
