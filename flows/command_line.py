"""A flow as a command: its parameters as options, its verdict as the exit code.

The options are made from the flow's own signature; `WINE_POINTS_STORE` and the like set them too.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import inspect
import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

from prefect import Flow
from prefect.client.base import ServerType, determine_server_type
from prefect.client.schemas.objects import State
from pydantic import Field, ValidationError, create_model
from pydantic_settings import (
    BaseSettings,
    CliApp,
    CliSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from flows.environment import explain_settings
from flows.old_names import take_new_names
from flows.output import complain, say, tolerate_encodings
from flows.prefect_server import ensure_server
from flows.wine_points import name_command
from tasks.configuration.errors import DataRejectedError, PipelineError, UsageError
from tasks.configuration.settings import PRESETS
from tasks.configuration.verdicts import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE
from tasks.engine.interrupts import note_interrupts, was_interrupted
from tasks.engine.run import NotStoredError, Run
from tasks.reporting.summary import Summary, show_plainly

SLOW_IMPORTS = dict.fromkeys(("fetch", "ingest", "validate"), "data_contracts.judgement") | {
    "train": "tasks.modelling.network"
}
"""What is imported while a temporary server starts, by the first stage that has to run."""
INTERRUPTED = "interrupted; what is finished is kept, and the next run goes on from there"


class Command(BaseSettings):
    """What every command of this project understands."""

    model_config = SettingsConfigDict(
        cli_implicit_flags=True,
        cli_kebab_case=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
        cli_shortcuts={"json-output": "json"},
        env_prefix="WINE_POINTS_",
        env_nested_delimiter="__",
        extra="forbid",
    )

    json_output: bool = Field(
        default=False, description="print one JSON object as the last line of the output"
    )
    dry_run: bool = Field(default=False, description="say which stages would run and why; run none")


class PresetHelp(argparse.RawDescriptionHelpFormatter):
    """Shows for each setting of a stage what the presets say, instead of the model's default."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        stage, _, field = action.dest.partition(".")
        if not field or not action.help:
            return action.help
        values = {
            name: getattr(getattr(preset, stage), field.replace("-", "_"))
            for name, preset in PRESETS.items()
        }
        text = action.help.rpartition(" (default: ")[0]
        distinct = set(values.values())
        if len(distinct) == 1:
            return f"{text} (default: {distinct.pop()})"
        return f"{text} ({', '.join(f'{name}: {value}' for name, value in values.items())})"


def command_of(flow: Flow[Any, Any]) -> type[Command]:
    """Make the command's model: the flow's parameters and the common options."""
    signature = inspect.signature(flow.fn, eval_str=True)
    meanings = flow.parameters.properties
    fields: dict[str, Any] = {
        name: (
            parameter.annotation,
            Field(parameter.default, description=meanings[name].get("description")),
        )
        for name, parameter in signature.parameters.items()
    }
    summary = (flow.description or "").split("\n\n")[0]
    return create_model(flow.name, __base__=Command, __doc__=summary, **fields)


