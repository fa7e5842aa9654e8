"""What a node of the syntax tree may be changed into: each change is one that a test should notice.

Texts are left as they are, and so is what makes a value of a type, which is mypy's to check.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

COMPARED = "Lt:LtE,GtE LtE:Lt,Gt Gt:GtE,LtE GtE:Gt,Lt Eq:NotEq NotEq:Eq Is:IsNot IsNot:Is In:NotIn"
RECKONED = "Add:Sub Sub:Add Mult:Div Div:Mult FloorDiv:Mult Mod:Mult BitOr:BitAnd BitAnd:BitOr"
SIGNS = dict(pair.split(":") for pair in f"{COMPARED} NotIn:In {RECKONED} And:Or Or:And".split())
"""By the sign of a comparison or a reckoning, those that may stand in its place."""

PAIRS = (
    *("min max", "any all", "isna notna", "startswith endswith", "removeprefix removesuffix"),
    *("ceil floor", "and_ or_", "lt le", "gt ge", "eq ne", "union intersection"),
)
RENAMED = dict(tuple(p.split()) for p in PAIRS) | dict(tuple(p.split()[::-1]) for p in PAIRS)
BOTH_WAYS = ast.Add | ast.Mult | ast.BitOr | ast.BitAnd
CONVERSIONS = ("bool", "float", "int", "str")


class Names(NamedTuple):
    """The names of a module: those it binds, each as often as it does, and those it imports."""

    bound: Sequence[str]
    imported: set[str]


def alternatives(node: Any, names: Names) -> Iterator[ast.AST]:  # noqa: C901 - a case for each kind
    """Make each node that may stand in this one's place."""
    match node:
        case ast.Compare(left, signs, right):
            for place, sign in enumerate(signs):
                for other in _others(sign):
                    yield ast.Compare(left, [*signs[:place], other, *signs[place + 1 :]], right)
        case ast.BoolOp(sign, values):
            yield from (ast.BoolOp(other, values) for other in _others(sign))
            for rest in _each_left_out(values):
                yield ast.BoolOp(sign, rest) if len(rest) > 1 else rest[0]
        case ast.BinOp(left, sign, right):
            yield from (ast.BinOp(left, other, right) for other in _others(sign))
            yield from (left, right) if isinstance(sign, BOTH_WAYS) else (left,)
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.IfExp(_, body, other):
            yield from (body, other)
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Name(name) if name in RENAMED:
            yield ast.Name(RENAMED[name], ast.Load())
        case ast.Attribute(value, name) if name in RENAMED:
            yield ast.Attribute(value, RENAMED[name], ast.Load())
        case ast.Slice(low, high, step):
            yield from (ast.Slice(None, high, step),) if low else ()
            yield from (ast.Slice(low, None, step),) if high else ()
        case ast.Call():
            yield from _change_call(node, names)
        case ast.Set(items):
            yield from (ast.Set(rest) for rest in _each_left_out(items))
        # A pair that is unpacked ends the tests anyhow without one half.
        case ast.Tuple(items) if not all(isinstance(i, ast.Constant | ast.Starred) for i in items):
            return
        case ast.List(items) | ast.Tuple(items):
            yield from (type(node)(rest, ast.Load()) for rest in _each_left_out(items))
        case ast.Dict(keys, values):
            for rest in _each_left_out([*zip(keys, values, strict=True)]):
                yield ast.Dict([key for key, _ in rest], [value for _, value in rest])
        case ast.comprehension(target, source, conditions):
            for rest in _each_left_out(conditions):
                yield ast.comprehension(target, source, rest, node.is_async)
        case ast.stmt():
            yield from _change_statement(node, names)


def _change_call(node: ast.Call, names: Names) -> Iterator[ast.AST]:
    called, arguments, keywords = node.func, node.args, node.keywords
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    if name in CONVERSIONS:
        return
    if arguments and not isinstance(arguments[0], ast.Starred) and not name[:1].isupper():
        yield arguments[0]
    if isinstance(called, ast.Attribute) and ast.unparse(called.value) not in names.imported:
        yield called.value
    if len(arguments) > 1:
        yield ast.Call(called, arguments[:-1], keywords)
    for rest, left_out in zip(_each_left_out(keywords), keywords, strict=True):
        if left_out.arg != "strict":
            yield ast.Call(called, arguments, rest)


def _change_statement(node: ast.stmt, names: Names) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value) if value and ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.If() | ast.While():
            for value in (True, False):
                yield type(node)(ast.Constant(value), node.body, node.orelse)
        case ast.With(items, body) if not any(item.optional_vars for item in items):
            yield ast.If(ast.Constant(True), body, [])
        case ast.Try(body, _, other, last):
            yield ast.If(ast.Constant(True), [*body, *other, *last], [])
        case ast.Match(subject, [_, _, *_] as cases):
            yield from (ast.Match(subject, rest) for rest in _each_left_out(cases))
        # Without its only binding a name ends the tests anyhow.
        case ast.Assign([ast.Name(name)]) if names.bound.count(name) == 1:
            return
        case ast.Expr(ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.Raise() | ast.Continue():
            yield ast.Pass()
        case (
            ast.Break()
            | ast.AugAssign()
            | ast.Assign([ast.Name() | ast.Attribute() | ast.Subscript()])
        ):
            yield ast.Pass()


def _others(sign: ast.AST) -> list[Any]:
    names = SIGNS.get(type(sign).__name__)
    return [getattr(ast, name)() for name in names.split(",")] if names else []


def _each_left_out(items: Sequence[Any]) -> Iterator[list[Any]]:
    for place in range(len(items)):
        yield [*items[:place], *items[place + 1 :]]
