from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows.prefect_server import read_server_version
from flows.temporary_server import find_cause
from tasks.configuration.errors import ServerError
from tests.http_server import Fault, LocalServer, Resource, serve

pytestmark = pytest.mark.heavy


@pytest.fixture
def api() -> Iterator[LocalServer]:
    """What answers as a Prefect server's API does."""
    with serve() as website:
        website.resources["/api/health"] = Resource(b"true")
        website.resources["/api/admin/version"] = Resource(b'"3.9.1"')
        yield website


@pytest.mark.parametrize("path", ["/api", "/api/"])
def test_a_server_that_answers_is_enough(api: LocalServer, path: str) -> None:
    read_server_version(api.url(path))


@pytest.mark.parametrize("health", [b"<html>", b"false", None])
def test_what_is_no_api_is_told(api: LocalServer, health: bytes | None) -> None:
    if health:
        api.resources["/health"] = Resource(health)
        api.resources["/admin/version"] = Resource(health)
    with pytest.raises(ServerError, match=r"is not the API of a Prefect server.*ends in /api"):
        read_server_version(api.url(""))


@pytest.mark.parametrize("status", [401, 403])
def test_other_credentials_are_told(api: LocalServer, status: int) -> None:
    api.faults.extend([Fault(), Fault(status=status)])
    with pytest.raises(ServerError, match=rf"refuses the credentials \(HTTP {status}\)"):
        read_server_version(api.url("/api"))


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ServerError, match=r"127\.0\.0\.1:9/api does not answer \(ConnectError\)"):
        read_server_version("http://user:hidden@127.0.0.1:9/api")


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("INFO: starts\na.b.SomeError: why: x\nApplication failed", "a.b.SomeError: why: x"),
        ("first\n\nlast\n", "last"),
        ("", "its log is empty"),
    ],
)
def test_the_line_that_says_why_is_quoted(log: str, cause: str) -> None:
    assert find_cause(log) == cause
