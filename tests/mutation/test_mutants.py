from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from tests.mutation.known import FILE, TESTS, equivalents_of
from tests.mutation.mutants import list_mutants


def changes(source: str) -> list[str]:
    return [mutant.change for mutant in list_mutants(source)]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a < b", ["a < b → a <= b", "a < b → a >= b"]),
        ("a == b", ["a == b → a != b"]),
        ("a is not b", ["a is not b → a is b"]),
        ("a in b", ["a in b → a not in b"]),
        ("a and b", ["a and b → a or b", "a and b → b", "a and b → a"]),
        ("not a", ["not a → a"]),
        ("a - b", ["a - b → a + b", "a - b → a"]),
        ("a | b", ["a | b → a & b", "a | b → a", "a | b → b"]),
        ("x[1]", ["x[1] → x[2]", "x[1] → x[0]"]),
        ("x[a:b]", ["x[a:b] → x[:b]", "x[a:b] → x[a:]"]),
        ("a if b else c", ["a if b else c → a", "a if b else c → c"]),
        ("x = [a, b]", ["[a, b] → [b]", "[a, b] → [a]"]),
        ("x = {'a': b}", ["{'a': b} → {}"]),
        ("x = f(a, k=b)", ["f(a, k=b) → a", "f(a, k=b) → f(a)"]),
        ("x = a.f()", ["a.f() → a"]),
        ("x = min(a, b)", ["min(a, b) → a", "min(a, b) → min(a)", "min(a, b) → max(a, b)"]),
        ("x = {y for y in z if y}", ["{y for y in z if y} → {y for y in z}"]),
        ("f()", ["f() → pass"]),
        ("x = True", ["True → False"]),
        ("x = 'text'", []),
        ("x = float(a)", []),
        ("'''Documentation of 1 thing.'''", []),
        ("logger.info('a', 1)", []),
        ("x: dict[str, 1]", []),
        ("f = g(*zip(a, strict=True))", ["*zip(a, strict=True) → *a"]),
    ],
)
def test_what_becomes_of_an_expression(source: str, found: list[str]) -> None:
    assert changes(source) == found


def test_what_becomes_of_statements() -> None:
    source = '''
def f(a: int = 1) -> int:
    """Say 1 thing."""
    if a:
        raise ValueError(f"not {a + 1}")
    with lock:
        a += b
    for x in y:
        continue
    return a
'''
    assert changes(source)[:2] == ["1 → 2", "1 → 0"]
    assert changes(source)[2:] == [
        "if a: raise ValueError(f'not … → if True: raise ValueError(f'not …",
        "if a: raise ValueError(f'not … → if False: raise ValueError(f'not …",
        "raise ValueError(f'not {a + 1}') → pass",
        "with lock: a += b → if True: a += b",
        "a += b → pass",
        "continue → pass",
        "return a → return None",
    ]


def test_what_runs_only_for_types_or_as_a_program_is_left() -> None:
    assert changes("if TYPE_CHECKING:\n    x = 1\nif __name__ == '__main__':\n    main(1)\n") == []


def test_a_mutant_is_known_by_the_text_of_its_line() -> None:
    first, moved = "x = a < b\n", "\n\n    # Moved.\nx = a < b\n"
    keys = [{(m.source, m.change) for m in list_mutants(source)} for source in (first, moved)]
    assert keys[0] == keys[1] == {("x = a < b", c) for c in ("a < b → a <= b", "a < b → a >= b")}
    twice = list_mutants("x = [f(1), g(f(1))]\n")
    assert len({mutant.change for mutant in twice}) == len(twice)


@pytest.mark.heavy
@pytest.mark.parametrize("module", ["tasks/champions/gate.py", "data_contracts/rules.py"])
def test_each_mutant_is_another_module_that_compiles(module: str) -> None:
    path = Path(__file__).parents[2] / module
    source = path.read_text()
    mutants = list_mutants(source)
    assert len(mutants) > 50
    for number in range(0, len(mutants), 10):
        # A tree is changed for good, so that each mutant needs its own.
        changed = list_mutants(source)[number].change_tree()
        assert ast.dump(changed) != ast.dump(ast.parse(source))
        compile(changed, path, "exec")


@pytest.mark.parametrize("module", yaml.safe_load(FILE.read_text(encoding="utf-8")))
def test_each_equivalent_is_a_mutant_that_there_is(module: str) -> None:
    mutants = list_mutants(Path(module).read_text(encoding="utf-8"))
    assert equivalents_of(Path(module)) - {(m.source, m.change) for m in mutants} == set()


def test_each_module_and_each_test_of_the_list_is_there() -> None:
    named = [*TESTS, *(path for paths in TESTS.values() for path in paths)]
    assert [path for path in named if not Path(path).exists()] == []
