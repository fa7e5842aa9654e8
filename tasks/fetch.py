"""Fetch: a source -> its bytes and their digest.

This step runs every time, because a source may have changed. The address of its output is made
from the digest of the bytes, so that equal bytes are one artifact, whatever their source.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.configuration.errors import TransientError, UsageError
from tasks.configuration.parameters import FetchParameters
from tasks.engine.caching import reached_code
from tasks.engine.run import PENDING, Run
from tasks.engine.stages import action
from tasks.sources.download import download, is_unchanged
from tasks.sources.fetched_bytes import check_digest, draft_of, look_up, publish
from tasks.sources.local_files import local_path, measure_file, read_chunks
from tasks.sources.redaction import printable, redact_url
from tasks.sources.source_records import FOLDER, PART, PART_VALIDATORS, SourceRecord
from tasks.storage.artifacts import Artifact, digest_file, digest_json

DEMO = "demo"
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
NEARLY_URL = re.compile(r"\W*https?:", re.IGNORECASE)
"""A mistyped URL. It may contain a password, so messages do not show it."""

# Checked by the server and not by pydantic; see `StoreName` in tasks/storage/opening.py.
_SCHEMA = {"pattern": rf"^(?!(?![Hh][Tt][Tt][Pp][Ss]?:){SCHEME.pattern})[\s\S]*\S"}
SourceName = Annotated[str, Field(min_length=1, json_schema_extra=_SCHEMA)]
"""`demo`, a path, or an http(s) URL."""


def describe_source(source: str) -> str:
    """Return a source's name for messages: one line, without passwords or tokens."""
    if SCHEME.match(source):
        return redact_url(source)
    return "a malformed URL" if NEARLY_URL.match(source) else printable(source)


def is_url(source: str) -> bool:
    """Return whether a source is a URL, and neither `demo` nor a path.

    Raises:
        UsageError: the source is empty, a mistyped URL, or has a scheme other than http and https.
    """
    scheme = SCHEME.match(source)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise UsageError(
            f"sources of the kind {scheme[1]}:// cannot be read; name demo, a path to a file,"
            " or a URL that begins with http:// or https://"
        )
    if scheme is None and NEARLY_URL.match(source):
        raise UsageError("the source is a mistyped URL; write it as https://HOST/PATH")
    if not source.strip():
        raise UsageError("the source is empty; name demo, a file, or an http(s) URL")
    return scheme is not None


def fetch(run: Run, source: str, parameters: FetchParameters) -> tuple[Artifact, bool]:
    """Publish the bytes of a source, unless the store holds them.

    Args:
        run: its store, and whether `fetch` is among its refreshed stages.
        source: `demo`, a path, or an http(s) URL.
        parameters: limits, expected digest, and settings of the demo reviews.

    Returns:
        The artifact with one file, and whether a server answered that the file is unchanged.

    Raises:
        SourceError: the source cannot be read, or its digest is not `parameters.sha256`.
        TransientError: the network or the server failed, or a file changed while it was read.
        UsageError: see `is_url`.
    """
    if is_url(source):
        return fetch_url(run, source, parameters)
    if source == DEMO:
        return fetch_demo(run, parameters), False
    return fetch_file(run, source, parameters), False


def fetch_file(run: Run, source: str, parameters: FetchParameters) -> Artifact:
    """Publish a copy of a local file, unless the store holds it."""
    path, shown = local_path(source), describe_source(source)
    digest = measure_file(path, shown)
    check_digest(shown, digest, parameters)

    def copy(target: Path) -> None:
        with target.open("wb") as file:
            file.writelines(read_chunks(path, shown))
        if digest_file(target) != digest:
            raise TransientError(
                f"{shown}: the file changed while it was read; run again when it is written"
            )

    return publish(run.store, digest, copy)


def fetch_demo(run: Run, parameters: FetchParameters) -> Artifact:
    """Publish the demo reviews, unless the store holds them."""
    folder = source_folder(run, DEMO, parameters)
    with run.store.lock(f"source-{folder.name}"):
        record, stored = look_up_source(run, folder)
        if stored:
            check_digest(DEMO, stored.digest, parameters)
            return stored
        write_demo(folder / PART, parameters)
        return publish_part(run, folder, record.model_copy(update={"source": DEMO}), parameters)


