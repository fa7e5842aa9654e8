"""Constraints of the standard's own that cannot be checked."""

from __future__ import annotations

from typing import Any

import pytest
from open_data_contract_standard.model import SchemaProperty

from data_contracts.constraints import constraints_of

NUMBER = {"logicalType": "number", "physicalType": "float64"}


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (
            {"logicalType": "date"},
            '^x: logicalType must be one of string, integer, number, not "date"$',
        ),
        ({"logicalType": None}, "^x: logicalType must be one of"),
        (
            {"physicalType": "int64"},
            "string does not suit .* int64; write integer and int64, or string and string$",
        ),
        ({"physicalType": None}, "physicalType must be string for .* string, not null$"),
        (
            {"logicalTypeOptions": {"format": "a", "exclusiveMaximum": 1}},
            "^x: the logicalTypeOptions format cannot be checked, only .*; x: .* exclusiveMaximum",
        ),
        ({"logicalTypeOptions": {"minimum": 1}}, "minimum is for .* integer or number, not string"),
        ({"logicalTypeOptions": {"maxLength": [5]}}, r"maxLength must be a whole .*, not \[5\]$"),
        ({"logicalTypeOptions": {"maxLength": -1}}, "maxLength must be a whole .*, not -1$"),
        (
            {"logicalTypeOptions": {"minLength": 2, "maxLength": 1}},
            "^x: minLength must be at most maxLength, not 2 and 1$",
        ),
        (
            {"logicalTypeOptions": {"pattern": "("}},
            r'pattern must .* RE2 .*, not "\("; missing',
        ),
        ({"logicalTypeOptions": {"pattern": "$"}}, "pattern must .* does not begin with "),
        ({"logicalTypeOptions": {"pattern": 5}}, "^x: pattern must be a regular .*, not 5; x: "),
        (NUMBER | {"logicalTypeOptions": {"minimum": "1"}}, '^x: minimum .* number, not "1"$'),
        (NUMBER | {"logicalTypeOptions": {"maximum": [1]}}, r"maximum must be .* not \[1\]$"),
        (NUMBER | {"logicalTypeOptions": {"maxLength": 1}}, "maxLength is for .* string, not numb"),
        (
            NUMBER | {"logicalTypeOptions": {"minimum": 2, "maximum": 1}},
            "^x: minimum must be at most maximum, not 2 and 1$",
        ),
        (
            NUMBER | {"logicalTypeOptions": {"exclusiveMinimum": 1, "maximum": 1}},
            "^x: exclusiveMinimum must be less than maximum, not 1 and 1$",
        ),
        (
            NUMBER | {"logicalTypeOptions": {"minimum": 0, "exclusiveMinimum": 0}},
            "^x: minimum and exclusiveMinimum cannot both be checked",
        ),
    ],
)
def test_what_cannot_be_checked_is_refused(said: dict[str, Any], says: str) -> None:
    plain = {"name": "x", "logicalType": "string", "physicalType": "string"}
    with pytest.raises(ValueError, match=says):
        list(constraints_of(SchemaProperty(**plain | said)))
