"""Check the installation, the server and the store, without changing anything."""

from __future__ import annotations

import json
from functools import partial

from prefect.settings import PREFECT_HOME
from pydantic import Field

from flows.diagnosis import database, installation, server, sources, store
from flows.diagnosis.checks import Check, Finding, run_checks
from flows.plain_command import PlainCommand, StoreOption, run_plain_command
from tasks.configuration.verdicts import EXIT_FAILED
from tasks.reporting.summary import show_plainly


class Doctor(PlainCommand):
    """Check the installation, the server and the store; print what is wrong and what to do.

    The exit code is 1 if there is a problem, else 0. The command changes nothing.
    """

    store: StoreOption = None
    source: str | None = Field(
        default=None, description="source of the reviews. If unset: that of retraining/weekly."
    )
    json_output: bool = Field(default=False, description="print one JSON object")


def list_checks(store_name: str | None = None, source: str | None = None) -> list[Check]:
    """List the checks in the order of the output."""
    server_checks = {
        "work pool": server.check_pool,
        "deployments": server.check_deployments,
        "automations": server.check_automations,
        "schedule": server.check_schedule,
        "running": server.check_running,
    }
    return [
        Check("package", installation.check_package),
        # Longer than the timeout of its child process, which is 120 seconds.
        Check("tensorflow", installation.check_tensorflow, 125),
        Check("database", partial(database.check_database, PREFECT_HOME.value() / "prefect.db")),
        Check("orphans", database.check_orphans),
        Check("server", server.check_server),
        *(Check(name, run) for name, run in server_checks.items() if server.has_server()),
        Check("store", partial(store.check_store, store_name)),
        Check("last accepted", partial(store.check_accepted, store_name), 60),
        # This check reads the whole champion, which has many megabytes.
        Check("champion", partial(store.check_champion, store_name), 60),
        Check("source", partial(sources.check_source, source)),
    ]


def format_findings(findings: list[tuple[str, Finding]], as_json: bool) -> str:
    """Format the findings as lines, or as one JSON object."""
    if as_json:
        checks = [{"name": name} | finding._asdict() for name, finding in findings]
        return json.dumps({"healthy": not has_problem(findings), "checks": checks})
    lines = []
    for name, (level, found, advice) in findings:
        line = f"{level:<8}  {name:<13}  {found}"
        lines.append(show_plainly(f"{line} → {advice}" if advice else line))
    return "\n".join(lines)


def has_problem(findings: list[tuple[str, Finding]]) -> bool:
    """Return whether any finding is a problem."""
    return any(finding.level == "problem" for _, finding in findings)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    findings: list[tuple[str, Finding]] = []

    def check(options: Doctor) -> str:
        findings.extend(run_checks(list_checks(options.store, options.source)))
        return format_findings(findings, options.json_output)

    code = run_plain_command(Doctor, check, arguments)
    return code or (EXIT_FAILED if has_problem(findings) else 0)


if __name__ == "__main__":
    raise SystemExit(main())
