"""The command `wine-points`, which imports only the subcommand that it runs."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import sys
from typing import NamedTuple


class Command(NamedTuple):
    """A subcommand of `wine-points`.

    Attributes:
        module: has a `main` that takes a list of words and returns an exit code.
        about: the line in `wine-points --help`.
    """

    module: str
    about: str


COMMANDS = {
    "retrain": Command("flows.retraining", "check the data, train, evaluate, promote and report"),
    "check": Command("flows.data_quality", "write the data quality report alone"),
    "tune": Command("flows.tuning", "search better settings of the network on the validation set"),
    "contract": Command("flows.contract", "draft a data contract from a file, or check a contract"),
    "score": Command("flows.scoring", "predict the target of new reviews with the champion"),
    "champion": Command("flows.champion", "show, promote, roll back or mirror the champion"),
    "export": Command("flows.export", "write the champion as a SavedModel"),
    "store": Command("flows.housekeeping", "measure and prune the store"),
    "deploy": Command("flows.deploy", "put deployments and automations onto a Prefect server"),
    "serve": Command("flows.serve", "run a server, a worker and the deployments here"),
    "stop": Command("flows.stop", "stop the server and the worker that serve started"),
    "doctor": Command("flows.doctor", "check the installation, the server and the store"),
}


def name_command(flow: str) -> str:
    """Return the name of the subcommand that runs a flow."""
    module = f"flows.{flow.replace('-', '_')}"
    return next(name for name, command in COMMANDS.items() if command.module == module)


def main(arguments: list[str] | None = None) -> int:
    """Run the subcommand that the first word names; return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="wine-points",
        description="Scheduled retraining of a text model, with a verdict for each run.",
        epilog="`wine-points COMMAND --help` lists a command's options.",
    )
    version = importlib.metadata.version("wine-points")
    parser.add_argument("--version", action="version", version=f"wine-points {version}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        subparsers.add_parser(name, help=command.about, add_help=False)
    # This parser reads only the first word; the subcommand has a parser of its own.
    module = COMMANDS[parser.parse_args(words[:1]).command].module
    code: int = importlib.import_module(module).main(words[1:])
    return code


if __name__ == "__main__":
    raise SystemExit(main())
