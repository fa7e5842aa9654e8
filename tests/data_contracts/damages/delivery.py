"""Deliveries read as the pipeline does, and their profiles."""

from __future__ import annotations

import functools
import io

import pyarrow as pa

from data_contracts.contract import Contract, load_contract
from data_contracts.counted_rows import FrameCounts
from data_contracts.matching import Matching, match_columns
from data_contracts.profile import ChampionError, Known, Profile, References, profile_reviews
from tasks.configuration.parameters import IngestParameters
from tasks.ingest import type_reviews
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.source_table import open_stream, read_all
from tasks.sources.reading.unpack import Unpacked
from tests.data_contracts.damages.damage import demo_csv

CONTRACT = load_contract()


def read_delivery(csv: bytes, contract: Contract = CONTRACT) -> tuple[Matching, pa.Table]:
    """Read a CSV: which of its columns is which, and its typed rows."""
    unpacked = Unpacked(io.BytesIO(csv), len(csv))
    source = open_stream(unpacked, ExpectedColumns.of(contract), IngestParameters())
    typed = type_reviews(contract, source.header, read_all(source)[0])
    return match_columns(contract, source.header), typed


def profile_csv(csv: bytes) -> Profile:
    """Profile a delivery."""
    return profile_reviews(
        FrameCounts(read_delivery(csv)[1]), CONTRACT.schema.names, CONTRACT.dataset
    )


@functools.cache
def profile_demo(rows: int, seed: int) -> Profile:
    """Profile demo reviews."""
    return profile_csv(demo_csv(rows, seed))


def references(last: Profile, champion: Profile) -> References:
    """Name what a delivery is compared with."""
    error = ChampionError(rows=4_000, mae=1.21, low=1.17, high=1.25, promoted_mae=1.2, digits=3)
    return {
        "last": Known(last, "the last file"),
        "champion": Known(champion, "the champion", error=error),
    }
