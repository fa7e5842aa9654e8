"""What our expectations about a delivery make of metrics; test_expectations.py begins with rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from data_contracts import measures
from data_contracts.expectations import (
    VOCABULARIES,
    VOCABULARIES_MAX,
    BoundedStatistic,
    ExpectChampionErrorToStayNear,
    ExpectColumnDivergenceFromReferenceToBeBetween,
    ExpectColumnHistogramDivergenceFromReferenceToBeBetween,
    ExpectColumnLengthDivergenceFromReferenceToBeBetween,
    ExpectColumnOutOfVocabularyRateToBeBetween,
    ExpectColumnPairRankCorrelationToBeBetween,
    ExpectColumnPairRankCorrelationToStayNear,
    ExpectDeliveryNotToBeSuperseded,
    ExpectTableNullFractionsToStayNear,
    ExpectTableRowCountRatioToBeBetween,
    Vocabularies,
)
from data_contracts.samples import correlation_error, divergence, fraction_error
from data_contracts.tokens import TokenCounts

pytestmark = pytest.mark.heavy

ROWS = "table.row_count"
ROWS_MANY = 1_000_000


def judge(expectation: Any, **measured: Any) -> tuple[bool, Any]:
    """Judge what was measured: whether it holds, and what is told of it."""
    found = expectation._validate({key.replace("__", "."): v for key, v in measured.items()})
    assert found.keys() == {"success", "result"}
    return found["success"], found["result"]["observed_value"]


def judge_statistic(expectation: BoundedStatistic, measured: Any) -> tuple[bool, Any]:
    (name,) = expectation.metric_dependencies
    found = expectation._validate({name: measured, "another": None})
    return found["success"], found["result"]["observed_value"]


@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ({}, True),
        ({"min_value": 0.5}, True),
        ({"min_value": 0.500001}, False),
        ({"max_value": 0.5}, True),
        ({"max_value": 0.499999}, False),
        ({"min_value": 0.4, "max_value": 0.6}, True),
        ({"min_value": 0.6, "max_value": 0.7}, False),
        ({"min_value": 0.3, "max_value": 0.4}, False),
    ],
)
def test_a_figure_lies_between_its_bounds(bounds: dict[str, float], holds: bool) -> None:
    plain = ExpectColumnPairRankCorrelationToBeBetween(column_A="a", column_B="b", **bounds)
    assert judge_statistic(plain, 0.5) == (holds, 0.5)
    # No figure lies between no bounds.
    assert judge_statistic(plain, float("nan"))[0] is False


@pytest.mark.parametrize(
    ("rows", "reference", "ratio"),
    [(3, 4, 0.75), (3, 0, 3), (2, 1, 2), (1, 3, 0.333333), (2, 3, 0.666667)],
)
def test_rows_are_divided_by_the_references(rows: int, reference: int, ratio: float) -> None:
    expectation = ExpectTableRowCountRatioToBeBetween(reference_rows=reference)
    assert expectation.metric_dependencies == (ROWS,)
    assert judge_statistic(expectation, rows) == (True, ratio)


@pytest.mark.parametrize(
    ("kind", "given", "metric"),
    [
        (ExpectColumnDivergenceFromReferenceToBeBetween, {}, measures.VALUE_COUNTS),
        (ExpectColumnDivergenceFromReferenceToBeBetween, {"width": 0.5}, measures.VALUE_COUNTS),
        (
            ExpectColumnHistogramDivergenceFromReferenceToBeBetween,
            {"edges": [1, 2]},
            measures.HISTOGRAM,
        ),
    ],
)
def test_counts_diverge_from_a_reference(kind: Any, given: dict[str, Any], metric: str) -> None:
    counts, reference = {80: 300, 90: 100}, {80: 100, 90: 300}
    expectation = kind(column="points", reference_counts=reference, max_value=0.1, **given)
    assert expectation.metric_dependencies == (metric,)
    assert judge_statistic(expectation, counts) == (False, divergence(counts, reference))
    assert divergence(counts, reference) > 0.1


def test_lengths_diverge_from_a_reference() -> None:
    reference = {0: 300, 1: 100}
    expectation = ExpectColumnLengthDivergenceFromReferenceToBeBetween(
        column="description", reference_counts=reference
    )
    lengths = pa.table({"value": [4, 5], "count": [100, 300]})
    counts = dict.fromkeys(range(25), 0) | {0: 100, 1: 300}
    measured = TokenCounts(pa.table({"value": ["odd"], "count": [1]}), lengths)
    assert judge_statistic(expectation, measured) == (True, divergence(counts, reference))
    assert divergence(counts, reference) > 0.1


@pytest.mark.parametrize(
    ("by_chance", "rate"),
    [(None, 0.333333), (0.25, 0.083333), (0.4, 0.0), (1 / 3, 0.0)],
)
def test_words_beyond_a_vocabulary_are_counted_less_chance(
    monkeypatch: pytest.MonkeyPatch, by_chance: float | None, rate: float
) -> None:
    monkeypatch.setitem(VOCABULARIES, "abc", pa.array(["firm", "wine"]))
    tokens = pa.table({"value": ["wine", "odd", "firm"], "count": [1, 2, 3]})
    given = {} if by_chance is None else {"by_chance": by_chance}
    expectation = ExpectColumnOutOfVocabularyRateToBeBetween(
        column="description", vocabulary="abc", **given
    )
    holds, found = judge_statistic(
        expectation, TokenCounts(tokens, pa.table({"value": [6], "count": [1]}))
    )
    assert (holds, found) == (True, pytest.approx(rate, abs=1e-12))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("before", [0.5, -0.5])
def test_a_correlation_moves_no_further_than_allowed(sign: int, before: float) -> None:
    change = 0.1 + 3 * correlation_error(1_000, 2_000)
    expectation = ExpectColumnPairRankCorrelationToStayNear(
        column_A="description",
        column_B="points",
        reference_correlation=before,
        reference_rows=2_000,
        max_change=0.1,
    )
    for now, holds in (
        (before + sign * (change - 1e-9), True),
        (before + sign * change * 1.01, False),
    ):
        told = judge(expectation, table__rank_correlation=now, table__row_count=1_000)
        assert told == (holds, f"from {before:.3f} to {now:.3f}")


def test_the_bound_itself_is_allowed() -> None:
    now = 0.1 + 3 * correlation_error(1_000, 2_000)
    correlation = ExpectColumnPairRankCorrelationToStayNear(
        column_A="a", column_B="b", reference_correlation=0, reference_rows=2_000, max_change=0.1
    )
    assert judge(correlation, table__rank_correlation=now, table__row_count=1_000)[0]
    nulls = ExpectTableNullFractionsToStayNear(
        reference_null_fractions={"title": 0}, reference_rows=2_000, max_change=0
    )
    same = pd.Series({"title": 0.0})
    assert judge(nulls, table__null_fractions=same, table__row_count=1_000)[0]


def test_without_a_reference_any_correlation_will_do() -> None:
    expectation = ExpectColumnPairRankCorrelationToStayNear(
        column_A="a", column_B="b", reference_correlation=None, reference_rows=9, max_change=0
    )
    told = judge(expectation, table__rank_correlation=0.3, table__row_count=9)
    assert told == (True, "nothing to compare with")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_share_of_nulls_moves_no_further_than_allowed(sign: int) -> None:
    expectation = ExpectTableNullFractionsToStayNear(
        reference_null_fractions={"gone": 0.9, "title": 0.5, "price": 0.2},
        reference_rows=2_000,
        max_change=0.1,
    )

    def allowed(now: float) -> float:
        return 0.1 + 3 * fraction_error((now + 0.5) / 2, 1_000, 2_000)

    # The last shares that may be, and the first that may not, to a thousandth.
    shares = [0.5 + sign * step / 1_000 for step in range(400)]
    last = max(step for step, now in enumerate(shares) if abs(now - 0.5) <= allowed(now))
    for step, holds in ((last, True), (last + 1, False)):
        now = shares[step]
        found = pd.Series({"title": now, "price": 0.2})
        told = judge(expectation, table__null_fractions=found, table__row_count=1_000)
        assert told == (holds, "none" if holds else f"title from 50.0% to {now:.1%}")


def test_all_columns_that_moved_are_reported() -> None:
    expectation = ExpectTableNullFractionsToStayNear(
        reference_null_fractions={"gone": 0.9, "title": 0.5, "price": 0.25},
        reference_rows=ROWS_MANY,
        max_change=0.1,
    )
    found = pd.Series({"title": 0.0, "price": 1.0, "new": 1.0})
    told = judge(expectation, table__null_fractions=found, table__row_count=ROWS_MANY)
    assert told == (False, "title from 50.0% to 0.0%, price from 25.0% to 100.0%")


@pytest.mark.parametrize(
    ("before", "told"), [(None, (True, "new")), ("2026-01-05", (False, "accepted 2026-01-05"))]
)
def test_a_delivery_is_new(before: str | None, told: tuple[bool, str]) -> None:
    assert judge(ExpectDeliveryNotToBeSuperseded(accepted_before=before)) == told
    assert judge(ExpectDeliveryNotToBeSuperseded()) == (True, "new")


@pytest.mark.parametrize(
    ("low", "holds", "said"), [(1.4, True, "not surely more"), (1.41, False, "surely more")]
)
def test_the_champions_error_is_told_with_the_bound(low: float, holds: bool, said: str) -> None:
    error = {"rows": 4000, "mae": 1.5, "low": low, "high": 1.6, "promoted_mae": 1.0, "digits": 2}
    expectation = ExpectChampionErrorToStayNear(champion_error=error, max_ratio=1.4)
    assert judge(expectation) == (
        holds,
        f"the champion's MAE is 1.50 (99 % interval {low:.2f} to 1.60) on 4,000 reviews, {said}"
        " than 1.4 times that at its promotion, 1.00",
    )


def test_what_shapes_a_verdict_is_named() -> None:
    """What is no success key does not reach Great Expectations' results and pages."""
    kinds = {
        ExpectTableRowCountRatioToBeBetween: {"reference_rows", "min_value", "max_value"},
        ExpectColumnDivergenceFromReferenceToBeBetween: {
            *("column", "width", "reference_counts", "min_value", "max_value")
        },
        ExpectColumnHistogramDivergenceFromReferenceToBeBetween: {
            *("column", "edges", "reference_counts", "min_value", "max_value")
        },
        ExpectColumnLengthDivergenceFromReferenceToBeBetween: {
            *("column", "reference_counts", "min_value", "max_value")
        },
        ExpectColumnOutOfVocabularyRateToBeBetween: {
            *("column", "vocabulary", "by_chance", "min_value", "max_value")
        },
        ExpectColumnPairRankCorrelationToBeBetween: {
            *("column_A", "column_B", "min_value", "max_value")
        },
        ExpectColumnPairRankCorrelationToStayNear: {
            *("column_A", "column_B", "reference_correlation", "reference_rows", "max_change")
        },
        ExpectTableNullFractionsToStayNear: {
            *("reference_null_fractions", "reference_rows", "max_change")
        },
        ExpectDeliveryNotToBeSuperseded: {"accepted_before"},
    }
    for kind, keys in kinds.items():
        assert set(kind.success_keys) == keys, kind


