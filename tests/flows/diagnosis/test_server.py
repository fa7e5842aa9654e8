"""A server that is not there or none of Prefect's; tests/integration has the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deployment.prefect_yaml import read_deployments
from flows.diagnosis.checks import Check, run_checks
from flows.doctor import list_checks
from tests import http_server
from tests.flows.test_deployment import NAMES
from tests.http_server import LocalServer, Resource

OF_SERVER = {"server", "work pool", "deployments", "automations", "schedule", "running"}


@pytest.fixture
def website() -> Iterator[LocalServer]:
    with http_server.serve() as server:
        yield server


def test_the_deployments_are_read_from_their_file(tmp_path: Path) -> None:
    planned = read_deployments()
    assert [plan.name for plan in planned] == NAMES
    assert [plan.is_scheduled for plan in planned] == [True, False, True, True, True, False]
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
def test_without_a_server_one_check_says_so_and_nothing_else_is_told(
    url: str | None, level: str, said: str
) -> None:
    with temporary_settings({PREFECT_API_URL: url}):
        ((name, server),) = run_checks(checks_of_server())
    assert (name, server.level, said in server.found) == ("server", level, True)
    assert "hidden" not in str(server)


def test_what_is_no_prefect_server_is_told(website: LocalServer) -> None:
    website.resources["/api/health"] = Resource(b"true")
    with temporary_settings({PREFECT_API_URL: website.url("/api")}):
        ((name, server),) = run_checks(checks_of_server())
    assert (name, server.level) == ("server", "problem")
    assert "is not the API of a Prefect server" in server.found


def test_a_question_that_the_server_refuses_is_told_without_secrets(website: LocalServer) -> None:
    website.resources["/api/health"] = Resource(b"true")
    website.resources["/api/admin/version"] = Resource(b'"3.9.1"')
    url = website.url("/api").replace("http://", "http://user:hidden@")
    with temporary_settings({PREFECT_API_URL: url}):
        found = dict(run_checks(checks_of_server()))
    assert found["server"].level == "ok"
    refusal = ("problem", "the server refused the request (HTTP 501)", "")
    assert list(found.values()).count(refusal) == 1
    assert "hidden" not in str(found)


def checks_of_server() -> list[Check]:
    return [check for check in list_checks() if check.name in OF_SERVER]
