"""The page about the contract, compared with what a contract may hold."""

from __future__ import annotations

from pathlib import Path

from data_contracts.contract import load_contract
from data_contracts.known_expectations import ANY, EXPECTATIONS, Expectation
from data_contracts.properties import OF_COLUMN

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "data-contract.md"
TEXT = PAGE.read_text(encoding="utf-8")


COMMON = ("strict_min", "strict_max", "mostly", "row_condition")
"""Arguments of many expectations, which the text before the table explains."""


def describe(name: str, known: Expectation) -> str:
    """Write the line about an expectation."""
    columns = [
        f"`{key}`" + ("" if types == ANY else f": {' or '.join(types)}")
        for key, types in known.columns.items()
    ]
    kinds = {f"`{key}`": kind.described for key, kind in known.required.items()}
    kinds |= {f"[`{k}`]": known.optional[k].described for k in known.optional if k not in COMMON}
    if "[`min_value`]" in kinds:
        kinds["`min_value`, `max_value`"] = kinds.pop("[`min_value`]")
        del kinds["[`max_value`]"]
    arguments = [f"{key}: {kind}" for key, kind in kinds.items()]
    arguments += [f"[`{key}`]" for key in COMMON if key in known.optional]
    return f"| `{name}` | {'; '.join(columns)} | {'; '.join(arguments)} |"


def test_the_page_has_every_expectation_with_its_arguments() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("| `expect_")]
    assert lines == [describe(name, known) for name, known in EXPECTATIONS.items()]


def test_the_page_has_every_property_of_a_column() -> None:
    assert [name for name in OF_COLUMN if f"| `{name}` |" not in TEXT] == []


def test_the_page_has_the_bounds_on_the_champions_error() -> None:
    bounded = [rule for rule in load_contract().rules if "max_ratio" in rule.arguments]
    assert len(bounded) == 2
    for rule in bounded:
        (line,) = (line for line in TEXT.splitlines() if line.startswith(f"| `{rule.name}` |"))
        assert f"| {rule.arguments['max_ratio']:g} times" in line
        assert f"| {rule.severity}" in line
