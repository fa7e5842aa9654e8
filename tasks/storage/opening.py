"""Opening a store by its name."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.configuration.errors import StoreError
from tasks.storage.folder import FolderObjects
from tasks.storage.providers import PROVIDERS, provider_of
from tasks.storage.store import Store

SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*"
URL = re.compile(rf"({SCHEME}):/+(.*)", re.DOTALL)
IN_A_BUCKET = re.compile(
    r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/(?!\.\.?(?:/|$))[A-Za-z0-9!_.*'()=-]+)*)/?"
)
"""A bucket's name, and a prefix of characters that Amazon documents as safe."""

# Only in the JSON schema, by which a Prefect server validates the parameters of a deployment's run.
# pydantic's own message would show the name, which may contain a password.
_SCHEMA = {"pattern": rf"^((s3|gs|az):/+{IN_A_BUCKET.pattern}$(?!\n)|(?!{SCHEME}:/))"}
StoreName = Annotated[str, Field(min_length=1, json_schema_extra=_SCHEMA)] | None
"""A folder or a bucket; None stands for the store that the environment names."""


def choose_store(named: StoreName) -> str:
    """Return the named store, else that of WINE_POINTS_STORE, else the folder `store`."""
    return named or os.environ.get("WINE_POINTS_STORE") or "store"


def open_store(named: StoreName) -> Store:
    """Open a store; see `choose_store`.

    Raises:
        StoreError: the name is invalid, or the store cannot be read.
    """
    name = choose_store(named)
    url = URL.fullmatch(name)
    if url is None:
        return Store(FolderObjects(Path(name)))
    if url[1] not in PROVIDERS:
        raise StoreError(
            f"stores of the kind {url[1]}:// cannot be opened; name a folder, s3://BUCKET/PREFIX,"
            " gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"
        )
    place = IN_A_BUCKET.fullmatch(url[2])
    if place is None:
        # The message leaves out the URL, which may contain a password.
        raise StoreError(f"the store's URL cannot be read; write it as {url[1]}://BUCKET/PREFIX")
    from tasks.storage.bucket import BucketObjects

    address = f"{url[1]}://{place[1]}/{place[2].lstrip('/')}"
    return Store(BucketObjects(address, working_folder(address)))


def working_folder(url: str) -> Path:
    """Return the folder of this machine's copies of a store in a bucket.

    Its name depends on server and URL: two servers may have buckets of the same name.
    """
    account = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME", "") if url.startswith("az:") else ""
    named = (os.environ.get(name) for name in provider_of(url).endpoints)
    server = next(filter(None, named), account)
    key = hashlib.sha256(f"{server} {url}".encode()).hexdigest()[:16]
    return Path(os.environ.get("WINE_POINTS_CACHE") or "~/.cache/wine-points") / key
