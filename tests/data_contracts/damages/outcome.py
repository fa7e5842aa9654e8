"""What the contract says of a delivery, asked the real way: from its bytes to a verdict."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from data_contracts.contract import load_contract
from data_contracts.judgement import Assessment
from data_contracts.profile import References
from tests.assessments import assess_table
from tests.data_contracts.damages.damage import demo_csv
from tests.data_contracts.damages.delivery import profile_demo, read_delivery, references
from tests.data_contracts.damages.table import DAMAGES

CHAMPIONS_SEED = 1


class Outcome(NamedTuple):
    """What became of a delivery, and what should have: its verdict, rules broken, rows left out."""

    verdict: str
    broken: set[str]
    left_out: set[int]
    left_out_expected: set[int]


def assess_csv(csv: bytes, compared: References, without: str | None = None) -> Assessment:
    """Assess a delivery by the contract, one rule of it left out."""
    contract = load_contract()
    rules = tuple(rule for rule in contract.rules if rule.name != without)
    return assess_table(contract._replace(rules=rules), *read_delivery(csv), compared)


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
        set(np.flatnonzero(assessment.left_out).tolist()),
        damage.left_out(sound, damaged),
    )
