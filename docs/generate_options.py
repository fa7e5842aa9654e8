"""Write docs/reference/options.md from the parsers of the commands: `make docs`."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_settings import CliSettingsSource

from flows.champion import Champion
from flows.command_line import FlowCommand, PresetHelp, build_command_model
from flows.contract import Contract
from flows.data_quality import data_quality
from flows.deploy import Deploy
from flows.doctor import Doctor
from flows.export import Export
from flows.housekeeping import Store
from flows.plain_command import HelpFormatter
from flows.retraining import retraining
from flows.scoring import scoring
from flows.serve import Serve
from flows.stop import Stop
from flows.tuning import tuning

PAGE = Path(__file__).parent / "reference/options.md"
MODELS: list[Any] = [
    *map(build_command_model, (retraining, data_quality, tuning)),
    Contract,
    build_command_model(scoring),
    *(Champion, Export, Store, Deploy, Serve, Stop, Doctor),
]
HEAD = """# Options

All options of all commands, with their defaults. `make docs` writes this page from the code.

An option without a value is a switch; `--no-…` switches it off. Separate several values by commas.
[Commands](commands.md) explains how environment variables set options.
"""
DEFAULT = re.compile(r" \((?:default: |(?=demo: |required))(?P<default>.*)\)$")
COLUMNS = "\n| option | value | default | meaning |\n| --- | --- | --- | --- |\n"


def describe_commands() -> str:
    """Return the page as Markdown."""
    parts, shown = [HEAD], dict[str, str]()
    for model in MODELS:
        formatter = PresetHelp if issubclass(model, FlowCommand) else HelpFormatter
        parser: argparse.ArgumentParser = CliSettingsSource(
            model, formatter_class=formatter
        ).root_parser
        parts += describe_parser(f"wine-points {model.__name__.lower()}", parser, shown)
    return "".join(parts)


def describe_parser(
    name: str, parser: argparse.ArgumentParser, shown: dict[str, str]
) -> Iterator[str]:
    """Describe a command and its subcommands.

    Args:
        name: the command.
        parser: its parser.
        shown: the command under which the page shows a table of settings, by table.
    """
    yield f"\n## {name}\n\n{inspect.cleandoc(parser.description or '')}\n"
    tables = {
        str(group.title).partition(" options")[0]: describe_group(group, parser._get_formatter())
        for group in parser._action_groups
    }
    if own := tables.pop("positional arguments") + tables.pop("options"):
        yield COLUMNS + own
    for stage, table in tables.items():
        if table in shown:
            yield f"\nThe settings `--{stage}.…` are those of `{shown[table]}`.\n"
        elif table:
            shown[table] = name
            yield f"\n### `--{stage}.…`\n{COLUMNS}{table}"
    for action in parser._actions:
        if isinstance(action.choices, dict):
            for word, subparser in action.choices.items():
                yield from describe_parser(f"{name} {word}", subparser, shown)


def describe_group(group: argparse._ArgumentGroup, formatter: argparse.HelpFormatter) -> str:
    """Describe each option as a row of a table."""
    rows = []
    for action in group._group_actions:
        text = " ".join((formatter._get_help_string(action) or argparse.SUPPRESS).split())
        if action.dest == "help" or isinstance(action.choices, dict) or text == argparse.SUPPRESS:
            continue
        meaning, default = text, "–" if action.option_strings else "required"
        if found := DEFAULT.search(text):
            meaning, default = text[: found.start()], found["default"]
        names = [name for name in action.option_strings if not name.startswith("--no-")]
        name = min(names, key=len, default=str(action.metavar))
        takes_value = names and not isinstance(action, argparse.BooleanOptionalAction)
        values = show_values(str(action.metavar)) if takes_value else ""
        rows.append(f"| `{name}` | {values} | {default} | {meaning} |\n")
    return "".join(rows)


def show_values(metavar: str) -> str:
    """Return the values of an option."""
    several = "one or more of " if metavar.startswith(("list[", "tuple[")) else ""
    if found := re.search(r"{(.+)}", metavar):
        return several + ", ".join(f"`{choice}`" for choice in found[1].split(","))
    return several + re.sub(r"^\w+\[|,.*|\]$", "", metavar)


if __name__ == "__main__":
    PAGE.write_text(describe_commands())
