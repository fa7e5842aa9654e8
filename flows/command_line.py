"""Flows as commands: a flow's parameters become options, and its verdict the exit code.

Environment variables such as `WINE_POINTS_STORE` set the options too.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
from collections.abc import Callable
from typing import Any

from prefect import Flow
from prefect.client.base import ServerType, determine_server_type
from prefect.client.schemas.objects import State
from pydantic import Field, create_model
from pydantic_settings import SettingsConfigDict

from flows.failure_lines import leave_out_failures
from flows.old_names import replace_old_names
from flows.output import flush_output, print_text, tolerate_encodings
from flows.plain_command import HelpFormatter, PlainCommand, explain_error, parse, report_error
from flows.prefect_server import ensure_server
from flows.wine_points import name_command
from tasks.configuration.contract import load_contract
from tasks.configuration.errors import DataRejectedError, PipelineError
from tasks.configuration.presets import CHOSEN, PRESETS
from tasks.configuration.verdicts import EXIT_FAILED, EXIT_USAGE
from tasks.engine.interrupts import note_interrupts
from tasks.engine.run import NotStoredError, Run
from tasks.reporting.summary import Summary, show_plainly

SLOW_IMPORTS = dict.fromkeys(("fetch", "ingest", "validate"), "data_contracts.judgement") | {
    "train": "tasks.modelling.network",
    "trial": "tasks.modelling.network",
}
"""The module to import while a temporary server starts, by the first stage that has to run."""


class FlowCommand(PlainCommand):
    """Base of the commands that run a flow."""

    model_config = SettingsConfigDict(env_nested_delimiter="__")

    json_output: bool = Field(
        default=False, description="print one JSON object as the last line of the output"
    )
    dry_run: bool = Field(
        default=False, description="print which stages would run and why, and run none"
    )


class PresetHelp(HelpFormatter):
    """Shows the value of each preset for a stage's setting, instead of the model's default."""

    def add_text(self, text: str | None) -> None:
        """Add a description, without the default of a stage's settings as a whole."""
        super().add_text(text and text.removeprefix("default: None (undefined)\n"))

    def _get_help_string(self, action: argparse.Action) -> str | None:
        stage, _, field = action.dest.partition(".")
        if not field or not action.help:
            return super()._get_help_string(action)
        values = {
            name: getattr(getattr(preset, stage), field.replace("-", "_"))
            for name, preset in PRESETS.items()
        }
        if action.dest.replace("-", "_") in CHOSEN:
            values["auto"] = "by the reviews"
        text = action.help.rpartition(" (default: ")[0]
        distinct = set(values.values())
        if len(distinct) > 1:
            shown = ", ".join(f"{name}: {_show_value(value)}" for name, value in values.items())
            return f"{text} ({shown})"
        default = distinct.pop()
        if default is None or default is False:
            return text
        return f"{text} (default: {_show_value(default)})"


def _show_value(value: Any) -> str:
    """Show the value of a setting without Python's syntax."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return "unset" if value is None else str(value)


def build_command_model(flow: Flow[Any, Any]) -> type[FlowCommand]:
    """Create the model of a command's options: the flow's parameters and the common options."""
    signature = inspect.signature(flow.fn, eval_str=True)
    properties = flow.parameters.properties
    fields: dict[str, Any] = {
        name: (
            parameter.annotation,
            Field(parameter.default, description=properties[name].get("description")),
        )
        for name, parameter in signature.parameters.items()
    }
    summary = (flow.description or "").split("\n\n")[0]
    return create_model(name_command(flow.name), __base__=FlowCommand, __doc__=summary, **fields)


def run_command(
    flow: Flow[Any, Any],
    plan: Callable[..., Run],
    arguments: list[str] | None = None,
    recall: Callable[..., Summary] | None = None,
    check: Callable[..., None] | None = None,
) -> int:
    """Run a flow from the command line.

    Args:
        flow: ends in a state whose data is a `Summary`.
        plan: called with the flow's parameters for `--dry-run`.
        arguments: the command line; by default that of this process.
        recall: called with the flow's parameters before a temporary server starts; returns the
            summary if the store holds every output of the run, else raises a `NotStoredError`.
        check: called with the flow's parameters before a server starts; raises a UsageError.

    Returns:
        The exit code: that of the verdict, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in words
    note_interrupts()
    tolerate_encodings()
    try:
        command: Any = parse(build_command_model(flow), replace_old_names(words), PresetHelp)
        as_json = command.json_output
        parameters = {name: getattr(command, name) for name in flow.parameters.properties}
        if command.dry_run:
            return _show_plan(plan(**parameters), as_json)
        # Report what is invalid before starting a server.
        load_contract(parameters["contract"])
        if check:
            check(**parameters)
        return _run(flow, parameters, recall, as_json)
    except SystemExit as exit_:
        flush_output()
        return EXIT_USAGE if exit_.code else 0
    except (Exception, KeyboardInterrupt) as error:
        message, code = explain_error(error)
        return _fail(message, code, as_json)


def _run(
    flow: Flow[Any, Any],
    parameters: dict[str, Any],
    recall: Callable[..., Summary] | None,
    as_json: bool,
) -> int:
    """Print the stored summary, or run the flow on a server and print its summary."""
    stage = ""
    # A person who names a server wants to see every run on it.
    if recall and determine_server_type() is ServerType.EPHEMERAL:
        try:
            return _show_summary(recall(**parameters), as_json)
        except NotStoredError as error:
            stage = str(error)
        except (PipelineError, OSError):
            # The run fails with the same error, and the server shows it.
            pass
    leave_out_failures()
    ensure_server(lambda: _import_slow_module(stage))
    state: Any = flow(**parameters, return_state=True)
    return _show_state(state, as_json)


def _import_slow_module(stage: str) -> None:
    if module := SLOW_IMPORTS.get(stage):
        importlib.import_module(module)


def _show_state(state: State[Any], as_json: bool) -> int:
    result = state.result(raise_on_failure=False)
    if isinstance(result, DataRejectedError):
        result = result.summary
    if isinstance(result, PipelineError):
        raise result
    if not isinstance(result, Summary):
        return _fail(f"the run failed: {state.message or repr(result)}", EXIT_FAILED, as_json)
    return _show_summary(result, as_json)


def _show_summary(summary: Summary, as_json: bool) -> int:
    print_text(json.dumps(summary.model_dump(mode="json")) if as_json else summary.to_text())
    return summary.verdict.exit_code


def _show_plan(run: Run, as_json: bool) -> int:
    if as_json:
        stages = {n: {"state": o.state, "reason": o.reason} for n, o in run.outcomes.items()}
        print_text(json.dumps({"dry_run": True, "stages": stages}))
    else:
        for name, outcome in run.outcomes.items():
            print_text(show_plainly(f"  {name:<19}{outcome.state:<11}{outcome.reason}"))
    return 0


def _fail(message: str, code: int, as_json: bool) -> int:
    report_error(message)
    if as_json:
        print_text(json.dumps({"verdict": "Failed", "error": message}))
    return code
