"""Reads YAML as names with values: texts, numbers, true and false, and lists of them."""

from __future__ import annotations

from typing import Any

import yaml

from data_contracts.kinds import show
from data_contracts.problems import InvalidContractError, Problem

TEXT = "tag:yaml.org,2002:str"
TAKEN_FOR_TEXTS = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:bool")
"""Tags of keys that are taken for texts. Numbers are not: a rule may count them."""

COLON = (
    "a value that holds a colon and a space needs quotes, and keys of one part the same indentation"
)
ADVICE = {
    "mapping values are not allowed": COLON,
    "found undefined alias": "a value that begins with * needs quotes",
    "could not determine a constructor": "a value that begins with ! needs quotes",
    "found unknown escape character": r"in double quotes, write \\ for \, or use single quotes",
}
"""What to do about an error, by how PyYAML's words for it begin."""
NO_VALUE = "found character that cannot start any token"


class _Loader(yaml.CSafeLoader):
    """Reads dates as texts, as the standard does, and lists keys that are given twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the attribute is PyYAML's
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
        for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        """Start with no key given twice."""
        super().__init__(text)
        self.repeated: list[Problem] = []

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ARG002
        """Construct the parts of a node first; PyYAML then refuses a node that holds itself."""
        return super().construct_object(node, deep=True)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct names with values; of a name that is given twice, the last counts.

        A name such as `yes` or `~` is a text, so that messages name it as it is written.
        """
        seen = set()
        for key, _ in node.value:
            if key.tag in TAKEN_FOR_TEXTS:
                key.tag = TEXT
            if (name := (key.tag, str(key.value))) in seen:
                what = f"the key {show(key.value)} is given twice; remove one"
                self.repeated.append(Problem(what, line=key.start_mark.line + 1))
            seen.add(name)
        return super().construct_mapping(node, deep)


def read_yaml(
    content: bytes, example: str = "kind: DataContract"
) -> tuple[dict[str, Any], list[Problem]]:
    """Read YAML; return it with the keys that are given twice, which hide nothing else.

    Args:
        content: the document.
        example: a name with its value, for a message.

    Raises:
        InvalidContractError: it is not UTF-8, not YAML, or is not names with values.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidContractError([Problem("not UTF-8 text", line=line)]) from None
    try:
        loader = _Loader(text)
        tree = loader.get_single_data()
    except yaml.YAMLError as error:
        raise InvalidContractError([_explain_syntax(text, error)]) from None
    except ValueError as error:
        # Python converts at most 4,300 digits.
        what = "not valid YAML: a number has too many digits; write it in quotes"
        raise InvalidContractError([Problem(what)]) from error
    if tree is None:
        raise InvalidContractError([*loader.repeated, Problem("the document is empty")])
    if not isinstance(tree, dict):
        what = f"the document must be names with values, such as {example}, not"
        raise InvalidContractError([*loader.repeated, Problem(f"{what} {show(tree)}")])
    return tree, loader.repeated


def _explain_syntax(text: str, error: yaml.YAMLError) -> Problem:
    """Explain an error of the YAML parser, whose own words are about its tokens."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Problem("not valid YAML: a character is not allowed there; save it as plain text")
    lines = text.splitlines()
    # The parser notices an open bracket only after it, often at the end.
    number = min(mark.line, len(lines) - 1)
    shown = show(lines[number].strip())
    advice = _advise(getattr(error, "problem", None) or "", lines[number], mark.column)
    return Problem(f"not valid YAML, here or before: {shown}; {advice}", line=number + 1)


def _advise(words: str, line: str, column: int) -> str:
    """Say what to do about an error, by PyYAML's words for it and its place."""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent by spaces, not by tabs"
    if words.startswith(NO_VALUE):
        return f"a value that begins with {show(line[column : column + 1])} needs quotes"
    known = (advice for start, advice in ADVICE.items() if words.startswith(start))
    general = "look for a bracket or a quote that is not closed, or a wrong indentation"
    return next(known, general)
