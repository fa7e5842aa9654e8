"""A run and sources for it, for the tests of what is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.engine.run import Run
from tasks.storage.store import Store
from tests.http_server import LocalServer, Resource, serve
from tests.store_contents import BODY


@pytest.fixture
def run(store: Store) -> Run:
    return Run(store, "the source")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    path.write_bytes(BODY)
    return path


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with serve() as running:
        running.resources["/reviews.csv"] = Resource(BODY, etag='"v1"')
        yield running
