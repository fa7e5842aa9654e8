"""Roles of columns that are refused, and what is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.contracts import column, critical
from tests.data_contracts.made_up_contract import COLUMNS, TARGET, TEXT, make_contract
from tests.data_contracts.test_dataset import read


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ([TARGET], "^no column has the role text: give a column the custom property role$"),
        ([TEXT], "no column has the role target"),
        ([column("a")], "no column has the role text and target"),
        (
            [TEXT, TARGET, column("a", role="label")],
            "^a: the role label is none of text, target, row_identifier, title$",
        ),
        (
            [TEXT, TARGET, column("a", role="Text")],
            "^a: the role Text is none of",
        ),
        ([TEXT, TARGET, column("a", role="text")], "^both text and a have the role text$"),
        (
            [TEXT, TARGET, column("a", role="title"), column("b", role="title")],
            "^both a and b have the role title$",
        ),
        (
            [column("n", "number", role="text"), TARGET],
            "^n: the text must have the logicalType string$",
        ),
        (
            [TEXT, column("s", role="target")],
            "^s: the target must have the logicalType integer or number$",
        ),
    ],
)
def test_roles_that_are_missing_or_wrong_are_refused(
    columns: list[dict[str, Any]], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        read(*columns)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"minimum": 1},
        {"maximum": 5},
        {"exclusiveMinimum": 0, "maximum": 5},
        {"minimum": 5, "maximum": 5},
        {"minimum": 5, "maximum": 1},
        {"minimum": 1, "maximum": float("nan")},
        {"minimum": 1, "maximum": float("inf")},
        {"minimum": float("-inf"), "maximum": 1},
        {"minimum": "1", "maximum": "5"},
    ],
)
def test_a_target_without_a_scale_is_refused(options: dict[str, Any]) -> None:
    made = column("stars", "number", role="target", options=options)
    with pytest.raises(ValueError, match=r"^stars: the target needs .* a minimum and a larger"):
        read(TEXT, made)


@pytest.mark.parametrize("step", [0, -0.5, "0.5", float("nan"), True, [1]])
def test_a_step_that_is_no_positive_number_is_refused(tmp_path: Path, step: Any) -> None:
    made = column("stars", "number", role="target", options={"minimum": 1, "maximum": 5})
    made["logicalTypeOptions"]["multipleOf"] = step
    with pytest.raises(ValueError, match="stars: multipleOf must be a number above 0"):
        make_contract(tmp_path, [TEXT, made])


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (column("n", "number", slice=True), "^n: a slice by numbers needs sliceEdges"),
        (column("n", "integer", slice=True), "^n: a slice by numbers needs sliceEdges"),
        (column("n", sliceEdges=[1]), "^n: a slice by numbers needs sliceEdges"),
        (column("n", "number", sliceEdges=[]), "^n: sliceEdges must be a list of increasing"),
        (column("n", "number", sliceEdges=[2, 1]), "^n: sliceEdges must be"),
        (column("n", "number", sliceEdges=[1, 1]), "^n: sliceEdges must be"),
        (column("n", "number", sliceEdges=["1"]), "^n: sliceEdges must be"),
        (column("n", "number", sliceEdges="1"), "^n: sliceEdges must be"),
        (column("n", "number", sliceEdges=[float("nan")]), "^n: sliceEdges must be"),
        (column("n", "number", sliceEdges=[1, float("inf")]), "^n: sliceEdges must be"),
        (
            column("n", "number", sliceEdges=[1], histogramEdges=[3, 2]),
            r"^n: histogramEdges must be a list of increasing numbers, not \[3, 2\]$",
        ),
        (
            column("n", "number", auxiliaryTarget=True, logarithmic=True),
            "^n: a logarithmic column needs an exclusiveMinimum of 0$",
        ),
        (
            column("n", "number", sliceEdges=[1], logarithmic=True, options={"minimum": 0}),
            "^n: a logarithmic column needs",
        ),
    ],
)
def test_a_column_without_what_its_role_needs_is_refused(made: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read(TEXT, TARGET, made)


def test_bounds_of_texts_lengths_increase() -> None:
    with pytest.raises(ValueError, match=r"^text: sliceEdges must be a list of"):
        read(column("text", role="text", sliceEdges=[3, 2]), TARGET)


def test_roles_of_a_document_are_refused_with_its_path(tmp_path: Path) -> None:
    for columns in ([TARGET], [*COLUMNS, critical(column("other", role="text"))]):
        with pytest.raises(ValueError, match=r"films\.odcs\.yaml: .*role text"):
            make_contract(tmp_path, columns)
