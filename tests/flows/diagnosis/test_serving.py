"""A server that is not there or none of Prefect's; tests/integration has the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deployment.planned import read_deployments
from flows.diagnosis import scheduling, serving
from flows.diagnosis.examination import examine
from tests import http_server
from tests.flows.test_deployment import NAMES
from tests.http_server import LocalServer, Resource


@pytest.fixture
def website() -> Iterator[LocalServer]:
    with http_server.serve() as server:
        yield server


def test_the_deployments_are_read_from_their_file(tmp_path: Path) -> None:
    planned = read_deployments()
    assert [plan.name for plan in planned] == NAMES
    assert [plan.is_scheduled for plan in planned] == [True, False, True, True, False]
    assert {plan.work_pool for plan in planned} == {"wine-points"}
    assert read_deployments(tmp_path / "prefect.yaml") == []


@pytest.mark.parametrize(
    ("url", "level", "said"),
    [
        (None, "warning", "PREFECT_API_URL is not set"),
        ("http://user:hidden@127.0.0.1:9/api", "problem", "http://127.0.0.1:9/api does not answer"),
        ("nonsense", "problem", "does not answer"),
    ],
)
def test_without_a_server_one_check_says_so_and_the_rest_is_not_looked_at(
    url: str | None, level: str, said: str
) -> None:
    with temporary_settings({PREFECT_API_URL: url}):
        (_, server), *rest = examine([*serving.list_checks(), *scheduling.list_checks()])
    assert (server.level, said in server.found) == (level, True)
    assert {finding.level for _, finding in rest} == {"warning"}
    assert all(finding.found.startswith("not looked at") for _, finding in rest)
    assert "hidden" not in str([server, *rest])


def test_what_is_no_prefect_server_is_told(website: LocalServer) -> None:
    website.resources["/api/health"] = Resource(b"true")
    with temporary_settings({PREFECT_API_URL: website.url("/api")}):
        (_, server), *rest = examine(serving.list_checks())
    assert (server.level, "is not the API of a Prefect server" in server.found) == ("problem", True)
    assert dict(rest)["automations"].found == "the server refused the question (HTTP 501)"
