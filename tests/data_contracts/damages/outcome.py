"""What the contract says of a delivery, asked the real way: from its bytes to a verdict."""

from __future__ import annotations

import functools
import io
import warnings
from typing import NamedTuple

import pyarrow as pa

from data_contracts.contract import load_contract
from data_contracts.judgement import Assessment, assess
from data_contracts.profile import Known, Profile, References, profile_reviews
from tasks.ingest import type_reviews
from tasks.parameters import IngestParameters
from tasks.sources.csv_table import read_csv_table
from tasks.sources.unpack import TextGuard
from tests.data_contracts.damages.damage import demo_csv
from tests.data_contracts.damages.table import DAMAGES

CHAMPIONS_SEED = 1


class Outcome(NamedTuple):
    """What became of a delivery, and what should have: its verdict, rules broken, rows left out."""

    verdict: str
    broken: set[str]
    left_out: set[int]
    left_out_expected: set[int]


def read_delivery(csv: bytes) -> tuple[list[str], pa.Table]:
    """Read a CSV as the pipeline does: its header, and its typed rows."""
    field_bytes_max = IngestParameters().field_bytes_max
    header, table = read_csv_table(
        lambda: TextGuard(io.BytesIO(csv), 2 * len(csv)), field_bytes_max
    )
    return header, type_reviews(header, table)


@functools.cache
def profile_demo(rows: int, seed: int) -> Profile:
    """Profile demo reviews."""
    return profile_reviews(read_delivery(demo_csv(rows, seed))[1], load_contract().schema.names)


def references(last: Profile, champion: Profile) -> References:
    """Name what a delivery is compared with."""
    return {"last": Known(last, "the last file"), "champion": Known(champion, "the champion")}


def assess_csv(csv: bytes, compared: References, without: str | None = None) -> Assessment:
    """Assess a delivery by the contract, one rule of it left out."""
    contract = load_contract()
    rules = tuple(rule for rule in contract.rules if rule.name != without)
    header, reviews = read_delivery(csv)
    return assess(contract._replace(rules=rules), header, reviews, compared)


def broken_rules(assessment: Assessment) -> set[str]:
    """Name the rules that were broken."""
    return {finding.rule for finding in assessment.checked.findings if finding.passed is False}


def outcome_of(name: str, without: str | None = None) -> Outcome:
    """Damage the demo reviews and assess them, one rule of the contract left out."""
    # As in pytest's own process.
    warnings.simplefilter("error")
    damage, sound = DAMAGES[name], demo_csv()
    damaged = damage.make(sound)
    compared = references(profile_demo(2_000, 0), profile_demo(2_000, CHAMPIONS_SEED))
    assessment = assess_csv(damaged, damage.compared(compared), without)
    return Outcome(
        "DataRejected" if assessment.reasons else "Accepted",
        broken_rules(assessment),
        set(assessment.rejects["row_number"]),
        damage.left_out(sound, damaged),
    )
