"""Great Expectations finds the rows, and measures the figures, that the pipeline does.

The pipeline hands Great Expectations counts. Here, Great Expectations counts for itself.
"""

from __future__ import annotations

import functools
from typing import Any

import great_expectations as gx
import pandas as pd
import pyarrow as pa
import pytest
from great_expectations.core import ExpectationSuite
from great_expectations.validator.v1_validator import Validator
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.checks import Checked, check_reviews
from data_contracts.contract import load_contract
from data_contracts.delivery import FrameDelivery
from data_contracts.rules import Rule
from data_contracts.suites import make_expectations
from data_contracts.unreadable import UNREADABLE
from tests.data_contracts.damages.damage import demo_csv
from tests.data_contracts.damages.delivery import profile_demo, read_delivery, references
from tests.data_contracts.damages.table import DAMAGES

pytestmark = pytest.mark.slow

CONTRACT = load_contract()
TEXTS = st.sampled_from([None, "", "a", "ab", "aB1", "b 2\n", "É", "12", "a\n", "ab"])
NUMBERS = st.sampled_from([None, 0.0, 1.0, 1.5, -2.0, 2.0, 12.0, 100.0])
ROWS = st.lists(st.tuples(TEXTS, TEXTS, NUMBERS, NUMBERS), max_size=12)


@functools.cache
def define_batch() -> Any:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("made_up").add_dataframe_asset("delivery")
    return asset.add_batch_definition_whole_dataframe("all")


def ask(checked: Checked, frame: pd.DataFrame) -> dict[str, Any]:
    """Let Great Expectations validate the same expectations on the rows themselves."""
    asked = [r.expectation_config.meta["rule"] for r in checked.results]
    suite = [e for e in checked.suite.expectations if e.meta["rule"] in asked]
    for expectation in suite:
        expectation.id = None
    complete = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
    validator = Validator(define_batch(), complete, {"dataframe": frame})
    results = validator.validate_expectation_suite(ExpectationSuite("all", suite)).results
    return {result.expectation_config.meta["rule"]: result for result in results}


def compare(checked: Checked, frame: pd.DataFrame, skipped: set[str] = frozenset()) -> int:
    """Compare each result with Great Expectations' own; return how many were compared."""
    theirs, compared = ask(checked, frame), 0
    for ours in checked.results:
        name = ours.expectation_config.meta["rule"]
        if name in skipped:
            continue
        own, same = theirs[name], ours.result
        assert not any(own.exception_info.get("raised_exception") for _ in [0]), own.exception_info
        assert ours.success == own.success, name
        for key in ("element_count", "unexpected_count", "missing_count"):
            assert same.get(key) == own.result.get(key), (name, key)
        if "unexpected_count" in same:
            index = own.result["unexpected_index_list"]
            assert same["partial_unexpected_index_list"] == index[:20], name
            places = checked.breaches.get(name)
            if places is not None:
                assert frame.index[places].tolist() == index, name
        else:
            expected = own.result.get("observed_value")
            assert same["observed_value"] == pytest.approx(expected, nan_ok=True), name
        compared += 1
    return compared


@pytest.mark.parametrize("name", ["sound", *list(DAMAGES)[::8]])
def test_a_delivery_is_judged_as_great_expectations_judges_it(name: str) -> None:
    csv = demo_csv() if name == "sound" else DAMAGES[name].make(demo_csv())
    matching, table = read_delivery(csv)
    compared = references(profile_demo(2_000, 0), profile_demo(2_000, 1))
    frame = table.to_pandas()
    assert frame[UNREADABLE].isna().all(), "Great Expectations would see rows that cannot be read"
    checked = check_reviews(CONTRACT, matching.names, FrameDelivery(frame), compared)
    header = {rule.name for rule in CONTRACT.rules if rule.expectation.startswith("expect_table_c")}
    assert compare(checked, frame, skipped=header) > 60


