"""Deliveries read as the pipeline does, and their profiles."""

from __future__ import annotations

import functools
import io

import pyarrow as pa

from data_contracts.contract import load_contract
from data_contracts.profile import Known, Profile, References, profile_reviews
from tasks.configuration.parameters import IngestParameters
from tasks.ingest import type_reviews
from tasks.sources.reading.source_table import open_stream, read_all
from tasks.sources.reading.unpack import Unpacked
from tests.data_contracts.damages.damage import demo_csv


def read_delivery(csv: bytes) -> tuple[list[str], pa.Table]:
    """Read a CSV: its header, and its typed rows."""
    source = open_stream(Unpacked(io.BytesIO(csv), len(csv)), IngestParameters())
    return source.header, type_reviews(source.header, read_all(source)[0])


def profile_csv(csv: bytes) -> Profile:
    """Profile a delivery."""
    return profile_reviews(read_delivery(csv)[1], load_contract().schema.names)


@functools.cache
def profile_demo(rows: int, seed: int) -> Profile:
    """Profile demo reviews."""
    return profile_csv(demo_csv(rows, seed))


def references(last: Profile, champion: Profile) -> References:
    """Name what a delivery is compared with."""
    return {"last": Known(last, "the last file"), "champion": Known(champion, "the champion")}
