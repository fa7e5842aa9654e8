"""What every test stands on: a Prefect of its own, and stores in temporary folders."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

# Before Prefect is imported anywhere: a home of its own, no telemetry, one short-lived server.
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="prefect-home-")
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
others = ("WINE_POINTS_", "PREFECT_API", "MLFLOW_", "AWS_")
for name in [key for key in os.environ if key.startswith(others)]:
    del os.environ[name]

import pytest
from hypothesis import settings
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, temporary_settings

from tasks.storage.bucket import BucketObjects
from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tests.prefect_server import DATABASE, create_database, running_server

# A deadline would fail a test because the machine is busy.
settings.register_profile("project", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=15)
settings.load_profile("project")

QUICK = "not slow and not heavy"
REAL_REVIEWS = Path(__file__).parents[2] / "shared/data/wine_reviews.csv.gz"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = open_store(str(tmp_path / "store"))
    made.create()
    return made


@pytest.fixture(autouse=True)
def _same_environment() -> Iterator[None]:
    """Check that a test leaves none of the project's variables to the tests after it."""
    before = _own_variables()
    yield
    assert _own_variables() == before


def _own_variables() -> dict[str, str]:
    own = {k: v for k, v in os.environ.items() if k.upper().startswith("WINE_POINTS")}
    # The S3 server of a module sets it, within the first test that needs the server.
    own.pop("WINE_POINTS_CACHE", None)
    return own


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with a champion that was made by hand."""
    from tests.served_champions import install_champion

    made = open_store(str(tmp_path_factory.mktemp("served") / "store"))
    made.create()
    install_champion(made, "v1")
    return made


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real S3 server, for the tests of one module."""
    from tests.s3_server import running_s3_server

    with running_s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """URL of an empty place in a bucket: of SeaweedFS, or in the one that `--bucket` names."""
    if url := request.config.getoption("--bucket"):
        monkeypatch.setenv("WINE_POINTS_CACHE", str(tmp_path / "cache"))
        return f"{url}/{uuid.uuid4().hex}"
    request.getfixturevalue("s3_server").make_bucket("wine")
    return f"s3://wine/{uuid.uuid4().hex}"


@pytest.fixture
def here(bucket: str) -> Store:
    """A store in a bucket, as one machine sees it."""
    made = open_store(bucket)
    made.create()
    return made


@pytest.fixture
def there(here: Store, tmp_path: Path) -> Store:
    """The same store on another machine."""
    return Store(BucketObjects(str(here), tmp_path / "another machine"))


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.slow)])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store of each kind."""
    folder = request.param == "folder"
    made = open_store(str(tmp_path / "store") if folder else request.getfixturevalue("bucket"))
    made.create()
    return made


@pytest.fixture(scope="session")
def real_reviews() -> Path:
    if not REAL_REVIEWS.exists():
        pytest.skip(f"the real reviews are not at {REAL_REVIEWS}")
    return REAL_REVIEWS


@pytest.fixture(scope="session")
def make_prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a PREFECT_HOME with an empty database, which a server needs seconds to create."""
    from tests.trained_stores import make_once

    empty = make_once(tmp_path_factory, "prefect-home", create_database)

    def make(name: str) -> Path:
        home = tmp_path_factory.mktemp(name)
        shutil.copy(empty / DATABASE, home)
        return home

    return make


@pytest.fixture
def prefect_home(make_prefect_home: Callable[[str], Path]) -> Path:
    return make_prefect_home("prefect-home")


@pytest.fixture(scope="session")
def prefect_server(make_prefect_home: Callable[[str], Path]) -> Iterator[str]:
    """URL of the API of a real Prefect server, which flows of this process report to."""
    with running_server(make_prefect_home("prefect-server")) as server:
        url = server.url
        os.environ["PREFECT_API_URL"] = url
        with temporary_settings({PREFECT_API_URL: url}):
            yield url
            # What Prefect still has to say it would else say to nobody, for a minute.
            for worker in (APILogWorker, EventsWorker):
                worker.drain_all(timeout=30)
        del os.environ["PREFECT_API_URL"]


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Path:
    """A store in which the small retraining was done once; copy it before you change it."""
    from tests.trained_stores import make_once, train_small

    return make_once(tmp_path_factory, "small-store", train_small)


@pytest.fixture(scope="session")
def champion_store(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Path:
    """A store with a champion and a weaker candidate; copy it before you change it."""
    from tests.trained_stores import make_once, train_champion

    return make_once(tmp_path_factory, "champion-store", train_champion)


@pytest.fixture(scope="session")
def empty_tracking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of MLflow."""
    from tests.tracking import make_database

    return make_database(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def tracking(tmp_path: Path, empty_tracking: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """MLflow, where this test tracks to."""
    from tests.tracking import Tracking

    return Tracking(tmp_path, empty_tracking, monkeypatch)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser, for the tests of one module."""
    from tests.browser import running_browser

    with running_browser() as running:
        yield running


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """For `make check`, do not import a module whose tests are all slow or heavy."""
    if config.option.markexpr != QUICK or collection_path.suffix != ".py":
        return None
    marked = r"^pytestmark = \[?\s*pytest\.mark\.(slow|heavy)\b"
    return bool(re.search(marked, collection_path.read_text(), re.MULTILINE)) or None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="take a skipped test for a failure")
    parser.addoption("--bucket", help="gs:// or az:// of your own for the tests of any store")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.config.getoption("--no-skips") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report
