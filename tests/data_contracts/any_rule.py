"""A rule of each expectation that a contract may name, for the made-up contract."""

from __future__ import annotations

from typing import Any

from data_contracts.kinds import Kind
from data_contracts.known_expectations import ANY, STRINGS, Expectation
from data_contracts.rules import Rule
from tests.data_contracts.made_up_contract import COLUMNS

SAMPLES: dict[str, Any] = {
    "true or false": False,
    "a number": 2.5,
    "a number above 0": 0.5,
    "a number of at least 0": 0,
    "a number from 0 to 1": 0.5,
    "a number from -1 to 1": -0.5,
    "a whole number of at least 0": 3,
    "a whole number of at least 1": 2,
    "a list of increasing numbers": [1, 2],
    "a list of names": ["text"],
    "a list of texts or numbers": ["x"],
    "a count for each whole number": {1: 5},
    "a share for each column": {"text": 0.5},
    "a condition": {"type": "nullity", "column": {"name": "text"}, "is_null": False},
    "a regular expression that does not begin with $": "a",
}
"""A value of each kind."""
TYPES = {str(c["name"]): str(c["logicalType"]) for c in COLUMNS}
WRONG = [
    *(None, "x", True, -2, 2, 1.5, [], [None], {}, {"a": "b"}, "$x"),
    *(float("nan"), float("inf"), 10**400, 10**30, 1e300),
]
"""Values, of which each kind refuses some."""


def sample(kind: Kind) -> Any:
    return kind.references[0] if kind.references else SAMPLES[kind.words]


def arguments_of(known: Expectation) -> dict[str, Any]:
    """Arguments of every name that go together; of the text, the target, or both."""
    made = {key: sample(kind) for key, kind in known.arguments.items()}
    for key, types in known.columns.items():
        made[key] = "text" if types in (STRINGS, ANY) and key != "column_B" else "stars"
    if known.columns.get("column_B") == STRINGS:
        made["column_B"] = "a.b"
    if "edges" in made:
        made["column"] = "größe"
    return made


def rule_of(name: str, arguments: dict[str, Any]) -> Rule:
    return Rule("x", arguments.get("column"), "info", name, arguments, "X.")
