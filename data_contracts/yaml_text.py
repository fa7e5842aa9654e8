"""Reads YAML as names with values: texts, numbers, true and false, and lists of them."""

from __future__ import annotations

from typing import Any

import yaml

from data_contracts.kinds import show
from data_contracts.problems import InvalidContractError


class _Loader(yaml.CSafeLoader):
    """Reads dates as texts, as the standard does, and refuses a key that is given twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the attribute is PyYAML's
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
        for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ARG002
        """Construct the parts of a node first; PyYAML then refuses a node that holds itself."""
        return super().construct_object(node, deep=True)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct names with values.

        Raises:
            InvalidContractError: a name is given twice.
        """
        seen = set()
        for key, _ in node.value:
            if (name := (key.tag, str(key.value))) in seen:
                line = key.start_mark.line + 1
                raise InvalidContractError(
                    [f"line {line}: the key {show(key.value)} is given twice; remove one"]
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def read_yaml(content: bytes) -> dict[str, Any]:
    """Read YAML.

    Raises:
        InvalidContractError: it is not UTF-8, not YAML, has a key twice, or is not names with
            values.
    """
    try:
        tree = yaml.load(content.decode(), _Loader)  # noqa: S506 - a safe loader
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidContractError([f"line {line}: not UTF-8 text"]) from None
    except yaml.YAMLError as error:
        raise InvalidContractError([_explain_syntax(content, error)]) from None
    except InvalidContractError:
        raise
    except ValueError as error:
        # Python converts at most 4,300 digits.
        what = "a number has too many digits; write it in quotes"
        raise InvalidContractError([f"not valid YAML: {what}"]) from error
    if tree is None:
        raise InvalidContractError(["the document is empty"])
    if not isinstance(tree, dict):
        example = "kind: DataContract"
        raise InvalidContractError(
            [f"the document must be names with values, such as {example}, not {show(tree)}"]
        )
    return tree


def _explain_syntax(content: bytes, error: yaml.YAMLError) -> str:
    """Explain an error of the YAML parser, whose own words are about its tokens."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return "not valid YAML: a character is not allowed there; save it as plain text"
    lines = content.decode().splitlines()
    # The parser notices an open bracket only after it, often at the end.
    number = min(mark.line, len(lines) - 1)
    shown = show(lines[number].strip())
    return (
        f"line {number + 1}: not valid YAML, here or before: {shown}; look for a bracket or a quote"
        " that is not closed, a tab, or a wrong indentation"
    )
