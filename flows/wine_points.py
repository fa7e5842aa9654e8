"""The command `wine-points`: all commands under one name, each imported when it is called."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import sys
from typing import NamedTuple


class Command(NamedTuple):
    """A command of `wine-points`.

    Attributes:
        module: with its `main`, which takes words and returns an exit code.
        about: what it does, in a line.
    """

    module: str
    about: str


COMMANDS = {
    "retrain": Command("flows.retraining", "check the data, train, evaluate, promote and report"),
    "check": Command("flows.data_quality", "write the data quality report alone"),
    "score": Command("flows.scoring", "predict points with the champion"),
    "champion": Command("flows.champion", "show, promote, roll back or mirror the champion"),
    "export": Command("flows.export", "write the champion as a SavedModel"),
    "store": Command("flows.housekeeping", "measure and prune the store"),
    "deploy": Command("flows.deploy", "put deployments and automations onto a Prefect server"),
    "serve": Command("flows.serve", "run a server, a worker and the deployments here"),
    "stop": Command("flows.stop", "take down what is served"),
    "doctor": Command("flows.doctor", "say what is wrong with the installation"),
}


def name_command(flow: str) -> str:
    """Return the command that runs a flow, by the flow's name."""
    module = f"flows.{flow.replace('-', '_')}"
    return next(name for name, command in COMMANDS.items() if command.module == module)


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the first word names with the words after it; return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="wine-points",
        description="Scheduled retraining of a text model that you can trust.",
        epilog="`wine-points COMMAND --help` lists a command's options.",
    )
    version = importlib.metadata.version("wine-points")
    parser.add_argument("--version", action="version", version=f"wine-points {version}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.about, add_help=False)
    # Only the first word is for this parser: the command parses the others.
    chosen = COMMANDS[parser.parse_args(words[:1]).command]
    code: int = importlib.import_module(chosen.module).main(words[1:])
    return code


if __name__ == "__main__":
    raise SystemExit(main())
