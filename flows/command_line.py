"""A flow as a command: its parameters as options, its verdict as the exit code.

The options are made from the flow's own signature; `WINE_POINTS_STORE` and the like set them too.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import State
from pydantic import Field, ValidationError, create_model
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict

from tasks.engine.run import Run
from tasks.errors import PipelineError, UsageError
from tasks.summary import Summary
from tasks.verdicts import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE


class Command(BaseSettings):
    """What every command of this project understands."""

    model_config = SettingsConfigDict(
        cli_prog_name=None,
        cli_implicit_flags=True,
        cli_kebab_case=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
        env_prefix="WINE_POINTS_",
        env_nested_delimiter="__",
        extra="forbid",
    )

    print_json: bool = Field(
        default=False, validation_alias="json", description="print one JSON object as the last line"
    )
    dry_run: bool = Field(default=False, description="say which stages would run and why; run none")


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
    flow: Flow[Any, Any], plan: Callable[..., Run], arguments: list[str] | None = None
) -> int:
    """Run a flow from the command line.

    Args:
        flow: its last state's data is a `Summary`.
        plan: called with the flow's parameters for `--dry-run`.
        arguments: words of the command line; None takes the process's own.

    Returns:
        The exit code: that of the verdict, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C.
    """
    try:
        command = CliApp.run(command_of(flow), cli_args=arguments)
        parameters = {
            name: getattr(command, name) for name in inspect.signature(flow.fn).parameters
        }
        if command.dry_run:
            return _show_plan(plan(**parameters), command.print_json)
        state: Any = flow(**parameters, return_state=True)
        return _show_state(state, command.print_json)
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"])
            _complain(f"--{where}: {problem['msg']} (given: {problem['input']!r})")
        return EXIT_USAGE
    except PipelineError as error:
        _complain(str(error))
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED
    except KeyboardInterrupt:
        _complain(
            "interrupted; finished stages and epochs are kept, the next run goes on from there"
        )
        return EXIT_INTERRUPTED


def _show_state(state: State[Any], as_json: bool) -> int:
    result = state.result(raise_on_failure=False)
    if not isinstance(result, Summary):
        if isinstance(result, PipelineError):
            raise result
        _complain(f"the run failed: {state.message or result!r}")
        return EXIT_FAILED
    if as_json:
        _say(result.model_dump_json())
    else:
        _show_summary(result)
    return result.verdict.exit_code


def _show_summary(summary: Summary) -> None:
    _say(f"\n{summary.verdict}: {summary.reason}\n")
    for name, figures in summary.stages.items():
        _say(f"  {name:<12}{figures['state']:<11}{figures['seconds']:>8.1f} s")
    if summary.test_mae is not None:
        _say("\n  MAE in points on test        all     unseen")
        own = {"test_mae": summary.test_mae, "test_mae_unseen": summary.test_mae_unseen}
        for name, figures in {"network": own, **summary.baselines}.items():
            every, unseen = _points(figures["test_mae"]), _points(figures["test_mae_unseen"])
            _say(f"  {name:<22}{every:>10}{unseen:>11}")
    for label, path in (
        ("report", summary.report),
        ("data quality", summary.data_quality_report),
        ("model", summary.model),
    ):
        if path:
            _say(f"  {label}: {path}")


def _show_plan(run: Run, as_json: bool) -> int:
    if as_json:
        stages = {n: {"state": o.state, "reason": o.reason} for n, o in run.outcomes.items()}
        _say(json.dumps({"dry_run": True, "stages": stages}))
    else:
        for name, outcome in run.outcomes.items():
            _say(f"  {name:<12}{outcome.state:<11}{outcome.reason}")
    return 0


def _points(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.3f}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(line: str) -> None:
    sys.stderr.write(f"error: {line}\n")
