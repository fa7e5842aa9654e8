"""Fetch: a source -> bytes and their digest.

It runs in every run, because only a look tells whether a source changed. What it publishes lies at
an address made of the bytes alone, so the same reviews are one artifact wherever they came from.
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
"""A URL with a slip of the pen; it may hold a password, and is not shown."""

# In the schema alone, as a store's name (tasks/storage/opening.py).
_SCHEMA = {"pattern": rf"^(?!(?![Hh][Tt][Tt][Pp][Ss]?:){SCHEME.pattern})[\s\S]*\S"}
SourceName = Annotated[str, Field(min_length=1, json_schema_extra=_SCHEMA)]
"""`demo`, a path, or an http(s) URL."""


def describe_source(source: str) -> str:
    """Name a source for people: one line, without passwords or tokens."""
    if SCHEME.match(source):
        return redact_url(source)
    return "a malformed URL" if NEARLY_URL.match(source) else printable(source)


def is_url(source: str) -> bool:
    """Tell a URL from `demo` and from a path.

    Raises:
        UsageError: a source of a kind that is not accepted.
    """
    scheme = SCHEME.match(source)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise UsageError(
            f"{scheme[1]}:// is no source that can be read; name demo, a path to a .csv, .csv.gz or"
            " .zip, or a URL that begins with http:// or https://"
        )
    if scheme is None and NEARLY_URL.match(source):
        raise UsageError("the source is nearly a URL; write it as https://HOST/PATH")
    if not source.strip():
        raise UsageError("the source is empty; name demo, a file, or an http(s) URL")
    return scheme is not None


def fetch(run: Run, source: str, parameters: FetchParameters) -> tuple[Artifact, bool]:
    """Publish the bytes of a source, unless the store holds them.

    Args:
        run: the run, for its store and for whether a fresh look was asked for.
        source: `demo`, a path, or an http(s) URL.
        parameters: how to make, check and limit them.

    Returns:
        The artifact with its one file, and whether a server said that nothing changed.

    Raises:
        SourceError: the source cannot be read, or is not what `parameters.sha256` says.
        TransientError: the network or the server failed, or a file changed while it was read.
        UsageError: a source of a kind that is not accepted.
    """
    if is_url(source):
        return fetch_url(run, source, parameters)
    if source == DEMO:
        return fetch_demo(run, parameters), False
    return fetch_file(run, source, parameters), False


def fetch_file(run: Run, source: str, parameters: FetchParameters) -> Artifact:
    """Publish a copy of a local file; nothing is copied that the store holds."""
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
    """Publish made-up reviews; they are not made again while the store holds them."""
    folder = source_folder(run, DEMO, parameters)
    with run.store.lock(f"source-{folder.name}"):
        record, held = recall(run, folder)
        if held:
            check_digest(DEMO, held.digest, parameters)
            return held
        write_demo(folder / PART, parameters)
        return settle(run, folder, record.model_copy(update={"source": DEMO}), parameters)


def fetch_url(run: Run, url: str, parameters: FetchParameters) -> tuple[Artifact, bool]:
    """Publish what a URL holds, downloading no more than the server says is new."""
    folder, shown = source_folder(run, url, parameters), redact_url(url)
    with run.store.lock(f"source-{folder.name}"):
        record, held = recall(run, folder)
        whole = download(url, folder, parameters, record.whole if held else None)
        if held and whole is None:
            (folder / PART).unlink(missing_ok=True)
            check_digest(shown, held.digest, parameters)
            return held, True
        record = record.model_copy(update={"source": shown, "whole": whole})
        return settle(run, folder, record, parameters), False


def plan_fetch(run: Run, source: str, parameters: FetchParameters) -> Artifact:
    """Tell what `fetch` would give, as far as that can be known without writing to the store.

    Returns:
        The artifact, published or not; its digest is PENDING where only a download can tell.

    Raises:
        SourceError: as `fetch` does.
        TransientError: as `fetch` does.
        UsageError: as `fetch` does.
    """
    shown = describe_source(source)
    if run.recalling and "fetch" in run.refresh:
        return Artifact(stage="fetch", address=PENDING, digest=PENDING)
    if is_url(source):
        record, held = recall(run, source_folder(run, source, parameters))
        if held is None or not is_unchanged(source, record.whole, parameters):
            return Artifact(stage="fetch", address=PENDING, digest=PENDING)
        digest = held.digest
    elif source == DEMO:
        record, _ = recall(run, source_folder(run, source, parameters))
        digest = record.digest or measure_demo(parameters)
    else:
        digest = measure_file(local_path(source), shown)
    check_digest(shown, digest, parameters)
    return look_up(run.store, digest) or draft_of(digest)


def source_folder(run: Run, source: str, parameters: FetchParameters) -> Path:
    """Path of what is known of a URL, or of the demo that these parameters and this code make."""
    if source == DEMO:
        code, libraries = reached_code("tasks.sources.demo_reviews")
        asked = {"rows": parameters.demo_rows, "seed": parameters.demo_seed}
        key = digest_json({"demo": asked, "code": code, "libraries": libraries})
    else:
        key = hashlib.sha256(source.encode(errors="surrogateescape")).hexdigest()
    return run.store.root / FOLDER / key[:32]


def recall(run: Run, folder: Path) -> tuple[SourceRecord, Artifact | None]:
    """Return what is known of a source, and its artifact if that is undamaged and may be reused."""
    if "fetch" in run.refresh:
        return SourceRecord(), None
    record = SourceRecord.read(run.store.records, folder.name)
    return record, look_up(run.store, record.digest) if record.digest else None


def settle(run: Run, folder: Path, record: SourceRecord, parameters: FetchParameters) -> Artifact:
    """Check and publish the finished part in `folder`, and remember what it was."""
    part = folder / PART
    digest = digest_file(part)
    try:
        check_digest(record.source, digest, parameters)
        artifact = publish(run.store, digest, part.rename)
        held = record.model_copy(update={"digest": digest})
        held.write(run.store.records, folder.name)
    finally:
        part.unlink(missing_ok=True)
        (folder / PART_VALIDATORS).unlink(missing_ok=True)
    return artifact


def write_demo(path: Path, parameters: FetchParameters) -> None:
    """Make up the reviews of the source `demo`."""
    from tasks.sources.demo_reviews import write_demo_csv

    path.parent.mkdir(parents=True, exist_ok=True)
    write_demo_csv(path, parameters.demo_rows, parameters.demo_seed)


def measure_demo(parameters: FetchParameters) -> str:
    """Return the SHA-256 of the demo's reviews, made outside the store."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DEMO
        write_demo(path, parameters)
        return digest_file(path)


@action("fetch", plan_as=plan_fetch)
def fetch_source(run: Run, source: str, parameters: FetchParameters) -> tuple[Artifact, bool]:
    """Bring the bytes of a source into the store; see `fetch`."""
    # What else can go wrong is told as a SourceError or a TransientError, or names its file.
    with run.store.explain_errors():
        return fetch(run, source, parameters)
