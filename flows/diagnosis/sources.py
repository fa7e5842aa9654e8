"""The check of the source of the scheduled retraining."""

from __future__ import annotations

from pathlib import Path

from flows.deployment.prefect_yaml import read_deployments
from flows.diagnosis.checks import Finding
from tasks.configuration.errors import SourceError
from tasks.fetch import IN_A_BUCKET
from tasks.sources.many_files import find_files
from tasks.sources.redaction import printable, redact_url
from tasks.sources.web import ask, check_answer

TIMEOUT_SECONDS = 8.0
MIB = 1024**2
SCHEDULED = "retraining/weekly"


def check_source(source: str | None) -> Finding:
    """Check that the source can be fetched, without reading it.

    Args:
        source: the source; by default that of the weekly deployment in prefect.yaml.
    """
    scheduled = (plan.source for plan in read_deployments() if plan.name == SCHEDULED)
    source = source or next(scheduled, "demo")
    if source == "demo":
        return Finding("ok", "demo reviews")
    if source.startswith(("http://", "https://")):
        return _check_url(source)
    if IN_A_BUCKET.match(source):
        return _check_bucket(source)
    path = Path(source).expanduser()
    shown = printable(str(path))
    if (files := find_files(source, shown)) is not None:
        size_bytes = sum(file.stat().st_size for file in files.values())
        return Finding("ok", f"{shown}, {len(files):,} files, {size_bytes / MIB:.1f} MiB")
    if not path.is_file():
        raise SourceError(f"{shown}: there is no such file on this machine")
    with path.open("rb") as file:
        file.read(1)
    return Finding("ok", f"{shown}, {path.stat().st_size / MIB:.1f} MiB")


def _check_bucket(url: str) -> Finding:
    """List the objects that a source in a bucket names."""
    from tasks.sources.bucket_files import list_objects

    known = list_objects(url)[1].values()
    size_bytes = sum(found.size_bytes for found in known)
    return Finding("ok", f"{url}, {len(known):,} files, {size_bytes / MIB:.1f} MiB")


def _check_url(url: str) -> Finding:
    """Send the GET request of a run, and read only the headers of the response.

    Many servers refuse HEAD requests, above all for presigned URLs.
    """
    with ask("GET", url, lambda _: {}, TIMEOUT_SECONDS) as response:
        check_answer(response, redact_url(url), wait_seconds_max=0)
        length = response.headers.get("content-length", "")
        changed = printable(response.headers.get("last-modified", ""))
    size = f", {int(length) / MIB:.1f} MiB" if length.isdigit() else ""
    return Finding("ok", f"{redact_url(url)}{size}{changed and f', modified {changed}'}")
