"""Draft a data contract from a file, and check a contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from pydantic_settings import CliPositionalArg, CliSubCommand, get_subcommand

from data_contracts.problems import InvalidContractError
from flows.plain_command import PlainCommand, report_error, run_plain_command
from tasks.configuration.contract import read_document
from tasks.configuration.errors import ContractError
from tasks.configuration.parameters import IngestParameters


class Draft(BaseModel):
    """Draft the contract of a file of reviews: columns, roles by simple rules, general rules."""

    file: CliPositionalArg[str] = Field(description="file of reviews")
    text: str = Field(description="column with the text")
    target: str = Field(description="column with the score")
    output: str = Field(description="contract to write, such as beer.odcs.yaml")
    overwrite: bool = Field(default=False, description="replace the contract if it exists")
    ingest: IngestParameters = IngestParameters()
    """Settings of reading the file."""


class Check(BaseModel):
    """Check a contract, and list what a person should review."""

    contract: CliPositionalArg[str] = Field(description="name, path or URL of a contract")


class Contract(PlainCommand):
    """Draft a data contract from a file, or check a contract."""

    draft: CliSubCommand[Draft] = Field(description="draft a contract from a file")
    check: CliSubCommand[Check] = Field(description="check a contract")


def draft_or_check(command: Contract) -> str:
    """Run the subcommand; return the text to print.

    Raises:
        PipelineError: the file cannot be read, or the contract is not valid.
    """
    options: Any = get_subcommand(command, cli_exit_on_error=False)
    if isinstance(options, Check):
        return _check(options.contract)
    from tasks.sources.drafts import draft_from_file

    file, output = Path(options.file), Path(options.output)
    words = (options.text, options.target)
    return draft_from_file(file, *words, output, options.ingest, options.overwrite)


def _check(contract: str) -> str:
    """List what to review in a contract, or print each problem on a line of its own."""
    from data_contracts.drafting.review import review_contract

    document = read_document(contract)
    try:
        return review_contract(*document)
    except InvalidContractError as error:
        *others, last = [f"{document.shown}: {problem}" for problem in error.problems]
        for problem in others:
            report_error(problem)
        raise ContractError(last) from error


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Contract, draft_or_check, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