TEXT, OTHER = {"column": "description"}, {"column": "title"}
NUMBER = {"column": "price"}
ABOVE = {"type": "comparison", "column": {"name": "points"}, "operator": ">", "parameter": 0}
GIVEN = {"type": "nullity", "column": {"name": "title"}, "is_null": False}
ARGUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("column_values_to_be_null", TEXT),
    ("column_values_to_not_be_null", NUMBER),
    ("column_values_to_not_be_null", TEXT | {"mostly": 0.5, "row_condition": ABOVE}),
    ("column_values_to_be_between", NUMBER | {"min_value": 1, "max_value": 12}),
    ("column_values_to_be_between", NUMBER | {"min_value": 1, "strict_min": True}),
    ("column_values_to_be_between", NUMBER | {"max_value": 12, "strict_max": True}),
    ("column_values_to_be_multiples_of", NUMBER | {"step": 0.5}),
    ("column_values_to_be_multiples_of", NUMBER | {"step": 2, "row_condition": GIVEN}),
    ("column_value_lengths_to_be_between", TEXT | {"min_value": 1, "max_value": 2}),
    ("column_value_lengths_to_be_between", TEXT | {"min_value": 1, "strict_min": True}),
    ("column_value_lengths_to_be_between", TEXT | {"max_value": 2, "strict_max": True}),
    ("column_values_to_match_regex", TEXT | {"regex": "[0-9]$"}),
    ("column_values_to_match_regex", TEXT | {"regex": r"[a-z]\Z", "mostly": 0.5}),
    ("column_values_to_match_regex", TEXT | {"regex": r"(?i)\bab|\w\s"}),
    ("column_values_to_not_match_regex", TEXT | {"regex": "^a", "row_condition": GIVEN}),
    ("column_values_to_not_be_in_set", TEXT | {"value_set": ["a", "12"]}),
    ("column_values_to_not_be_in_set", NUMBER | {"value_set": [1, 100]}),
    ("column_values_to_be_unique", TEXT),
    ("column_values_to_be_unique", NUMBER | {"row_condition": GIVEN}),
    ("column_values_to_be_increasing", NUMBER),
    ("column_values_to_be_increasing", NUMBER | {"strictly": True, "row_condition": GIVEN}),
    ("column_values_to_stand_at_most", TEXT | {"max_copies": 2}),
    ("column_values_to_stand_at_most", OTHER | {"max_copies": 1, "row_condition": ABOVE}),
    ("column_to_determine", {"column_A": "description", "column_B": "title"}),
    ("column_to_determine", {"column_A": "title", "column_B": "price", "row_condition": ABOVE}),
    (
        "column_pair_values_a_to_begin_with_b",
        {"column_A": "description", "column_B": "title", "mostly": 0.5},
    ),
    ("column_pair_values_a_to_not_hold_b", {"column_A": "description", "column_B": "price"}),
    ("table_row_count_to_be_between", {"min_value": 3}),
    ("column_mean_to_be_between", NUMBER | {"min_value": 1, "row_condition": ABOVE}),
    ("column_median_to_be_between", NUMBER | {"max_value": 12}),
    ("column_stdev_to_be_between", NUMBER | {"min_value": 0.5}),
    ("column_unique_value_count_to_be_between", TEXT | {"min_value": 2}),
    ("column_proportion_of_unique_values_to_be_between", TEXT | {"max_value": 0.9}),
    (
        "column_pair_rank_correlation_to_be_between",
        {"column_A": "points", "column_B": "description", "min_value": 0.1},
    ),
]
RULES = tuple(
    Rule(f"rule_{n}", values.get("column"), "critical", f"expect_{name}", values, "A rule.")
    for n, (name, values) in enumerate(ARGUMENTS)
)
"""Rules of every expectation about rows, and some about the file."""


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_any_rows_are_judged_as_great_expectations_judges_them(rows: list[tuple[Any, ...]]) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * 4
    types = (pa.string(), pa.string(), pa.float64(), pa.float64())
    names = ("description", "title", "price", "points")
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    table = pa.table([pa.array(range(len(rows)), pa.int64()), *arrays], ["row_number", *names])
    frame = table.to_pandas()
    contract = CONTRACT._replace(rules=RULES)
    checked = check_reviews(contract, list(names), FrameDelivery(frame), {})
    assert {f.passed for f in checked.findings} <= {True, False}
    assert compare(checked, frame) == len(RULES)


def test_every_expectation_about_rows_is_compared() -> None:
    from data_contracts.row_checks import AMONG, PAIRS, SINGLE

    assert {rule.expectation for rule in RULES} >= {*SINGLE, *AMONG, *PAIRS}
    made = make_expectations(RULES, CONTRACT._replace(rules=RULES), {})
    assert len(made) == len(RULES)
