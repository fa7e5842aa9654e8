"""Custom properties and names: their kinds, misspellings, and uses that do not suit a column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data_contracts.kinds import FLAG
from data_contracts.properties import OF_COLUMN
from tests.contracts import column
from tests.data_contracts.made_up_contract import COLUMNS, NUMBER, TARGET, TEXT, make_contract

FLAGS = [name for name, kind in OF_COLUMN.items() if kind is FLAG]
SCALE = TARGET["logicalTypeOptions"]


def refused(folder: Path, made: list[dict[str, Any]], says: str, **changes: Any) -> None:
    with pytest.raises(ValueError, match=rf"films\.odcs\.yaml: (line \d+: )?{says}"):
        make_contract(folder, made, **changes)


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("value", ["false", "yes", 0, 1, None, []])
def test_a_flag_is_true_or_false_and_no_text(tmp_path: Path, name: str, value: object) -> None:
    refused(tmp_path, [*COLUMNS, column("n", **{name: value})], f"n: {name} must be true or false")


@pytest.mark.parametrize("key", ["required", "unique", "criticalDataElement"])
@pytest.mark.parametrize("value", ["false", "true", 1])
def test_a_flag_of_the_standard_is_true_or_false(tmp_path: Path, key: str, value: object) -> None:
    says = rf"schema\.films\.properties\.n\.{key}: must be true or false, not"
    refused(tmp_path, [*COLUMNS, column("n") | {key: value}], says)


@pytest.mark.parametrize(
    ("written", "value", "meant"),
    [
        ("auxilaryTarget", True, "auxiliaryTarget"),
        ("slices", False, "slice"),
        ("Slice", False, "slice"),
        ("slice_edges", [1], "sliceEdges"),
        ("alias", ["m"], "aliases"),
        ("units", "cm", "unit"),
    ],
)
def test_a_misspelt_property_is_refused(
    tmp_path: Path, written: str, value: object, meant: str
) -> None:
    says = f"n: the custom property {written} does not exist: write {meant}$"
    refused(tmp_path, [*COLUMNS, column("n", "number", **{written: value})], says)


def test_properties_of_others_are_allowed(tmp_path: Path) -> None:
    make_contract(tmp_path, [*COLUMNS, column("n", lineage="x", owner="y", pii=False)])


def test_a_property_stands_where_it_is_read(tmp_path: Path) -> None:
    says = "n: the custom property rejectedRowsFractionMax belongs to the table$"
    refused(tmp_path, [*COLUMNS, column("n", rejectedRowsFractionMax=0.1)], says)
    twice = column("n", unit="m")
    twice["customProperties"] *= 2
    refused(tmp_path, [*COLUMNS, twice], "n: the custom property unit is given twice; remove one$")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ([column("n", unit=5)], "n: unit must be a text, not 5"),
        ([column("n", aliases=[""])], r'n: aliases must be a list of names, not \[""\]'),
        ([column("n", aliases=[" "])], "n: aliases must be a list of names"),
        ([column("n", aliases=[])], r"n: aliases must be a list of names, not \[\]"),
        (
            [column("n", aliases=["A b"]), column("m", aliases=["ab"])],
            "m: the alias ab also means .* n",
        ),
        (
            [column("n", aliases=["Stars"])],
            "n: the alias Stars also means the column stars; remove",
        ),
        (
            [column("n", aliases=["size"]), column("m") | {"physicalName": "size"}],
            "n: the alias size also means the column m; remove the alias$",
        ),
        ([column("a`b")], "'a`b': a name must not have line ends, control characters or `; rename"),
        ([column("a\nb")], r"'a\\nb': a name must not have line ends"),
    ],
)
def test_values_and_names_that_cannot_be_used_are_refused(
    tmp_path: Path, made: list[dict[str, Any]], says: str
) -> None:
    refused(tmp_path, [*COLUMNS, *made], says)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (column("text", role="text", slice=True), "text: the text has slices by its length; write"),
        (column("text", role="text", auxiliaryTarget=True), "text: the text cannot be an auxil"),
        (column("n", logarithmic=True), "n: only an auxiliary target or a slice of numbers can"),
        (column("n", slice=True, histogramEdges=[1]), "n: only a column of numbers with sliceE"),
        (column("n", "number", histogramEdges=[1]), "n: only a column of numbers with sliceE"),
    ],
)
def test_a_use_that_does_not_suit_the_column_is_refused(
    tmp_path: Path, made: dict[str, Any], says: str
) -> None:
    others = [TARGET] if made["name"] == "text" else [TEXT, TARGET]
    refused(tmp_path, [*others, made], says)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"minimum": 1, "maximum": 5, "multipleOf": 0.3}, "must be multiples of 0.3, the step"),
        ({"minimum": 1, "maximum": 5, "multipleOf": 10}, "must be multiples of 10, the step"),
        ({"minimum": 0.5, "maximum": 4.5, "multipleOf": 1}, "minimum 0.5 and maximum 4.5 must be"),
        ({"minimum": 0, "maximum": 0.3, "multipleOf": 0.1}, ""),
    ],
)
def test_a_step_fits_the_scale(tmp_path: Path, options: dict[str, Any], says: str) -> None:
    columns = [TEXT, column("stars", "number", options, role="target")]
    if says:
        refused(tmp_path, columns, f"stars: .*{says}")
    else:
        assert make_contract(tmp_path, columns).dataset.target.step == 0.1


def test_the_target_is_neither_auxiliary_nor_logarithmic(tmp_path: Path) -> None:
    for extra, says in (("auxiliaryTarget", "cannot be an auxiliary"), ("logarithmic", "only an")):
        target = column("stars", "number", SCALE, role="target", **{extra: True})
        refused(tmp_path, [TEXT, target], f"stars: .*{says}")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "DataProduct"}, 'kind must be DataContract, not "DataProduct"'),
        ({"kind": None}, "kind must be DataContract, not null"),
        ({"apiVersion": "v2.2.2"}, 'apiVersion must be v3.1.0 or another v3, not "v2.2.2"'),
        ({"version": None}, "the document needs a version"),
        ({"version": "two"}, 'version must begin with a number, such as 1.0.0, not "two"'),
        ({"version": "2nd"}, 'version must begin with a number, such as 1.0.0, not "2nd"'),
        ({"version": 1.0}, "version: must be a text, not 1.0"),
        (
            {"id": None, "version": ""},
            "the document needs an id, .*: the document needs a version",
        ),
    ],
)
def test_what_is_no_data_contract_of_this_version_is_refused(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    refused(tmp_path, COLUMNS, says, **changes)


def test_a_column_may_have_a_name_that_begins_with_a_dollar(tmp_path: Path) -> None:
    dollar = NUMBER | {"name": "$größe", "required": True}
    contract = make_contract(tmp_path, [TEXT, TARGET, dollar])
    rules = [rule for rule in contract.rules if rule.column == "$größe"]
    assert [rule.name for rule in rules] == ["$größe_type", "$größe_required", "$größe_range"]
    assert set().union(*(rule.values for rule in rules)) == set()
