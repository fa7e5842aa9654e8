"""The adapter for a store in a bucket, or below a prefix of a bucket, by obstore.

obstore retries requests after connection errors, server errors and read timeouts.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tasks.configuration.errors import StoreError, TransientError
from tasks.configuration.system_errors import explain_system_error
from tasks.storage.artifacts import FileRecord
from tasks.storage.atomic_files import explain_os_errors, write_atomically
from tasks.storage.copies import AT_ONCE, Copies
from tasks.storage.objects import ConflictError, Found, Known
from tasks.storage.refusals import check_variables, explain_refusals

OUTAGE_SECONDS_MAX = 120
"""How long a request is retried."""
OPENING_SECONDS_MAX = 10
"""How long the first request is retried, which tells whether the bucket exists."""
REQUEST_SECONDS_MAX = 120
PROBE = ".probe"


class BucketObjects:
    """The objects below a prefix of a bucket, named relative to the prefix; see `Objects`.

    Attributes:
        url: of the prefix.
    """

    is_remote = True

    def __init__(self, url: str, root: Path) -> None:
        """Connect with the provider's usual environment variables, such as AWS_ACCESS_KEY_ID.

        Args:
            url: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX.
            root: folder of this machine's copies.

        Raises:
            StoreError: obstore is not installed or refuses the variables, or `root` cannot be
                created.
        """
        self.url = url.rstrip("/")
        check_variables(self.url, os.environ)
        try:
            self.root = root.expanduser().absolute()
            with self.explain_errors():
                self.root.mkdir(parents=True, exist_ok=True)
        except (OSError, RuntimeError) as error:
            why = explain_system_error(error)
            raise StoreError(
                f"{root}: no folder for the copies of a bucket ({why}); set WINE_POINTS_CACHE"
            ) from error
        self._store = self._connect(OUTAGE_SECONDS_MAX)
        self._copies = Copies(self.root, self.download)

    def _connect(self, outage_seconds: int) -> Any:
        try:
            import obstore.store as kinds
        except ImportError as error:
            raise StoreError(
                f"{self.url}: a store in a bucket needs a package that is missing ({error.name}):"
                " install the extra `bucket` (python -m pip install -e '.[bucket]')"
            ) from error
        scheme, _, place = self.url.partition("://")
        bucket, _, prefix = place.partition("/")
        kind = {"s3": kinds.S3Store, "gs": kinds.GCSStore, "az": kinds.AzureStore}[scheme]
        # Not as client options: those would override AWS_ALLOW_HTTP and the like.
        settings: Any = {"timeout": f"{REQUEST_SECONDS_MAX}s"}
        backoff = {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=5)}
        retries: Any = {
            "max_retries": 1000,
            "retry_timeout": timedelta(seconds=outage_seconds),
            "backoff": backoff | {"base": 2},
        }
        with explain_refusals(self.url):
            return kind(bucket, prefix=prefix or None, config=settings, retry_config=retries)

    def place(self, name: str = "") -> str:
        """Return the URL."""
        return f"{self.url}/{name}" if name else self.url

    def probe(self, name: str) -> bytes | None:
        """Read an object with few retries.

        Raises:
            StoreError: the server does not answer, or the bucket does not exist or is not readable.
        """
        store, self._store = self._store, self._connect(OPENING_SECONDS_MAX)
        try:
            found = self.read(name)
        except TransientError as error:
            raise StoreError(f"{error}; check the server's address and the network") from error
        finally:
            self._store = store
        return found.content if found else None

    def read(self, name: str) -> Found | None:
        """Get an object; its version is in the form of obstore's conditional put."""
        with contextlib.suppress(FileNotFoundError), explain_refusals(self.url):
            found = self._store.get(name)
            # Google's conditional put uses the version, the others' the e_tag.
            marks = {key: found.meta[key] for key in ("e_tag", "version")}
            version = {key: mark for key, mark in marks.items() if mark is not None}
            return Found(bytes(found.bytes()), version)
        return None

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Get objects, several at a time."""
        names = list(names)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            objects = zip(names, pool.map(self.read, names), strict=True)
            return {name: found.content for name, found in objects if found is not None}

    def write(self, name: str, content: bytes | Path) -> str:
        """Put an object; return its e_tag."""
        with explain_refusals(self.url):
            return self._store.put(name, content)["e_tag"] or ""

    def create(self, name: str, content: bytes) -> None:
        """Put an object if there is none.

        A retried request may find its own object: equal content is no conflict.
        """
        from obstore.exceptions import AlreadyExistsError

        try:
            with explain_refusals(self.url):
                self._store.put(name, content, mode="create")
        except AlreadyExistsError as error:
            if not self._holds(name, content):
                raise FileExistsError(self.place(name)) from error

    def replace(self, name: str, content: bytes, version: Any) -> None:
        """Put an object if the version is unchanged; equal content is no conflict."""
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            with explain_refusals(self.url):
                self._store.put(name, content, mode=version)
        except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
            if not self._holds(name, content):
                raise ConflictError(self.place(name)) from error

    def _holds(self, name: str, content: bytes) -> bool:
        found = self.read(name)
        return found is not None and found.content == content

    def touch(self, name: str) -> None:
        """Put the object again, unless another process replaced it."""
        found = self.read(name)
        if found is not None:
            with contextlib.suppress(ConflictError):
                self.replace(name, *found)

    def known(self, name: str) -> Known | None:
        """Get the metadata of an object; times are by the server's clock."""
        with contextlib.suppress(FileNotFoundError), explain_refusals(self.url):
            return _known(self._store.head(name))
        return None

    def list(self, folder: str = "") -> dict[str, Known]:
        """List the objects."""
        with explain_refusals(self.url):
            parts = self._store.list(folder or None)
            return dict(sorted((meta["path"], _known(meta)) for part in parts for meta in part))

    def download(self, name: str, path: Path) -> bool:
        """Write an object to a file; return whether the object exists."""
        with contextlib.suppress(FileNotFoundError), explain_refusals(self.url):
            found = self._store.get(name)
            with path.open("wb") as file:
                file.writelines(found.stream())
            return True
        return False

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects, hundreds in a request."""
        if listed := list(names):
            with explain_refusals(self.url):
                self._store.delete(listed)

    def is_empty(self) -> bool:
        """Return whether there are no objects."""
        return not self.list()

    def take_in(self, prefix: str, folder: Path) -> None:
        """Upload the files, then move the folder to the copies."""
        names = [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()]

        def put(name: str) -> str:
            return self.write(f"{prefix}/{name}", folder / name)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            tags = dict(zip(names, pool.map(put, names), strict=True))
        (self.root / prefix).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, self.root / prefix)
        self._copies.note(prefix, tags)

    def find_damage(self, prefix: str, files: dict[str, FileRecord]) -> str | None:
        """Download the files to `root` below the prefix, and verify them."""
        return self._copies.update(prefix, files, self.list(prefix)) if files else None

    def share(self, path: Path) -> None:
        """Upload the file."""
        self.write(str(path.relative_to(self.root)), path)

    def copy(self, name: str) -> Path:
        """Copy the object to the same path below `root`."""
        found = self.read(name)
        if found is None:
            raise FileNotFoundError(self.place(name))
        write_atomically(self.root / name, found.content)
        return self.root / name

    def explain_errors(self) -> AbstractContextManager[None]:
        """See `Objects`; names the folder of the copies."""
        return explain_os_errors(self.root, "WINE_POINTS_CACHE")

    def try_writing(self) -> None:
        """Put an object and delete it; a kill may leave it, and the next call replaces it."""
        self.write(PROBE, b"probe")
        self.delete([PROBE])


def _known(meta: Any) -> Known:
    return Known(meta["size"], meta["last_modified"].timestamp(), meta["e_tag"] or "")
