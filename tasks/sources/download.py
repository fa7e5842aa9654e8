"""Downloads over HTTP, which resume after an interruption and skip unchanged files."""

from __future__ import annotations

import logging
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.configuration.errors import SourceError, TransientError
from tasks.configuration.parameters import FetchParameters
from tasks.sources.redaction import redact_url
from tasks.sources.source_records import (
    PART,
    Validators,
    parse_total,
    read_part_validators,
    write_part_validators,
)
from tasks.sources.web import ask, check_answer, locate

if TYPE_CHECKING:
    import httpx

WAIT_SECONDS_MAX = 30.0
HEAD_REFUSED = frozenset({403, 405, 501})
"""Statuses by which servers may refuse a HEAD but not a GET; signed links allow only one method."""

log = logging.getLogger(__name__)


class CannotResumeError(Exception):
    """The server cannot resume the unfinished download; download the whole file."""


def download(
    url: str, folder: Path, parameters: FetchParameters, unless: Validators | None = None
) -> Validators | None:
    """Download `url` to `folder`/download.part, and resume an unfinished download.

    Args:
        url: http or https.
        folder: the source's folder.
        parameters: the limits.
        unless: do not download the file if it still has these validators.

    Returns:
        The validators of the downloaded file, or None if the file is unchanged.

    Raises:
        TransientError: the unfinished download is kept if it can be resumed.
        SourceError: the unfinished download is removed.
    """
    transfer = _Transfer(url, folder, parameters, unless or Validators())
    try:
        return transfer.run(read_part_validators(folder))
    except CannotResumeError as reason:
        log.info("%s: starting over, %s", transfer.shown, reason)
        return transfer.run(Validators())


def is_unchanged(url: str, whole: Validators, parameters: FetchParameters) -> bool:
    """Ask the server, without downloading, whether the file at `url` still has these validators.

    Raises:
        TransientError: as for a download.
        SourceError: as for a download.
    """
    with ask("HEAD", url, whole.conditions, parameters.timeout_seconds) as response:
        unchanged = response.status_code == HTTPStatus.NOT_MODIFIED
        if unchanged or response.status_code in HEAD_REFUSED:
            return unchanged
        check_answer(response, redact_url(url), wait_seconds_max=0)
        return whole.same_as(Validators.of(locate(response.url), response.headers))


class _Transfer:
    """A download in one or two requests."""

    def __init__(
        self, url: str, folder: Path, parameters: FetchParameters, unless: Validators
    ) -> None:
        self.url, self.folder, self.parameters, self.unless = url, folder, parameters, unless
        self.part, self.shown = folder / PART, redact_url(url)

    def run(self, begun: Validators) -> Validators | None:
        """Download the file; only the rest if `begun` has a strong validator for the part."""
        size = self.part.stat().st_size if begun.strong and self.part.exists() else 0

        def headers_for(location: str) -> dict[str, str]:
            if size and begun.location == location:
                return {"Range": f"bytes={size}-", "If-Range": begun.strong or ""}
            return self.unless.conditions(location)

        with ask("GET", self.url, headers_for, self.parameters.timeout_seconds) as response:
            found = Validators.of(locate(response.url), response.headers)
            status = response.status_code
            unchanged = status == HTTPStatus.NOT_MODIFIED and self.unless.location
            if unchanged or (response.is_success and found.same_as(self.unless)):
                return None
            if size and status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise CannotResumeError("the server has no bytes after the part")
            check_answer(response, self.shown, WAIT_SECONDS_MAX)
            if status == HTTPStatus.PARTIAL_CONTENT:
                total = self._check_range(response, found, begun, size)
                return self._receive(response, begun, size, total)
            # Remove the old part before the validators of the new one are written.
            self.part.unlink(missing_ok=True)
            write_part_validators(self.folder, found)
            length = response.headers.get("content-length")
            return self._receive(response, found, 0, None if length is None else int(length))

    def _check_range(
        self, response: httpx.Response, found: Validators, begun: Validators, size: int
    ) -> int:
        """Check a partial answer, and return the size of the file (RFC 9110, section 15.3.7.3)."""
        if not size:
            raise TransientError(
                f"{self.shown}: the server answers with a part of the file where the whole was"
                " asked for; run again later"
            )
        total = parse_total(response.headers.get("content-range", ""), size)
        if total is None:
            raise CannotResumeError("the server answers with another part than was asked for")
        for old, new in ((begun.etag, found.etag), (begun.last_modified, found.last_modified)):
            if old is not None and new not in (None, old):
                raise CannotResumeError("the file changed on the server")
        log.info("%s: resumed after %s of %s bytes", self.shown, size, total)
        return total

    def _receive(
        self, response: httpx.Response, whole: Validators, size: int, total: int | None
    ) -> Validators:
        """Append the body of the answer to the part, which has `size` bytes."""
        try:
            self._check_size(total or 0)
            with self.part.open("ab") as file:
                # With a chunk size, httpx would lose up to a chunk when the connection breaks.
                for chunk in response.iter_raw():
                    size += len(chunk)
                    self._check_size(size)
                    file.write(chunk)
            if total not in (None, size):
                raise TransientError(
                    f"{self.shown}: {size} bytes arrived where {total} were announced;"
                    " run again later"
                )
            if size == 0:
                raise SourceError(f"{self.shown}: the answer is empty; check the address")
        except BaseException as error:
            too_long = total is not None and size > total
            if whole.strong is None or too_long or isinstance(error, SourceError):
                self.part.unlink(missing_ok=True)
            raise
        return whole

    def _check_size(self, size: int) -> None:
        bytes_max = self.parameters.bytes_max
        if size > bytes_max:
            raise SourceError(
                f"{self.shown}: the download is larger than the {bytes_max} bytes that"
                " fetch.bytes_max allows; raise it if the file is meant to be so large"
            )
