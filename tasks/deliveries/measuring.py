"""The unit that measures a partition of a delivery."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from data_contracts.contract import Contract
from tasks.deliveries.partitions import DeliveredFile, name_partition
from tasks.engine.units import run_units, unit
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.table_archive import TableArchive, write_archive
from tasks.storage.workspace import Workspace

MEASURED = "measured.arrow"
NORMALIZED = "normalized texts"
"""Hashes of the normalized texts, and the places of the rows that have one."""


@unit("measure")
def measure_partition(workspace: Workspace, partition: Artifact, contract: Contract) -> Output:
    """Write what has to be known of a partition to check the delivery."""
    from data_contracts.partition import count_partition, measure_rules
    from tasks.modelling.leakage import hash_normalized

    (name,) = partition.files
    reviews = workspace.read_table(partition, name)
    with ThreadPoolExecutor() as pool:
        # Arrow counts on a second core while pandas uses the first.
        counted = pool.submit(dict, count_partition(contract, reviews))
        normalized = pool.submit(hash_normalized, reviews[contract.dataset.text])
        tables = dict(measure_rules(contract, reviews))
    tables |= {repr(what): counts for what, counts in counted.result().items()}
    tables[NORMALIZED] = normalized.result()
    with workspace.writing(MEASURED) as path:
        write_archive(path, tables.items())
    return Output(facts={"rows": reviews.num_rows})


def measure_partitions(
    workspace: Workspace, reviews: Artifact, files: Sequence[DeliveredFile], contract: Contract
) -> list[TableArchive]:
    """Measure each partition of a delivery, or find what was measured of it."""
    names = [
        name_partition(place, number)
        for place, file in enumerate(files)
        for number in range(len(file.sizes))
    ]
    calls = {name: (reviews.part(name), contract) for name in names}
    made = run_units(workspace, measure_partition, calls)
    return [TableArchive(workspace.input_path(made[name], MEASURED)) for name in names]
