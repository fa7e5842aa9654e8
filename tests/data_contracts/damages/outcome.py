"""What the contract says of a delivery, asked the real way: from its bytes to a verdict."""

from __future__ import annotations

import copy
import warnings
from typing import Any, NamedTuple
from unittest import mock

import joblib
import pandas as pd

from data_contracts import checks
from data_contracts.contract import load_contract
from data_contracts.judgement import Assessment, assess
from data_contracts.profile import References
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
    return assess(contract._replace(rules=rules), *read_delivery(csv), compared)


def broken_rules(assessment: Assessment) -> set[str]:
    """Name the rules that were broken."""
    return {finding.rule for finding in assessment.checked.findings if finding.passed is False}


_validate = checks._validate
_validated: dict[str, Any] = {}


def validate_once(asset: Any, expectations: list[Any], frame: pd.DataFrame) -> Any:
    """Validate, or return the result of the same expectations about an equal frame.

    A damage touches few columns. To ask all rules of all columns 170 times takes minutes.
    """
    asked = [expectation.configuration.to_json_dict() for expectation in expectations]
    key = joblib.hash((asked, frame))
    if key not in _validated:
        _validated[key] = _validate(asset, expectations, frame)
    # Reading a result takes the long lists out of it.
    return copy.deepcopy(_validated[key])


def outcome_of(name: str, without: str | None = None) -> Outcome:
    """Damage the demo reviews and assess them, one rule of the contract left out."""
    # As in pytest's own process.
    warnings.simplefilter("error")
    damage, sound = DAMAGES[name], demo_csv()
    damaged = damage.make(sound)
    compared = references(profile_demo(2_000, 0), profile_demo(2_000, CHAMPIONS_SEED))
    with mock.patch.object(checks, "_validate", validate_once):
        assessment = assess_csv(damaged, damage.compared(compared), without)
    return Outcome(
        "DataRejected" if assessment.reasons else "Accepted",
        broken_rules(assessment),
        set(assessment.left_out.index[assessment.left_out]),
        damage.left_out(sound, damaged),
    )
