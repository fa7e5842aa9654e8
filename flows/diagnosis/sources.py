"""The check of the source that the scheduled retraining reads."""

from __future__ import annotations

from pathlib import Path

from flows.deployment.planned import read_deployments
from flows.diagnosis.examination import Finding
from tasks.configuration.errors import SourceError
from tasks.sources.redaction import printable, redact_url
from tasks.sources.web import ask, check_answer

PATIENCE_SECONDS = 8.0
MIB = 1024**2
SCHEDULED = "retraining/weekly"


def check_source(named: str | None) -> Finding:
    """Tell whether a source can be had, without reading it.

    Args:
        named: the source; None: that of the weekly deployment in prefect.yaml.
    """
    planned = (plan.source for plan in read_deployments() if plan.name == SCHEDULED)
    source = named or next(planned, "demo")
    if source == "demo":
        return Finding("ok", "demo reviews, made up here")
    if source.startswith(("http://", "https://")):
        return _ask_website(source)
    path = Path(source).expanduser()
    shown = printable(str(path))
    if not path.is_file():
        raise SourceError(f"{shown}: there is no such file on this machine")
    with path.open("rb") as file:
        file.read(1)
    return Finding("ok", f"{shown}, {path.stat().st_size / MIB:.1f} MiB")


def _ask_website(url: str) -> Finding:
    """Ask for the file, as a run does, and read the headers of the answer alone.

    Many servers refuse HEAD, above all for addresses that are signed for GET.
    """
    with ask("GET", url, lambda _: {}, PATIENCE_SECONDS) as response:
        check_answer(response, redact_url(url), wait_seconds_max=0)
        length = response.headers.get("content-length", "")
        changed = printable(response.headers.get("last-modified", ""))
    size = f" {int(length) / MIB:.1f} MiB" if length.isdigit() else ""
    return Finding("ok", f"{redact_url(url)} answers{size}{changed and f' of {changed}'}")
