"""Commands that run no flow, and what all commands share: base model, parser, error messages."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Collection
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    CliApp,
    CliSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from data_contracts.refused_values import explain_refusal
from flows.environment import explain_settings_error
from flows.output import flush_output, print_error, print_text, tolerate_encodings
from tasks.configuration.errors import PipelineError, UsageError
from tasks.configuration.verdicts import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE
from tasks.engine.interrupts import was_interrupted
from tasks.reporting.summary import show_plainly

NO_JSON = re.compile(
    r'error parsing value for field "(?P<field>\w+)" from source "(?P<source>\w+)"'
    r"|Parsing error encountered for (?P<option>\w+)"
)
INTERRUPTED = "interrupted; finished work is kept, and the next run resumes from there"


class PlainCommand(BaseSettings):
    """Base of all commands: each field is an option and an environment variable.

    The command has the name of the class.
    """

    model_config = SettingsConfigDict(
        cli_avoid_json=True,
        cli_implicit_flags=True,
        cli_kebab_case=True,
        cli_hide_none_type=True,
        cli_shortcuts={"json-output": "json"},
        env_prefix="WINE_POINTS_",
    )


NO_DEFAULT = re.compile(r" \(default: (None|null|False|\[\])\)$")
SEVERAL = re.compile(r"^(?:list|tuple)\[(.+?)(?:,\.\.\.)?\]$")
"""The type of an option that takes several values, as pydantic-settings shows it."""

Options = TypeVar("Options", bound=PlainCommand)
STORE_HELP = "folder or bucket (s3://, gs:// or az://). If unset: WINE_POINTS_STORE, else `store`."
StoreOption = Annotated[str | None, Field(description=STORE_HELP)]
CONTRACT_HELP = (
    "data contract: a name in data_contracts/, a path, or an http(s) URL. If unset:"
    " WINE_POINTS_CONTRACT, else `wine_reviews`."
)
ContractOption = Annotated[str | None, Field(description=CONTRACT_HELP)]


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Shows values and defaults without Python's syntax."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        shown = action.help and NO_DEFAULT.sub("", action.help)
        return shown and shown.replace("(default: ())", "(default: none)")

    def _metavar_formatter(
        self, action: argparse.Action, default_metavar: str
    ) -> Callable[[int], tuple[str, ...]]:
        show = super()._metavar_formatter(action, default_metavar)
        return lambda size: tuple(SEVERAL.sub(r"\1,...", metavar) for metavar in show(size))


def parse(
    model: type[Options],
    words: list[str],
    formatter: type[argparse.HelpFormatter] = HelpFormatter,
) -> Options:
    """Parse the command line and the environment.

    Args:
        model: the options.
        words: the command line.
        formatter: formats `--help`.

    Raises:
        SystemExit: after `--help`.
        SettingsError: an option is unknown, or has no value.
        ValidationError: a value is not allowed.
    """
    model.__doc__ = inspect.getdoc(model)
    source: CliSettingsSource[Any] = CliSettingsSource(
        model,
        cli_prog_name=f"wine-points {model.__name__.lower()}",
        cli_exit_on_error=False,
        formatter_class=formatter,
    )
    return CliApp.run(model, cli_args=words, cli_settings_source=source)


def run_plain_command(
    model: type[Options], work: Callable[[Options], str], arguments: list[str] | None = None
) -> int:
    """Parse the command line, do the work, and print the text that it returns.

    Args:
        model: the options.
        work: called with the options.
        arguments: the command line; by default that of this process.

    Returns:
        The exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C.
    """
    tolerate_encodings()
    try:
        print_text(work(parse(model, sys.argv[1:] if arguments is None else arguments)))
    except SystemExit as exit_:
        flush_output()
        return EXIT_USAGE if exit_.code else 0
    except (Exception, KeyboardInterrupt) as error:
        # Only subcommands are required fields.
        fields = model.model_fields.items()
        message, code = explain_error(error, {n for n, field in fields if field.is_required()})
        report_error(message)
        return code
    return 0


def explain_error(error: BaseException, subcommands: Collection[str] = ()) -> tuple[str, int]:
    """Return the error message and the exit code; print the traceback of an unexpected error."""
    if message := explain_settings_error(error):
        return message, EXIT_FAILED
    if isinstance(error, ValidationError):
        return "; ".join(_explain_value(e, subcommands) for e in error.errors()), EXIT_USAGE
    if isinstance(error, SettingsError):
        return _explain_options(str(error)), EXIT_USAGE
    if isinstance(error, PipelineError):
        return str(error), EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED
    # A library may turn a KeyboardInterrupt into another error.
    if was_interrupted() or isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, EXIT_INTERRUPTED
    traceback.print_exception(error)
    return f"unexpected {type(error).__name__}: {error}", EXIT_FAILED


def _explain_options(text: str) -> str:
    """Explain an error of pydantic-settings about the options as a whole."""
    if found := NO_JSON.search(text):
        name, prefix = found["field"] or found["option"], PlainCommand.model_config["env_prefix"]
        is_variable = found["source"] == "EnvSettingsSource"
        place = f"{prefix}{name.upper()}" if is_variable else f"--{name.replace('_', '-')}"
        return f'{place}: the value cannot be read; write it as JSON, such as ["a", "b"]'
    text = text.removeprefix("error parsing CLI: ").removeprefix("Error: ")
    return f"{text}; see --help"


def _explain_value(problem: ErrorDetails, subcommands: Collection[str]) -> str:
    names = [str(name).replace("_", "-") for name in problem["loc"]]
    # The place of an option of a subcommand begins with the subcommand.
    is_typed_after = names[:1] and names[0] in subcommands
    option = f"--{'.'.join(names[1:])}" if is_typed_after else ".".join(names)
    if problem["type"] == "missing":
        return f"{option} is missing; see --help"
    return f"{option}: {explain_refusal(problem)} (given: {problem['input']!r})"


def report_error(message: str) -> None:
    """Print an error message on one line, without control characters."""
    print_error(show_plainly(" ".join(message.splitlines())))
