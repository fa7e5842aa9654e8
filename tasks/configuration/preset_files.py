"""Preset files: a preset, and the values of some of its settings, as YAML.

    base: notebook
    network:
      lstm_units: 48
    training:
      learning_rate: 0.003

A run takes such a file where it takes the name of a preset. Its values enter the cache keys as the
same values do that are given by options.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import yaml
from pydantic import AfterValidator, ConfigDict, Field, ValidationError, create_model

from data_contracts.kinds import show
from data_contracts.misspellings import advise
from data_contracts.places import find_node
from data_contracts.problems import InvalidContractError
from data_contracts.refused_values import explain_refusal
from data_contracts.yaml_text import read_yaml
from tasks.configuration.base_parameters import Parameters
from tasks.configuration.errors import UsageError
from tasks.configuration.presets import PRESETS, Overrides, Preset
from tasks.configuration.settings import Settings
from tasks.configuration.system_errors import explain_system_error

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SUFFIXES = (".yaml", ".yml")
BASE = "base"
"""The key of a file that names its preset."""


def _check_name(name: str) -> str:
    if name not in PRESETS and not name.endswith(SUFFIXES):
        raise ValueError(f"must be {', '.join(PRESETS)}, or a preset file that ends in .yaml")
    return name


# The server checks a deployment's parameter by the pattern.
_SCHEMA = {"pattern": rf"^({'|'.join(PRESETS)})$|\.ya?ml$"}
PresetName = Annotated[str, AfterValidator(_check_name), Field(json_schema_extra=_SCHEMA)]
"""The name of a preset, or the path of a preset file."""

_STAGES: Any = {
    name: (Annotated[field.annotation, Field()] | None, None)
    for name, field in Settings.model_fields.items()
}
_File = create_model("_File", __config__=ConfigDict(extra="forbid"), base=(Preset, ...), **_STAGES)


class ChosenPreset(NamedTuple):
    """A preset and the settings that replace some of its own.

    Attributes:
        base: name of the preset.
        overrides: settings by stage.
    """

    base: Preset
    overrides: Overrides


def choose_preset(name: str, overrides: Overrides) -> ChosenPreset:
    """Return the preset of this name, or that of a preset file with the file's settings.

    Args:
        name: of a preset, or the path of a preset file.
        overrides: settings by stage that a person set; they replace those of the file.

    Raises:
        UsageError: the file cannot be read, or has keys or values that are not allowed.
    """
    for known in PRESETS:
        if name == known:
            return ChosenPreset(known, overrides)
    base, fields = read_preset(Path(name))
    return ChosenPreset(base, lay_over(base, fields, overrides))


def lay_over(base: Preset, fields: Overrides, overrides: Overrides) -> Overrides:
    """Lay settings that a person set over those of a preset file.

    What the file alone sets, and the person's settings leave without effect, is left out: a person
    who overrides a part of a preset need not know the rest.
    """
    given, own = dump_overrides(overrides), dump_overrides(fields)
    names = given.keys() | own.keys()
    merged = {stage: own.get(stage, {}) | given.get(stage, {}) for stage in names}
    for name in PRESETS[base].laid_over(merged).idle_fields():
        stage, field = name.split(".")
        if field not in given.get(stage, {}):
            merged.get(stage, {}).pop(field, None)
    return make_overrides(merged)


def make_overrides(values: Mapping[str, Mapping[str, Any]]) -> Overrides:
    """Make the settings of each stage from the values of fields, in the order of `Settings`."""
    return {
        stage: type(parameters).model_validate(values[stage])
        for stage, parameters in Settings()
        if values.get(stage)
    }


def dump_overrides(overrides: Overrides) -> dict[str, dict[str, Any]]:
    """Return the values of the fields that were set, by stage and field."""
    return {s: f.model_dump(exclude_unset=True) for s, f in overrides.items() if f is not None}


def read_preset(path: Path) -> ChosenPreset:
    """Read a preset file.

    Raises:
        UsageError: it cannot be read, or has keys or values that are not allowed; the message names
            the line, the key and the value.
    """
    try:
        content = path.expanduser().read_bytes()
    except (OSError, RuntimeError) as error:
        why = explain_system_error(error)
        known = ", ".join(PRESETS)
        raise UsageError(f"--preset {path}: {why}; give a preset file, or {known}") from error
    try:
        tree, repeated = read_yaml(content, f"{BASE}: notebook")
        if repeated:
            raise InvalidContractError(repeated)
        file = _File.model_validate(tree)
    except InvalidContractError as error:
        raise UsageError(f"{path}: {error}") from error
    except ValidationError as error:
        problems = "; ".join(_explain(content, problem) for problem in error.errors())
        raise UsageError(f"{path}: {problems}") from error
    base: Preset = file.base  # type: ignore[attr-defined]
    stages: dict[str, Parameters | None] = {name: getattr(file, name) for name in _STAGES}
    try:
        _ = PRESETS[base].with_overrides(stages).model
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    return ChosenPreset(base, {stage: fields for stage, fields in stages.items() if fields})


def _explain(content: bytes, problem: ErrorDetails) -> str:
    """Name the line, the key and the value of what is refused, and what is allowed there."""
    keys = tuple(key for key in problem["loc"] if key != "function-after")
    line = find_node(yaml.compose(content), keys)[1]
    where = f"line {line}: " if line else ""
    name = ".".join(map(str, keys))
    if problem["type"] == "missing":
        return f"the key {name} is missing; add it, such as {name}: notebook"
    if problem["type"] == "extra_forbidden":
        stage = Settings.model_fields.get(str(keys[0])) if len(keys) > 1 else None
        known = type(stage.default).model_fields if stage else [BASE, *Settings.model_fields]
        return f"{where}there is no setting {name}{advise(str(keys[-1]), known)}"
    return f"{where}{name}: {explain_refusal(problem)}, not {show(problem['input'])}"


def format_preset(base: Preset, overrides: Overrides, about: str) -> str:
    """Write a preset file.

    Args:
        base: name of the preset.
        overrides: settings by stage.
        about: sentences for people, at the beginning.
    """
    head = "".join(f"# {line}\n" for line in about.splitlines())
    ordered = dump_overrides(make_overrides(dump_overrides(overrides)))
    values = {BASE: base} | json.loads(json.dumps(ordered))
    return head + yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
