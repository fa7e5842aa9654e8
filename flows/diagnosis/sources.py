"""The check of the source that the scheduled retraining reads."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from flows.deployment.planned import read_deployments
from flows.diagnosis.examination import Check, Finding
from tasks.configuration.errors import SourceError
from tasks.sources.redaction import printable, redact_url
from tasks.sources.web import ask, check_answer

PATIENCE_SECONDS = 8.0
MIB = 1024**2
SCHEDULED = "retraining/weekly"


def list_checks(source: str | None) -> list[Check]:
    """List the check of a source; without one, of that of the weekly deployment in prefect.yaml."""
    if source is None:
        source = next((d.source for d in read_deployments() if d.name == SCHEDULED), "demo")
    return [Check("source", lambda: check_source(source))]


def check_source(source: str) -> Finding:
    """Tell whether a source can be had, without reading it."""
    if source == "demo":
        return Finding("ok", "demo reviews, made up here")
    if source.startswith(("http://", "https://")):
        return _ask_server(source)
    path = Path(source).expanduser()
    if not path.is_file():
        raise SourceError(f"{printable(str(path))}: there is no such file on this machine")
    with path.open("rb") as file:
        file.read(1)
    return Finding("ok", f"{printable(str(path))}, {path.stat().st_size / MIB:.1f} MiB")


def _ask_server(url: str) -> Finding:
    """Ask for the head of an answer; where that is refused, for one whose body is not read."""
    refused = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.FORBIDDEN)
    for method in ("HEAD", "GET"):
        with ask(method, url, lambda _: {}, PATIENCE_SECONDS) as response:
            if method == "HEAD" and response.status_code in refused:
                continue
            check_answer(response, redact_url(url), wait_seconds_max=0)
            length = response.headers.get("content-length", "")
            changed = printable(response.headers.get("last-modified", ""))
            break
    said = [redact_url(url), "answers"]
    said += [f"{int(length) / MIB:.1f} MiB"] if length.isdigit() else []
    said += [f"of {changed}"] if changed else []
    return Finding("ok", " ".join(said))