def test_what_is_measured_is_named() -> None:
    both = {
        ExpectColumnPairRankCorrelationToStayNear: measures.RANK_CORRELATION,
        ExpectTableNullFractionsToStayNear: measures.NULL_FRACTIONS,
    }
    for kind, metric in both.items():
        assert kind.metric_dependencies == (metric, ROWS)
    for kind in (
        ExpectColumnLengthDivergenceFromReferenceToBeBetween,
        ExpectColumnOutOfVocabularyRateToBeBetween,
    ):
        assert kind.metric_dependencies == (measures.WORD_COUNTS,)
    correlation = ExpectColumnPairRankCorrelationToBeBetween.metric_dependencies
    assert correlation == (measures.RANK_CORRELATION,)
    assert ExpectDeliveryNotToBeSuperseded.metric_dependencies == (ROWS,)


def test_the_newest_vocabularies_are_kept() -> None:
    kept = Vocabularies()
    for number in range(VOCABULARIES_MAX):
        kept[str(number)] = pa.array([str(number)])
    assert list(kept) == [str(number) for number in range(VOCABULARIES_MAX)]
    kept["0"] = pa.array(["again"])
    kept["new"] = pa.array(["new"])
    assert list(kept) == [*map(str, range(2, VOCABULARIES_MAX)), "0", "new"]
    assert kept["0"].to_pylist() == ["again"]
