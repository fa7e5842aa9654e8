"""The doctor: says what is wrong with an installation, and changes nothing."""

from __future__ import annotations

import json
from functools import partial

from prefect.settings import PREFECT_HOME
from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from flows.diagnosis import database, installation, server, sources, stored
from flows.diagnosis.examination import Check, Finding, examine
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


def list_checks(store: str | None = None, source: str | None = None) -> list[Check]:
    """List the checks, in the order in which their findings are told."""
    of_server = {
        "work pool": server.check_pool,
        "deployments": server.check_deployments,
        "automations": server.check_automations,
        "schedule": server.check_schedule,
        "running": server.check_running,
    }
    return [
        Check("package", installation.check_package),
        # Its process is killed after 120 seconds.
        Check("tensorflow", installation.check_tensorflow, 125),
        Check("database", partial(database.check_database, PREFECT_HOME.value() / "prefect.db")),
        Check("orphans", database.check_orphans),
        Check("server", server.check_server),
        *(Check(name, look) for name, look in of_server.items() if server.is_set()),
        Check("store", partial(stored.check_store, store)),
        Check("last accepted", partial(stored.check_accepted, store), 60),
        # A champion of many megabytes is read as a whole.
        Check("champion", partial(stored.check_champion, store), 60),
        Check("source", partial(sources.check_source, source)),
    ]


def say(findings: list[tuple[str, Finding]], as_json: bool) -> str:
    """Put the findings into lines for people, or into one JSON object."""
    if as_json:
        checks = [{"name": name} | finding._asdict() for name, finding in findings]
        return json.dumps({"healthy": not has_problem(findings), "checks": checks})
    lines = []
    for name, (level, found, advice) in findings:
        line = f"{level:<8}  {name:<13}  {found}"
        lines.append(show_plainly(f"{line} → {advice}" if advice else line))
    return "\n".join(lines)


def has_problem(findings: list[tuple[str, Finding]]) -> bool:
    """Tell whether any check found a problem."""
    return any(finding.level == "problem" for _, finding in findings)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    findings: list[tuple[str, Finding]] = []

    def look(asked: Doctor) -> str:
        findings.extend(examine(list_checks(asked.store, asked.source)))
        return say(findings, asked.json_output)

    code = run_plain_command(Doctor, look, arguments)
    return code or (EXIT_FAILED if has_problem(findings) else 0)


if __name__ == "__main__":
    raise SystemExit(main())
