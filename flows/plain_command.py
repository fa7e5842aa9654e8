"""A command that is no flow: options from a settings model, one line for whatever goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    CliApp,
    CliSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from flows.environment import explain_settings
from flows.output import complain, say, tolerate_encodings
from tasks.configuration.errors import PipelineError, UsageError
from tasks.configuration.verdicts import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE
from tasks.reporting.summary import show_plainly


class PlainCommand(BaseSettings):
    """What the options of every plain command have in common; each adds its own name."""

    model_config = SettingsConfigDict(
        cli_implicit_flags=True,
        cli_kebab_case=True,
        env_prefix="WINE_POINTS_",
        extra="ignore",
    )


Asked = TypeVar("Asked", bound=PlainCommand)


def run_plain_command(
    model: type[Asked], work: Callable[[Asked], str], arguments: list[str] | None = None
) -> int:
    """Parse the command line, do the work, and print what it says.

    Args:
        model: the options; its configuration names the program.
        work: returns what there is to say.
        arguments: words of the command line; None takes the process's own.

    Returns:
        The exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    tolerate_encodings()
    source: CliSettingsSource[Asked] = CliSettingsSource(model, cli_exit_on_error=False)
    try:
        say(work(CliApp.run(model, cli_args=words, cli_settings_source=source)))
    except SystemExit as ended:
        say()
        return EXIT_USAGE if ended.code else 0
    except ValidationError as error:
        if line := explain_settings(error):
            return _fail(line, EXIT_FAILED)
        problem = error.errors()[0]
        return _fail(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}", EXIT_USAGE)
    except SettingsError as error:
        text = str(error).removeprefix("error parsing CLI: ").removeprefix("Error: ")
        return _fail(f"{text}; see --help", EXIT_USAGE)
    except PipelineError as error:
        return _fail(str(error), EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted; nothing is left half done", EXIT_INTERRUPTED)
    return 0


def _fail(line: str, code: int) -> int:
    complain(show_plainly(line))
    return code
