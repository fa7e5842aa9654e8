"""Reads a document of the Open Data Contract Standard, and refuses unknown keys.

The models of `open-data-contract-standard` ignore unknown keys: a misspelt rule would never be
checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pydantic

from data_contracts.kinds import show
from data_contracts.mending import CUSTOM, make_property, mend, remove, rename
from data_contracts.misspellings import advise, find_meant
from data_contracts.places import Keys, show_place
from data_contracts.problems import InvalidContractError, Problem, refuse
from data_contracts.refused_values import WORDS, explain_refusal
from data_contracts.yaml_text import read_yaml

if TYPE_CHECKING:
    from open_data_contract_standard.model import OpenDataContractStandard
    from pydantic_core import ErrorDetails

OTHER_WORDS = {
    **dict.fromkeys(("columns", "fields"), "properties"),
    **dict.fromkeys(("rules", "checks", "expectations"), "quality"),
    **dict.fromkeys(("tables", "models"), "schema"),
}
"""Keys that people write for those of the standard."""
KIND, API_VERSION = "DataContract", re.compile(r"v3\.\d+\.\d+")
VERSION = re.compile(r"v?[0-9]+(?:\.|$)")
"""The first number is the major version: under another one the target may have another scale."""


class Examined(NamedTuple):
    """A document, in which what the standard refuses is mended or removed.

    Attributes:
        document: as a model.
        tree: the same as names with values.
        problems: what the standard refuses.
    """

    document: OpenDataContractStandard
    tree: dict[str, Any]
    problems: list[Problem]


def read_document(content: bytes) -> OpenDataContractStandard:
    """Read a document of the Open Data Contract Standard.

    Raises:
        InvalidContractError: it is not UTF-8, not YAML, has a key twice, or has keys or values that
            the standard does not allow.
    """
    document, _, problems = examine_document(content)
    if problems:
        raise InvalidContractError(problems)
    return document


def examine_document(content: bytes) -> Examined:
    """Read a document, and mend or remove what the standard does not allow.

    Then other problems can be found too.

    Raises:
        InvalidContractError: it is not UTF-8, not YAML, or not names with values.
    """
    from open_data_contract_standard.model import OpenDataContractStandard

    tree, problems = read_yaml(content)
    mended: set[Keys] = set()
    while True:
        try:
            # Otherwise the texts "false" and "1" would be taken for what they look like.
            document = OpenDataContractStandard.model_validate(tree, extra="allow", strict=True)
        except pydantic.ValidationError as error:
            refused = _group(tree, error.errors())
            problems += [
                _mend_value(tree, keys, errors) for keys, errors in refused if keys not in mended
            ]
            for keys, _ in refused:
                if keys in mended:
                    remove(tree, keys)
            mended |= {keys for keys, _ in refused}
        else:
            unknown = [*_unknown_keys(document, ())]
            problems += [_mend_key(tree, keys, known) for keys, known in unknown]
            if not unknown:
                return Examined(document, tree, problems)


def check_header(document: OpenDataContractStandard) -> Iterator[InvalidContractError]:
    """List what the document lacks to be a data contract of the version that is read."""
    if document.kind != KIND:
        yield _lacks("kind", f"kind must be {KIND}, not {show(document.kind)}")
    if not API_VERSION.fullmatch(document.apiVersion or ""):
        what = f"apiVersion must be v3.1.0 or another v3, not {show(document.apiVersion)}"
        yield _lacks("apiVersion", what)
    if not document.id:
        yield _lacks("id", "the document needs an id, under which a store keeps its champion")
    if not document.version:
        yield _lacks("version", "the document needs a version, such as 1.0.0")
    elif not VERSION.match(document.version):
        what = f"version must begin with a number, such as 1.0.0, not {show(document.version)}"
        yield _lacks("version", what)


def _lacks(key: str, what: str) -> InvalidContractError:
    return refuse(what, (key,), place=(key,))


def _group(tree: Any, errors: list[ErrorDetails]) -> list[tuple[Keys, list[ErrorDetails]]]:
    """Group the values that the models refuse by their places.

    Where a value may be of several kinds, pydantic reports an error for each of them, with the name
    of the kind among the keys. An error about a value is left out where one is about its part.
    """
    found: dict[Keys, list[ErrorDetails]] = {}
    for error in errors:
        found.setdefault(_keys_in(tree, error["loc"]), []).append(error)
    inner = [keys for keys in found if keys]
    return [
        (keys, refused)
        for keys, refused in found.items()
        if not any(other[: len(keys)] == keys for other in inner if other != keys)
    ]


def _mend_value(tree: Any, keys: Keys, refused: list[ErrorDetails]) -> Problem:
    """Mend or remove a value that the models refuse, and describe it."""
    words = dict.fromkeys(map(explain_refusal, refused))
    if WORDS["float_type"] in words:
        words.pop(WORDS["int_type"], None)
    first, *others = words
    expected = " or ".join([first, *(other.removeprefix("must be ") for other in others)])
    given = refused[0]["input"]
    what = f"{show_place(tree, keys)}: {expected}, not {show(given)}"
    of_key = "[key]" in refused[0]["loc"]
    is_known = mend(tree, keys, set() if of_key else {error["type"] for error in refused})
    is_unquoted = first == WORDS["string_type"] and isinstance(given, int | float)
    return Problem(what + "; write it in quotes" * is_unquoted, keys, hides=not is_known)


def _mend_key(tree: Any, keys: Keys, known: list[str]) -> Problem:
    """Rename or remove a key that the standard does not have, and describe it."""
    key, place = str(keys[-1]), show_place(tree, keys)
    meant = find_meant(key, known) or find_meant(OTHER_WORDS.get(key, ""), known)
    advice = advise(meant or key, known)
    if meant:
        rename(tree, keys, meant)
    elif CUSTOM in keys[-3:-1]:
        advice = f"; write property: {key} and value: {show(make_property(tree, keys))}"
    else:
        remove(tree, keys)
    what = f"{place}: the standard has no such key here{advice}"
    return Problem(what, keys, hides=False)


def _keys_in(content: Any, keys: Keys) -> Keys:
    """Return the keys that the document has; pydantic writes some that are numbers as texts."""
    path: list[str | int] = []
    for key in keys:
        if isinstance(content, list) and isinstance(key, int):
            found: list[str | int] = [key]
        else:
            given = content if isinstance(content, dict) else {}
            found = [key] if key in given else [k for k in given if str(k) == str(key)]
        for known in found[:1]:
            path.append(known)
            content = content[known]
    return tuple(path)


def _unknown_keys(part: Any, keys: Keys) -> Iterator[tuple[Keys, list[str]]]:
    """List the keys that the standard does not have, each with those that it has there."""
    if isinstance(part, list):
        for number, item in enumerate(part):
            yield from _unknown_keys(item, (*keys, number))
    elif isinstance(part, pydantic.BaseModel):
        fields = type(part).model_fields
        known = sorted(field.alias or name for name, field in fields.items())
        for key in part.model_extra or {}:
            yield (*keys, key), known
        for name, field in fields.items():
            yield from _unknown_keys(getattr(part, name), (*keys, field.alias or name))