def fetch_url(run: Run, url: str, parameters: FetchParameters) -> tuple[Artifact, bool]:
    """Publish the file at a URL; download it only if it changed since the last run."""
    folder, shown = source_folder(run, url, parameters), redact_url(url)
    with run.store.lock(f"source-{folder.name}"):
        record, stored = look_up_source(run, folder)
        whole = download(url, folder, parameters, record.whole if stored else None)
        if stored and whole is None:
            (folder / PART).unlink(missing_ok=True)
            check_digest(shown, stored.digest, parameters)
            return stored, True
        record = record.model_copy(update={"source": shown, "whole": whole})
        return publish_part(run, folder, record, parameters), False


def plan_fetch(run: Run, source: str, parameters: FetchParameters) -> Artifact:
    """Return the artifact that `fetch` would return, without writing to the store.

    Returns:
        The artifact, published or not. Its digest is PENDING if only a download can tell.

    Raises:
        SourceError: as `fetch` does.
        TransientError: as `fetch` does.
        UsageError: as `fetch` does.
    """
    shown = describe_source(source)
    if run.recalling and "fetch" in run.refresh:
        return Artifact(stage="fetch", address=PENDING, digest=PENDING)
    if is_url(source):
        record, stored = look_up_source(run, source_folder(run, source, parameters))
        if stored is None or not is_unchanged(source, record.whole, parameters):
            return Artifact(stage="fetch", address=PENDING, digest=PENDING)
        digest = stored.digest
    elif source == DEMO:
        record, _ = look_up_source(run, source_folder(run, source, parameters))
        digest = record.digest or measure_demo(parameters)
    else:
        digest = measure_file(local_path(source), shown)
    check_digest(shown, digest, parameters)
    return look_up(run.store, digest) or draft_of(digest)


def source_folder(run: Run, source: str, parameters: FetchParameters) -> Path:
    """Return the folder of the record of a URL, or of the demo with these parameters and code."""
    if source == DEMO:
        code, libraries = reached_code("tasks.sources.demo_reviews")
        demo = {"rows": parameters.demo_rows, "seed": parameters.demo_seed}
        key = digest_json({"demo": demo, "code": code, "libraries": libraries})
    else:
        key = hashlib.sha256(source.encode(errors="surrogateescape")).hexdigest()
    return run.store.root / FOLDER / key[:32]


def look_up_source(run: Run, folder: Path) -> tuple[SourceRecord, Artifact | None]:
    """Return a source's record, and its artifact if that is undamaged and not to be refreshed."""
    if "fetch" in run.refresh:
        return SourceRecord(), None
    record = SourceRecord.read(run.store.records, folder.name)
    return record, look_up(run.store, record.digest) if record.digest else None


def publish_part(
    run: Run, folder: Path, record: SourceRecord, parameters: FetchParameters
) -> Artifact:
    """Check and publish the complete download in `folder`, and write its record."""
    part = folder / PART
    digest = digest_file(part)
    try:
        check_digest(record.source, digest, parameters)
        artifact = publish(run.store, digest, part.rename)
        record.model_copy(update={"digest": digest}).write(run.store.records, folder.name)
    finally:
        part.unlink(missing_ok=True)
        (folder / PART_VALIDATORS).unlink(missing_ok=True)
    return artifact


def write_demo(path: Path, parameters: FetchParameters) -> None:
    """Write the demo reviews as CSV to `path`."""
    from tasks.sources.demo_reviews import write_demo_csv

    path.parent.mkdir(parents=True, exist_ok=True)
    write_demo_csv(path, parameters.demo_rows, parameters.demo_seed)


def measure_demo(parameters: FetchParameters) -> str:
    """Return the SHA-256 of the demo reviews, made in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DEMO
        write_demo(path, parameters)
        return digest_file(path)


@action("fetch", plan_as=plan_fetch)
def fetch_source(run: Run, source: str, parameters: FetchParameters) -> tuple[Artifact, bool]:
    """Publish the bytes of a source in the store; see `fetch`."""
    # `fetch` itself explains the errors of the source; only those of the store are left.
    with run.store.explain_errors():
        return fetch(run, source, parameters)
