"""The roles of columns: of the project's own contract, of others, and those that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from data_contracts.contract import load_contract
from data_contracts.dataset import BINS, Column, Dataset, Target, count_decimals
from data_contracts.roles import read_dataset
from tests.contracts import column, critical
from tests.data_contracts.made_up_contract import (
    COLUMNS,
    DECIMAL,
    NUMBER,
    TARGET,
    TEXT,
    as_property,
    make_contract,
)


def read(*columns: dict[str, Any]) -> Dataset:
    return read_dataset("films", [as_property(made) for made in columns])


def target(**changes: Any) -> Target:
    fields = {"name": "stars", "unit": "", "minimum": 1, "maximum": 5, "step": 0.5}
    return Target(**fields | changes)


# What is read


def test_the_roles_of_the_wine_contract() -> None:
    dataset = load_contract().dataset
    assert dataset.contract == "urn:datacontract:wine-points:wine-reviews"
    assert (dataset.text, dataset.text_edges) == ("description", (25, 40, 55))
    assert dataset.target == Target(name="points", unit="points", minimum=80, maximum=100, step=1)
    assert (dataset.row_identifier, dataset.title) == ("review_index", "title")
    assert dataset.slice_kinds == ("country", "price", "variety", "description")
    assert dataset.shown == ["title", "country", "price", "variety"]
    assert [made.name for made in dataset.auxiliary_targets] == [
        *("country", "price", "province", "taster_name", "variety"),
    ]
    (price,) = [made for made in dataset.slices if made.edges]
    assert (price.name, price.edges, price.logarithmic) == ("price", (15, 30, 60, 120), True)
    edges = price.histogram_edges or ()
    assert (price.title, edges[0], edges[-1], len(edges)) == ("price (USD)", 5, 1000, 14)


def test_the_roles_of_a_contract_with_odd_names(tmp_path: Path) -> None:
    dataset = make_contract(tmp_path).dataset
    number = Column(
        name="größe", edges=(10, 20), histogram_edges=(10, 20), logarithmic=True, unit="cm"
    )
    assert dataset == Dataset(
        contract="urn:datacontract:tests:films",
        text="text",
        text_edges=(5, 10),
        target=target(),
        row_identifier=None,
        title="100g",
        slices=(Column(name="a.b"), number, Column(name="one, two")),
        auxiliary_targets=(Column(name="a.b"), number),
    )
    assert dataset.slice_kinds == ("a.b", "größe", "one, two", "text")
    assert dataset.shown == ["100g", "a.b", "größe", "one, two"]


def test_text_and_target_alone_are_a_dataset() -> None:
    dataset = read(column("text", role="text"), DECIMAL)
    assert (dataset.text_edges, dataset.slices, dataset.auxiliary_targets) == ((), (), ())
    assert (dataset.slice_kinds, dataset.shown) == ((), [])
    assert dataset.target.step is None


def test_a_title_that_is_sliced_too_is_shown_once() -> None:
    dataset = read(TEXT, TARGET, column("film", slice=True), column("name", role="title"))
    assert dataset.shown == ["name", "film"]
    dataset = read(TEXT, TARGET, column("film", role="title", slice=True))
    assert (dataset.shown, dataset.slice_kinds) == (["film"], ("film", "text"))


def test_a_row_is_named_by_its_identifier() -> None:
    dataset = read(TEXT, TARGET, column("key", "integer", role="row_identifier"))
    assert (dataset.row_identifier, dataset.title) == ("key", None)


def test_bars_may_have_other_bounds_than_bands() -> None:
    own = column("year", "integer", sliceEdges=[1990, 2000], histogramEdges=[1980, 1985, 1990])
    (year,) = read(TEXT, TARGET, own).slices
    assert (year.edges, year.histogram_edges) == ((1990, 2000), (1980, 1985, 1990))


def test_an_integer_has_steps_of_one_unless_it_says_otherwise() -> None:
    whole = column("stars", "integer", role="target", options={"minimum": 0, "maximum": 10})
    assert read(TEXT, whole).target.step == 1
    twos = column(
        *("stars", "integer"),
        role="target",
        options=whole["logicalTypeOptions"] | {"multipleOf": 2},
    )
    assert read(TEXT, twos).target.step == 2
    assert read(TEXT, DECIMAL).target.step is None
    assert read(TEXT, TARGET).target.step == 0.5


# What follows from the target


@pytest.mark.parametrize(
    ("step", "scale", "digits", "written"),
    [
        (1, (80, 100), 0, "88"),
        (0.5, (1, 5), 1, "88.3"),
        (0.25, (0, 1), 2, "88.25"),
        (0.1, (0, 1), 1, "88.3"),
        (5, (0, 1000), 0, "88"),
        (1e-7, (0, 1), 7, "88.2512000"),
        # Without a step, a thousandth to a hundredth of the scale can be told apart.
        (None, (0, 1), 2, "88.25"),
        (None, (0, 0.5), 3, "88.251"),
        (None, (0, 10), 1, "88.3"),
        (None, (1, 5), 2, "88.25"),
        (None, (0, 100), 0, "88"),
        (None, (0, 1e6), 0, "88"),
    ],
)
def test_values_are_written_with_the_decimals_that_they_can_have(
    step: float | None, scale: tuple[float, float], digits: int, written: str
) -> None:
    made = target(step=step, minimum=scale[0], maximum=scale[1])
    assert made.digits == digits
    assert made.format(88.2512) == written


@pytest.mark.parametrize(
    ("scale", "shown"),
    [
        ((80, 100), "+0.052"),
        ((1, 5), "+0.052"),
        ((0, 1), "+0.0525"),
        ((0, 0.001), "+0.0525000"),
        ((0, 100), "+0.05"),
        ((-1000, 1000), "+0.1"),
        ((0, 1e6), "+0"),
    ],
)
def test_errors_have_the_decimals_of_a_quarter_of_the_scale(
    scale: tuple[float, float], shown: str
) -> None:
    assert target(minimum=scale[0], maximum=scale[1]).format_error(0.0525, "+") == shown


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([1.213, 2.67], 3), ([9.99, -10.0], 2), ([0.0525, 0.0], 5), ([0.0], 3), ([], 3), ([1e9], 0)],
)
def test_errors_shown_together_have_the_decimals_of_the_largest(
    values: list[float], decimals: int
) -> None:
    assert count_decimals(values) == decimals


def test_thousands_are_set_apart() -> None:
    assert target(step=1, maximum=10_000).format(1234.4) == "1,234"


@pytest.mark.parametrize(("step", "width"), [(1, 1), (0.5, 0.5), (None, 4 / BINS)])
def test_values_are_counted_in_steps_or_parts_of_the_scale(
    step: float | None, width: float
) -> None:
    made = target(step=step)
    assert (made.scale, made.range, made.bin) == ((1, 5), 4, width)


def test_a_target_is_titled_with_its_unit_once() -> None:
    assert target().title == "stars"
    assert target(unit="stars").title == "stars"
    assert target(unit="of 5").title == "stars (of 5)"
    assert (target().label("MAE"), target(unit="of 5").label("MAE")) == ("MAE", "MAE (of 5)")
    assert target().predicted == "predicted_stars"
    assert Column(name="price").title == "price"


def test_a_dataset_can_be_part_of_a_cache_key(tmp_path: Path) -> None:
    dataset = make_contract(tmp_path).dataset
    assert Dataset.model_validate_json(dataset.model_dump_json()) == dataset
    assert len({dataset, dataset.model_copy()}) == 1
    with pytest.raises(ValidationError):
        dataset.text = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Dataset.model_validate(dataset.model_dump() | {"other": 1})


# What is refused


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


def test_a_logarithmic_column_is_above_zero_or_a_larger_number() -> None:
    above = column("n", "number", auxiliaryTarget=True, logarithmic=True)
    for bound in (0, 2.5):
        own = above | {"logicalTypeOptions": {"exclusiveMinimum": bound}}
        assert read(TEXT, TARGET, own).auxiliary_targets[0].logarithmic


def test_roles_of_a_document_are_refused_with_its_path(tmp_path: Path) -> None:
    for columns in ([TARGET], [*COLUMNS, critical(column("other", role="text"))]):
        with pytest.raises(ValueError, match=r"films\.odcs\.yaml: .*role text"):
            make_contract(tmp_path, columns)


def test_a_column_of_numbers_keeps_its_unit_and_scale() -> None:
    (number,) = read(TEXT, TARGET, NUMBER).auxiliary_targets
    assert (number.title, number.logarithmic) == ("größe (cm)", True)
