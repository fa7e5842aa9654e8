"""Checks a contract document as a whole, and lists all that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from data_contracts.constraints import AS_WRITTEN
from data_contracts.dataset import Dataset
from data_contracts.document import check_header, examine_document
from data_contracts.known_expectations import NUMBERS
from data_contracts.names import check_name, check_names
from data_contracts.places import COLUMNS, TABLE, find_node, resolve
from data_contracts.problems import (
    InvalidContractError,
    Problem,
    Problems,
    join_causes,
    leave_out_consequences,
    refuse,
)
from data_contracts.properties import (
    OF_COLUMN,
    OF_TABLE,
    TOLERANCE,
    check_properties,
    properties_of,
)
from data_contracts.roles import assign_roles, read_dataset
from data_contracts.rule_checks import check_references, check_rule
from data_contracts.rules import Rule, rules_of_column, rules_of_table
from data_contracts.unreadable import RULE

if TYPE_CHECKING:
    from open_data_contract_standard.model import (
        OpenDataContractStandard,
        SchemaObject,
        SchemaProperty,
    )


class Checked(NamedTuple):
    """A document that can be used, with the roles of its columns and all rules."""

    document: OpenDataContractStandard
    table: SchemaObject
    dataset: Dataset
    rules: list[Rule]


def check_contract(content: bytes) -> Checked:
    """Read and check a contract document.

    Raises:
        InvalidContractError: it breaks the standard, or holds what the pipeline cannot use.
    """
    document, tree, found = examine_document(content)
    problems = Problems(found)
    for refusal in check_header(document):
        with problems.collect():
            raise refusal
    table, dataset, rules = _find_table(document, problems), None, [RULE]
    if table and _has_columns(table, problems):
        columns = table.properties or []
        _check_names(columns, problems)
        named, kept = _name_all(columns, tree)
        rules += _read_rules(table, named, problems)
        # A column that is given twice has its role and its rules twice, too.
        _check_rule_names(rules, {None, *(column.name for column in kept)}, problems)
        with problems.collect():
            dataset = read_dataset(str(document.id), kept)
    if problems.found or table is None or dataset is None:
        raise InvalidContractError(_locate(problems.found, content, tree))
    return Checked(document, table, dataset, rules)


def _locate(found: list[Problem], content: bytes, tree: dict[str, Any]) -> list[Problem]:
    """Leave out what follows from other problems, and sort the rest by lines."""
    placed = [
        problem._replace(
            place=resolve(tree, problem.place),
            needs=tuple(resolve(tree, need) for need in problem.needs),
        )
        for problem in found
    ]
    root = yaml.compose(content.decode(), yaml.CSafeLoader)
    reported: dict[object, Problem] = {}
    for problem in join_causes(leave_out_consequences(placed)):
        node, line = find_node(root, resolve(tree, problem.place))
        # A part that an alias repeats is reported once, without the name of the rule.
        reported.setdefault(
            (id(node), problem.what.partition(": ")[2] or problem.what),
            problem._replace(line=problem.line or line),
        )
    return sorted(reported.values(), key=lambda problem: problem.line or 0)


def _find_table(document: OpenDataContractStandard, problems: Problems) -> SchemaObject | None:
    """Return the table of a document; collect what it lacks."""
    tables = document.schema_ or []
    with problems.collect("schema"):
        if len(tables) != 1:
            what = f"the document describes {len(tables)} tables instead of one"
            raise refuse(what, ("schema",))
    with problems.collect("name"):
        if tables and not document.name and not tables[0].name:
            raise refuse("the document needs a name", ("name",), (*TABLE, "name"))
    return tables[0] if tables else None


def _has_columns(table: SchemaObject, problems: Problems) -> bool:
    with problems.collect(*COLUMNS):
        if not table.properties:
            raise refuse("the table needs properties, a list of columns", COLUMNS)
    return bool(table.properties)


def _check_names(columns: list[SchemaProperty], problems: Problems) -> None:
    for number, column in enumerate(columns):
        place = (*COLUMNS, number, "name")
        with problems.collect(*place):
            check_name(column, place)
    with problems.collect():
        check_names(columns)


def _name_all(
    columns: list[SchemaProperty], tree: Any
) -> tuple[list[SchemaProperty], list[SchemaProperty]]:
    """Name the columns that have no name or that of another one, here and in the tree.

    So their other problems can be reported.

    Returns:
        All columns, and those of different names.
    """
    named: dict[str, SchemaProperty] = {}
    kept, written = [], tree["schema"][0]["properties"]
    for number, column in enumerate(columns):
        place = f"column {number + 1}"
        name = column.name or place
        is_repeated = name in named
        name = f"{name} ({place})" if is_repeated else name
        named[name] = column.model_copy(update={"name": name})
        # An alias makes two columns of the tree the same.
        written[number] = written[number] | {"name": name}
        if not is_repeated:
            kept.append(named[name])
    return [*named.values()], kept


def _read_rules(
    table: SchemaObject, columns: list[SchemaProperty], problems: Problems
) -> list[Rule]:
    """Read the rules, and check each part of the table by itself."""
    _check_tolerance(table, problems)
    rules = [*rules_of_table(table.quality or [], problems)]
    for column in columns:
        place = (*COLUMNS, str(column.name))
        with problems.collect():
            check_properties(column, OF_COLUMN, place)
        rules += rules_of_column(column, problems)
    types = {str(c.name): str(c.logicalType) for c in columns}
    types |= {f"{AS_WRITTEN}{c.name}": "string" for c in columns if c.logicalType in NUMBERS}
    roles = {str(role): str(c.name) for role, c in assign_roles(columns, Problems()).items()}
    binned = {
        str(c.name)
        for c in columns
        if c.logicalType in NUMBERS and "sliceEdges" in properties_of(c)
    }
    for rule in rules:
        with problems.collect(*rule.place):
            check_rule(rule, types)
            check_references(rule, roles, binned)
    return rules


def _check_tolerance(table: SchemaObject, problems: Problems) -> None:
    place = (*TABLE, "customProperties")
    with problems.collect():
        check_properties(table, OF_TABLE, TABLE)
    with problems.collect(*place):
        if TOLERANCE not in properties_of(table):
            what = f"the custom property {TOLERANCE} must be {OF_TABLE[TOLERANCE].words}"
            raise refuse(f"{table.name or 'the table'}: {what}", place)


def _check_rule_names(rules: list[Rule], columns: set[str | None], problems: Problems) -> None:
    """Make sure that the rules of these columns have different names."""
    names: set[str] = set()
    for rule in rules:
        with problems.collect(*rule.place):
            if rule.column in columns and rule.name in names:
                what = f"two rules have the same name {rule.name}; give one another name"
                raise ValueError(what)
        names.add(rule.name)