def run_command(
    flow: Flow[Any, Any],
    plan: Callable[..., Run],
    arguments: list[str] | None = None,
    recall: Callable[..., Summary] | None = None,
) -> int:
    """Run a flow from the command line.

    Args:
        flow: its last state's data is a `Summary`.
        plan: called with the flow's parameters for `--dry-run`.
        arguments: words of the command line; None takes the process's own.
        recall: called with the parameters before a temporary server is started; it answers where
            all that the flow would do is stored.

    Returns:
        The exit code: that of the verdict, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in words
    note_interrupts()
    tolerate_encodings()
    try:
        command = _parse(flow, take_new_names(words))
        as_json = command.json_output
        parameters = {name: getattr(command, name) for name in flow.parameters.properties}
        if command.dry_run:
            return _show_plan(plan(**parameters), as_json)
        answer = _answer_from_store(recall, parameters)
        if isinstance(answer, Summary):
            return _show_summary(answer, as_json)
        ensure_server(functools.partial(_import_for, answer))
        state: Any = flow(**parameters, return_state=True)
        return _show_state(state, as_json)
    except SystemExit as ended:
        say()
        return _fail("wrong usage", EXIT_USAGE, as_json) if ended.code else 0
    except (Exception, KeyboardInterrupt) as error:
        line, code = _explain(error)
        return _fail(line, code, as_json)


def _answer_from_store(
    recall: Callable[..., Summary] | None, parameters: dict[str, Any]
) -> Summary | str:
    """Answer where all is stored and no server is named; else name the first stage that runs."""
    # Whoever names a server wants to see every run there.
    if recall is None or determine_server_type() is not ServerType.EPHEMERAL:
        return ""
    try:
        return recall(**parameters)
    except NotStoredError as error:
        return str(error)
    except (PipelineError, OSError):
        # The run fails of it too, and says so on the server.
        return ""


def _import_for(stage: str) -> None:
    """Import what takes seconds and the stage needs."""
    if module := SLOW_IMPORTS.get(stage):
        importlib.import_module(module)


def _parse(flow: Flow[Any, Any], words: list[str]) -> Any:
    model = command_of(flow)
    source: CliSettingsSource[Any] = CliSettingsSource(
        model,
        cli_prog_name=f"wine-points {name_command(flow.name)}",
        cli_exit_on_error=False,
        formatter_class=PresetHelp,
    )
    return CliApp.run(model, cli_args=words, cli_settings_source=source)


def _explain(error: BaseException) -> tuple[str, int]:
    """Say in a line what went wrong, and with which exit code; a defect keeps its traceback."""
    if line := explain_settings(error):
        return line, EXIT_FAILED
    if isinstance(error, ValidationError):
        lines = [
            f"--{'.'.join(map(str, problem['loc'])).replace('_', '-')}: {problem['msg']}"
            f" (given: {problem['input']!r})"
            for problem in error.errors()
        ]
        return "\nerror: ".join(lines), EXIT_USAGE
    if isinstance(error, SettingsError):
        return f"{str(error).removeprefix('error parsing CLI: ')}; see --help", EXIT_USAGE
    if isinstance(error, UsageError):
        return str(error), EXIT_USAGE
    if isinstance(error, PipelineError):
        return str(error), EXIT_FAILED
    # An interrupt inside a library may come out as another error.
    if was_interrupted() or isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, EXIT_INTERRUPTED
    traceback.print_exception(error)
    return f"the run failed: {type(error).__name__}: {error}", EXIT_FAILED


def _show_state(state: State[Any], as_json: bool) -> int:
    result = state.result(raise_on_failure=False)
    if isinstance(result, DataRejectedError):
        result = result.summary
    if not isinstance(result, Summary):
        if isinstance(result, PipelineError):
            raise result
        return _fail(f"the run failed: {state.message or repr(result)}", EXIT_FAILED, as_json)
    return _show_summary(result, as_json)


def _show_summary(summary: Summary, as_json: bool) -> int:
    say(json.dumps(summary.model_dump(mode="json")) if as_json else summary.to_text())
    return summary.verdict.exit_code


def _show_plan(run: Run, as_json: bool) -> int:
    if as_json:
        stages = {n: {"state": o.state, "reason": o.reason} for n, o in run.outcomes.items()}
        say(json.dumps({"dry_run": True, "stages": stages}))
    else:
        for name, outcome in run.outcomes.items():
            say(show_plainly(f"  {name:<19}{outcome.state:<11}{outcome.reason}"))
    return 0


def _fail(line: str, code: int, as_json: bool) -> int:
    shown = "\n".join(map(show_plainly, line.split("\n")))
    complain(shown)
    if as_json:
        say(json.dumps({"verdict": "Failed", "error": line}))
    return code
