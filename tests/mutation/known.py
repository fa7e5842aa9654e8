"""What is known beforehand: the tests of a module, and the mutants that nothing could notice."""

from __future__ import annotations

from pathlib import Path

import yaml

FILE = Path(__file__).with_name("equivalents.yaml")
CONTRACTS, CHAMPIONS = "tests/data_contracts", "tests/tasks/champions"
BY_NUMBERS = "tests/tasks/test_evaluate_by_numbers.py"
TESTS: dict[str, tuple[str, ...]] = {
    "data_contracts/counted_rows.py": (f"{CONTRACTS}/test_counts.py",),
    "data_contracts/checks.py": (f"{CONTRACTS}/test_small_contracts.py",),
    "data_contracts/evaluation.py": (
        *(f"{CONTRACTS}/test_small_contracts.py", f"{CONTRACTS}/test_measures.py"),
        f"{CONTRACTS}/test_broken_rows.py",
    ),
    "data_contracts/row_checks.py": (
        *(f"{CONTRACTS}/test_broken_rows.py", f"{CONTRACTS}/test_row_expectations.py"),
        f"{CONTRACTS}/test_rejects.py",
    ),
    "data_contracts/suites.py": (f"{CONTRACTS}/test_small_contracts.py",),
    "data_contracts/expectations.py": (
        *(f"{CONTRACTS}/test_expectation_results.py", f"{CONTRACTS}/test_expectations.py"),
    ),
    "tasks/champions/gate.py": (
        *(
            f"{CHAMPIONS}/test_gate.py",
            f"{CHAMPIONS}/test_checks.py",
            f"{CHAMPIONS}/test_champion_rules_figures.py",
        ),
    ),
    "tasks/champions/champion_rules.py": (
        *(f"{CHAMPIONS}/test_champion_rules_figures.py", f"{CHAMPIONS}/test_champion_rules.py"),
    ),
    "tasks/champions/candidate_files.py": ("tests/tasks/promote",),
    "tasks/champions/comparison.py": ("tests/tasks/promote",),
    "tasks/champions/reproduction.py": (
        *(f"{CHAMPIONS}/test_reproduction.py", f"{CHAMPIONS}/test_reproduction_answers.py"),
    ),
    "tasks/engine/stages.py": (
        *("tests/tasks/engine/test_stage_calls.py", "tests/tasks/test_fetch.py"),
        "tests/tasks/deliveries/test_references.py",
    ),
    "tasks/evaluate.py": (BY_NUMBERS, "tests/tasks/test_evaluate.py"),
    "tasks/modelling/predictions.py": (BY_NUMBERS,),
    "tasks/modelling/ridge.py": ("tests/tasks/test_baselines.py",),
    "tasks/modelling/saved_errors.py": ("tests/tasks/promote/test_saved_errors.py",),
    "tasks/modelling/sides.py": (
        *("tests/tasks/modelling/test_sides.py", "tests/tasks/test_split.py"),
    ),
    "tasks/score.py": ("tests/tasks/test_score.py", "tests/tasks/test_score_refusals.py"),
    "tasks/split.py": ("tests/tasks/test_split.py", "tests/tasks/test_split_stage.py"),
}
"""By module, its fast tests where they are others than those of its name."""


def tests_of(module: Path) -> list[str]:
    """List the tests of a module that are there."""
    mirror = Path("tests") / module.parent
    named = (str(mirror / f"test_{module.stem}.py"), str(mirror / module.stem))
    return [path for path in TESTS.get(str(module), named) if Path(path).exists()]


def equivalents_of(module: Path) -> set[tuple[str, str]]:
    """Read a module's equivalents: the text of the line, so that lines may move, and the change."""
    entries = (yaml.safe_load(FILE.read_text(encoding="utf-8")) or {}).get(str(module), [])
    return {(entry["line"], change) for entry in entries for change in entry["changes"]}
