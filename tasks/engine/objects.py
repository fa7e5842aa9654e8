"""The objects of a bucket below a prefix, through obstore.

obstore retries what may pass: a server that is away, errors of the server, timeouts of reads.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.configuration.errors import StoreError, TransientError
from tasks.engine.refusals import check_variables, explain_refusals

if TYPE_CHECKING:
    from obstore.store import S3Store

AT_ONCE = 8
"""Requests for small objects that are under way together."""
OUTAGE_SECONDS_MAX = 120
"""How long a request is repeated while the server is away."""
OPENING_SECONDS_MAX = 10
"""The same for the first request, which tells whether the bucket is there at all."""
REQUEST_SECONDS_MAX = 120


class ConflictError(Exception):
    """The object is not the one any more that was to be replaced."""


class Known(NamedTuple):
    """What a listing says of an object.

    Attributes:
        size_bytes: its size.
        e_tag: another one for other content, and perhaps for the same.
        last_modified: in seconds since the epoch, by the server's clock.
    """

    size_bytes: int
    e_tag: str
    last_modified: float


class Objects:
    """The objects below a prefix of a bucket, by their paths below it."""

    def __init__(self, bucket: str, prefix: str) -> None:
        """Connect as the usual variables say (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and so on).

        Raises:
            StoreError: obstore is not installed, or refuses the variables.
        """
        self.url = f"s3://{bucket}/{prefix}".rstrip("/")
        check_variables(self.url, os.environ)
        self._bucket, self._prefix = bucket, prefix
        self._store = self._connect(OUTAGE_SECONDS_MAX)

    def _connect(self, outage_seconds: int) -> S3Store:
        try:
            from obstore.store import S3Store
        except ImportError as error:
            raise StoreError(
                f"{self.url}: a store in a bucket needs a package that is missing ({error.name}):"
                " install the extra `bucket` (python -m pip install -e '.[bucket]')"
            ) from error
        # Given as client options, it would undo AWS_ALLOW_HTTP and the like.
        settings: Any = {"timeout": f"{REQUEST_SECONDS_MAX}s"}
        with explain_refusals(self.url):
            return S3Store(
                self._bucket,
                prefix=self._prefix or None,
                config=settings,
                retry_config={
                    "max_retries": 1000,
                    "retry_timeout": timedelta(seconds=outage_seconds),
                    "backoff": {
                        "init_backoff": timedelta(seconds=0.1),
                        "max_backoff": timedelta(seconds=5),
                        "base": 2,
                    },
                },
            )

    def place(self, name: str) -> str:
        """Name an object by its URL, for people."""
        return f"{self.url}/{name}"

    def probe(self, name: str) -> bytes | None:
        """Read an object as `read` does, without waiting long for a server that is away.

        Raises:
            StoreError: the server is away, or the bucket is not there or not open.
        """
        patient, self._store = self._store, self._connect(OPENING_SECONDS_MAX)
        try:
            found = self.read(name)
        except TransientError as error:
            raise StoreError(f"{error}; check AWS_ENDPOINT_URL and the network") from error
        finally:
            self._store = patient
        return found[0] if found else None

    def read(self, name: str) -> tuple[bytes, str] | None:
        """Return what an object holds, and its e_tag; None where there is none."""
        with contextlib.suppress(FileNotFoundError), explain_refusals(self.url):
            found = self._store.get(name)
            return bytes(found.bytes()), found.meta["e_tag"] or ""
        return None

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read objects, in the order of `names`; those that are gone are left out."""
        wanted = list(names)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = zip(wanted, pool.map(self.read, wanted), strict=True)
            return {name: held[0] for name, held in found if held is not None}

    def write(self, name: str, content: bytes | Path) -> str:
        """Put an object, whole, over what is there; return its e_tag."""
        with explain_refusals(self.url):
            return self._store.put(name, content)["e_tag"] or ""

    def create(self, name: str, content: bytes) -> None:
        """Put an object unless there is one.

        A request that was repeated may find what it had put itself: equal content is no conflict.

        Raises:
            FileExistsError: there is one with other content.
        """
        from obstore.exceptions import AlreadyExistsError

        try:
            with explain_refusals(self.url):
                self._store.put(name, content, mode="create")
        except AlreadyExistsError as error:
            found = self.read(name)
            if found is None or found[0] != content:
                raise FileExistsError(self.place(name)) from error

    def replace(self, name: str, content: bytes, e_tag: str) -> None:
        """Put an object in the place of the one with this e_tag.

        Raises:
            ConflictError: another one is there, or none.
        """
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            with explain_refusals(self.url):
                self._store.put(name, content, mode={"e_tag": e_tag})
        except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
            found = self.read(name)
            if found is None or found[0] != content:
                raise ConflictError(self.place(name)) from error

    def touch(self, name: str) -> None:
        """Make an object newer, if there is one; what another process puts there stays."""
        found = self.read(name)
        if found is not None:
            with contextlib.suppress(ConflictError):
                self.replace(name, *found)

    def known(self, name: str) -> Known | None:
        """Look at one object; None where there is none."""
        with contextlib.suppress(FileNotFoundError), explain_refusals(self.url):
            meta = self._store.head(name)
            return Known(meta["size"], meta["e_tag"] or "", meta["last_modified"].timestamp())
        return None

    def list(self, folder: str = "") -> dict[str, Known]:
        """List all objects below a folder by their names, which begin with it."""
        found: dict[str, Known] = {}
        with explain_refusals(self.url):
            for part in self._store.list(folder or None):
                for meta in part:
                    told = (meta["size"], meta["e_tag"] or "", meta["last_modified"].timestamp())
                    found[meta["path"]] = Known(*told)
        return dict(sorted(found.items()))

    def download(self, name: str, path: Path) -> bool:
        """Write an object to a file; return whether there is one."""
        with contextlib.suppress(FileNotFoundError), explain_refusals(self.url):
            found = self._store.get(name)
            with path.open("wb") as file:
                file.writelines(found.stream())
            return True
        return False

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects."""
        if gone := list(names):
            with explain_refusals(self.url):
                self._store.delete(gone)
