"""How a store is named, and opened by its name."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.configuration.errors import StoreError
from tasks.engine.store import Store

SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*"
URL = re.compile(rf"({SCHEME}):/+(.*)", re.DOTALL)
IN_A_BUCKET = re.compile(
    r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/(?!\.\.?(?:/|$))[A-Za-z0-9!_.*'()=-]+)*)/?"
)
"""A bucket's name, and a prefix of the characters that Amazon calls safe."""

# In the schema alone, where a server refuses a deployment's run before there is one: pydantic's own
# refusal would show the name, which may hold a password.
_SCHEMA = {"pattern": rf"^(s3:/+{IN_A_BUCKET.pattern}$(?!\n)|(?!{SCHEME}:/))"}
StoreName = Annotated[str, Field(min_length=1, json_schema_extra=_SCHEMA)] | None
"""A folder or a bucket; none stands for the one that the environment names."""


def open_store(named: StoreName) -> Store:
    """Open the store that was named, else that of WINE_POINTS_STORE, else the folder `store`.

    Raises:
        StoreError: there can be none.
    """
    name = named or os.environ.get("WINE_POINTS_STORE") or "store"
    url = URL.fullmatch(name)
    if url is None:
        return Store(Path(name))
    if url[1] != "s3":
        raise StoreError(
            f"{url[1]}:// is no store that can be opened; name a folder, or s3://BUCKET/PREFIX"
        )
    place = IN_A_BUCKET.fullmatch(url[2])
    if place is None:
        # It may hold a password, and is not shown.
        raise StoreError("the store's URL cannot be read; write it as s3://BUCKET/PREFIX")
    return _open_bucket(place[1], place[2].lstrip("/"))


def _open_bucket(bucket: str, prefix: str) -> Store:
    from tasks.engine.bucket_store import BucketStore
    from tasks.engine.objects import Objects

    return BucketStore(Objects(bucket, prefix), working_folder(f"s3://{bucket}/{prefix}"))


def working_folder(url: str) -> Path:
    """Return where this machine keeps its copies of a store in a bucket.

    Two servers may each have a bucket of the same name.
    """
    server = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
    key = hashlib.sha256(f"{server} {url}".encode()).hexdigest()[:16]
    return Path(os.environ.get("WINE_POINTS_CACHE") or "~/.cache/wine-points") / key
