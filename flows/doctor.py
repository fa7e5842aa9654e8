"""The doctor: says what is wrong with an installation, and changes nothing."""

from __future__ import annotations

import json

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from flows.diagnosis import database, installation, scheduling, serving, sources, stored
from flows.diagnosis.examination import Finding, examine
from flows.plain_command import PlainCommand, run_plain_command
from tasks.configuration.verdicts import EXIT_FAILED
from tasks.reporting.summary import show_plainly


class Doctor(PlainCommand):
    """Look at the installation, the server and the store; say what is wrong and what to do.

    Ends with 0 where nothing is a problem, else with 1. Changes nothing.
    """

    model_config = SettingsConfigDict(cli_hide_none_type=True, cli_prog_name="wine-points doctor")

    store: str | None = Field(
        default=None, description="name of the store; else WINE_POINTS_STORE, else `store`"
    )
    source: str | None = Field(
        default=None, description="what is read; else the source of the weekly deployment"
    )
    json_output: bool = Field(
        default=False, validation_alias=AliasChoices("json"), description="print one JSON object"
    )


Findings = list[tuple[str, Finding]]


def look(asked: Doctor) -> Findings:
    """Ask all checks."""
    return examine(
        [
            *installation.list_checks(),
            *database.list_checks(),
            *serving.list_checks(),
            *scheduling.list_checks(),
            *stored.list_checks(asked.store),
            *sources.list_checks(asked.source),
        ]
    )


def say(findings: Findings, as_json: bool) -> str:
    """Put the findings into lines for people, or into one JSON object."""
    if as_json:
        checks = [{"name": name} | finding._asdict() for name, finding in findings]
        return json.dumps({"healthy": not has_problem(findings), "checks": checks})
    lines = []
    for name, (level, found, advice) in findings:
        line = f"{level:<8}  {name:<13}  {found}"
        lines.append(show_plainly(f"{line} → {advice}" if advice else line))
    return "\n".join(lines)


def has_problem(findings: Findings) -> bool:
    """Tell whether any check found a problem."""
    return any(finding.level == "problem" for _, finding in findings)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    findings: Findings = []

    def examine_and_say(asked: Doctor) -> str:
        findings.extend(look(asked))
        return say(findings, asked.json_output)

    code = run_plain_command(Doctor, examine_and_say, arguments)
    return code or (EXIT_FAILED if has_problem(findings) else 0)


if __name__ == "__main__":
    raise SystemExit(main())
