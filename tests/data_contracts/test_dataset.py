"""The roles of columns: of the project's own contract and of others, and what follows from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from data_contracts.contract import load_contract
from data_contracts.dataset import BINS, Column, Dataset, Target
from data_contracts.roles import read_dataset
from tests.contracts import column
from tests.data_contracts.made_up_contract import (
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


def test_a_logarithmic_column_is_above_zero_or_a_larger_number() -> None:
    above = column("n", "number", auxiliaryTarget=True, logarithmic=True)
    for bound in (0, 2.5):
        own = above | {"logicalTypeOptions": {"exclusiveMinimum": bound}}
        assert read(TEXT, TARGET, own).auxiliary_targets[0].logarithmic


def test_a_column_of_numbers_keeps_its_unit_and_scale() -> None:
    (number,) = read(TEXT, TARGET, NUMBER).auxiliary_targets
    assert (number.title, number.logarithmic) == ("größe (cm)", True)


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
        # Without a step, a thousandth of the scale can be told apart, and errors have one more.
        (None, (0, 1), 3, "88.251"),
        (None, (0, 0.5), 3, "88.251"),
        (None, (0, 10), 2, "88.25"),
        (None, (1, 5), 2, "88.25"),
        (None, (0, 100), 1, "88.3"),
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


def test_thousands_are_set_apart() -> None:
    assert target(step=1, maximum=10_000).format(1234.4) == "1,234"


@pytest.mark.parametrize(
    ("step", "scale", "width"),
    [
        (1, (1, 5), 1),
        (0.5, (1, 5), 0.5),
        (None, (1, 5), 4 / BINS),
        (0.1, (0, 10), 0.1),
        (1, (0, 100), 1),
        (1, (0, 101), 5),
        (0.01, (1, 5), 0.05),
        (0.01, (0, 20), 0.25),
        (0.25, (0, 1_000_000), 78_125 / 4),
    ],
)
def test_values_are_counted_in_steps_or_parts_of_the_scale(
    step: float | None, scale: tuple[float, float], width: float
) -> None:
    made = target(step=step, minimum=scale[0], maximum=scale[1])
    assert (made.scale, made.range) == (scale, scale[1] - scale[0])
    assert made.bin == pytest.approx(width, rel=1e-9)
    if step is not None:
        # An odd number of steps: no value lies between two bins.
        assert round(made.bin / step) % 2 == 1


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
