"""The mutants of a module: where each stands, what it changes, and how it is imported instead."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import itertools
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutation.operators import Names, alternatives

CONTEXT_CHARACTERS = 25
SHOWN_CHARACTERS_MAX = 100
UNTOUCHED = {"annotation", "returns", "format_spec", "bases", "target", "targets", "type_params"}
"""Fields that hold no code that decides."""
GENERIC = ("Callable", "Concatenate", "dict", "frozenset", "list", "set", "tuple")
"""Types that are subscripted in aliases."""

Place = tuple[ast.AST, str, int | None]
"""The node above a changed one, its field, and the number within a list."""


class Mutant(NamedTuple):
    """One change of a module.

    Attributes:
        line: where it stands, from 1.
        source: that line.
        change: what is changed, before and after; unique within the line.
        tree: of the module.
        place: of the changed node.
        node: what comes there.
    """

    line: int
    source: str
    change: str
    tree: ast.Module
    place: Place
    node: ast.AST

    def change_tree(self) -> ast.Module:
        """Change the module's tree, which its other mutants share."""
        _replace(self.place, self.node)
        return ast.fix_missing_locations(self.tree)

    def install(self, path: Path, module: str) -> None:
        """Let this process import the module with the change."""
        code = compile(self.change_tree(), path, "exec")

        class Loader(SourceFileLoader):
            def get_code(self, _: str) -> Any:
                return code

        class Finder(importlib.abc.MetaPathFinder):
            def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
                loader = Loader(module, str(path))
                return importlib.util.spec_from_loader(name, loader) if name == module else None

        sys.meta_path.insert(0, Finder())


def list_mutants(source: str) -> list[Mutant]:
    """List the mutants of a module's source, in the order of its lines."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    bound = [n.arg for n in nodes if isinstance(n, ast.arg)]
    bound += [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    names = Names(bound, {a.asname or a.name for node in imports for a in node.names})
    seen: Counter[tuple[int, str]] = Counter()
    mutants = []
    for place, node, line in _walk(tree, 1):
        for other in alternatives(node, names):
            change = _describe(place, node, other)
            seen[line, change] += 1
            nth = seen[line, change]
            shown = change if nth == 1 else f"{change} (number {nth} there)"
            text = source.splitlines()[line - 1].strip()
            mutants.append(Mutant(line, text, shown, tree, place, other))
    return sorted(mutants, key=lambda mutant: mutant.line)


def _walk(node: ast.AST, line: int) -> Iterator[tuple[Place, ast.AST, int]]:
    """Visit the nodes that may be changed, each with its place and its line."""
    for field, value in ast.iter_fields(node):
        # What an error says is a message, not a decision.
        if field not in UNTOUCHED and not isinstance(node, ast.Raise):
            for number, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST) and not _decides_nothing(child):
                    below = getattr(child, "lineno", line)
                    yield (node, field, number), child, below
                    yield from _walk(child, below)


def _decides_nothing(node: ast.AST) -> bool:
    """Whether a node is documentation, a log's line, a type, or runs only as a program."""
    match node:
        case ast.Expr(ast.Constant()) | ast.Expr(ast.Call(ast.Attribute(ast.Name("logger")))):
            return True
        case ast.If(ast.Name("TYPE_CHECKING") | ast.Compare(ast.Name("__name__"))):
            return True
        # That lengths are equal is a promise to the reader.
        case ast.keyword("strict"):
            return True
    return isinstance(node, ast.Subscript) and getattr(node.value, "id", "") in GENERIC


def _replace(place: Place, node: Any) -> None:
    above, field, number = place
    if number is None:
        setattr(above, field, node)
    else:
        getattr(above, field)[number] = node


def _describe(place: Place, node: ast.AST, other: ast.AST) -> str:
    """Say what is changed, by the expression around it, cut to what differs."""
    above = place[0] if isinstance(place[0], ast.expr | ast.keyword | ast.Return) else None
    before = " ".join(ast.unparse(above or node).split())
    _replace(place, other)
    after = " ".join(ast.unparse(above or other).split())
    _replace(place, node)
    start = max(_count_same(before, after) - CONTEXT_CHARACTERS, 0)
    end = max(_count_same(before[start:][::-1], after[start:][::-1]) - CONTEXT_CHARACTERS, 0)
    return " → ".join(_cut(text, start, end) for text in (before, after))


def _count_same(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _cut(text: str, start: int, end: int) -> str:
    cut = f"{'…' * bool(start)}{text[start : len(text) - end]}{'…' * bool(end)}"
    return cut if len(cut) <= SHOWN_CHARACTERS_MAX else f"{cut[:SHOWN_CHARACTERS_MAX]}…"
