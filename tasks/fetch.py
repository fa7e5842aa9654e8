"""Fetch: a source -> the bytes of its files and their digests.

This step runs every time, because a source may have changed. The address of its output is made
from the digest of the bytes, so that equal bytes are one artifact, whatever their source. Of a
source of many files each file is fetched, verified and cached by itself.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import FetchParameters
from tasks.engine.interrupts import check_interrupt
from tasks.engine.run import PENDING, Run
from tasks.engine.stages import action
from tasks.sources.fetched_bytes import check_digest, draft_of, look_up, publish
from tasks.sources.fetching import Demo, Fetchable, LocalFile, WebFile
from tasks.sources.many_files import FILES, FileList, find_files, lies_in
from tasks.sources.redaction import printable, redact_url
from tasks.storage.artifacts import Artifact
from tasks.storage.providers import PROVIDERS

DEMO = "demo"
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
NEARLY_URL = re.compile(r"\W*https?:", re.IGNORECASE)
"""A mistyped URL. It may contain a password, so messages do not show it."""
IN_A_BUCKET = re.compile(rf"({'|'.join(PROVIDERS)})://[^/@:]+(/|$)")

# Checked by the server and not by pydantic; see `StoreName` in tasks/storage/opening.py.
_READ = rf"[Hh][Tt][Tt][Pp][Ss]?:|{IN_A_BUCKET.pattern}"
_SCHEMA = {"pattern": rf"^(?!(?!{_READ}){SCHEME.pattern})[\s\S]*\S"}
SourceName = Annotated[str, Field(min_length=1, json_schema_extra=_SCHEMA)]
"""`demo`, a path of a file or folder, a glob, an http(s) URL, or a place in a bucket."""


def describe_source(source: str) -> str:
    """Return a source's name for messages: one line, without passwords or tokens."""
    if SCHEME.match(source) and not IN_A_BUCKET.match(source):
        return redact_url(source)
    return "a malformed URL" if NEARLY_URL.match(source) else printable(source)


def is_url(source: str) -> bool:
    """Return whether a source is an http(s) URL.

    Raises:
        UsageError: the source is empty, a mistyped URL, or has a scheme that cannot be read.
    """
    scheme = SCHEME.match(source)
    if IN_A_BUCKET.match(source):
        return False
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise UsageError(
            f"sources of the kind {scheme[1]}:// cannot be read; name demo, a path to a file or"
            " folder, a URL that begins with http:// or https://, or a place in a bucket, such as"
            " s3://BUCKET/FOLDER/"
        )
    if scheme is None and NEARLY_URL.match(source):
        raise UsageError("the source is a mistyped URL; write it as https://HOST/PATH")
    if not source.strip():
        raise UsageError("the source is empty; name demo, a file, a folder, or an http(s) URL")
    return scheme is not None


def find_parts(run: Run, source: str, parameters: FetchParameters) -> dict[str, Fetchable]:
    """Find the files of a source.

    Returns:
        The files by their names; the name of a source's only file is empty.

    Raises:
        SourceError: there is no such folder or object, or it cannot be listed.
        TransientError: the server of a bucket does not answer.
        UsageError: see `is_url`.
    """
    shown = describe_source(source)
    if is_url(source):
        return {"": WebFile(run, source, shown, parameters)}
    if source == DEMO:
        return {"": Demo(run, DEMO, DEMO, parameters)}
    if IN_A_BUCKET.match(source):
        from tasks.sources.bucket_files import find_objects

        return find_objects(run, source, parameters)
    files = find_files(source, shown)
    if files is not None and lies_in(run.store.root, source):
        raise UsageError(
            f"{shown}: the store {run.store} lies in this folder, so that its files would be read"
            " as reviews; name another with --store, or files by a glob"
        )
    if files is None:
        return {"": LocalFile(run, source, shown)}
    return {name: LocalFile(run, str(path), f"{shown}: {name}") for name, path in files.items()}


def fetch(run: Run, source: str, parameters: FetchParameters) -> tuple[Artifact, bool]:
    """Publish the bytes of a source, unless the store holds them.

    Args:
        run: its store, and whether `fetch` is among its refreshed stages.
        source: see `SourceName`.
        parameters: limits, expected digest, and settings of the demo reviews.

    Returns:
        The artifact of the only file, or of the list of the files; and whether the servers answered
        that nothing changed.

    Raises:
        SourceError: the source cannot be read, or its digest is not `parameters.sha256`.
        TransientError: the network or the server failed, or a file changed while it was read.
        UsageError: see `is_url`.
    """
    parts, fetched = find_parts(run, source, parameters), dict[str, tuple[Artifact, bool]]()
    if "" in parts:
        return parts[""].fetch(parameters.sha256)
    for name, part in parts.items():
        check_interrupt()
        fetched[name] = part.fetch(None)
    listed = FileList.of({name: artifact.digest for name, (artifact, _) in fetched.items()})
    check_digest(describe_source(source), listed.digest, parameters.sha256)
    delivery = publish(run.store, listed.digest, listed.write, FILES)
    return delivery, all(cached for _, cached in fetched.values())


def plan_fetch(run: Run, source: str, parameters: FetchParameters) -> Artifact:
    """Return the artifact that `fetch` would return, without writing to the store.

    Returns:
        The artifact, published or not. Its digest is PENDING if only a download can tell.

    Raises:
        SourceError: as `fetch` does.
        TransientError: as `fetch` does.
        UsageError: as `fetch` does.
    """
    if run.recalling and "fetch" in run.refresh:
        return Artifact(stage="fetch", address=PENDING, digest=PENDING)
    digests = {n: part.plan() for n, part in find_parts(run, source, parameters).items()}
    if PENDING in digests.values():
        return Artifact(stage="fetch", address=PENDING, digest=PENDING)
    digest = digests[""] if "" in digests else FileList.of(digests).digest
    check_digest(describe_source(source), digest, parameters.sha256)
    return look_up(run.store, digest) or draft_of(digest)


@action("fetch", plan_as=plan_fetch)
def fetch_source(run: Run, source: str, parameters: FetchParameters) -> tuple[Artifact, bool]:
    """Publish the bytes of a source in the store; see `fetch`."""
    # `fetch` itself explains the errors of the source; only those of the store are left.
    with run.store.explain_errors():
        return fetch(run, source, parameters)
