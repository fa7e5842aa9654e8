"""The doctor's checks of what needs no server, on installations that are broken in one way each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.diagnosis import installation, scheduling, serving, sources, stored
from flows.diagnosis.examination import Check, Finding, describe_age, examine
from flows.diagnosis.planned import read_deployments
from flows.doctor import has_problem, say
from tasks.engine.run import Run
from tasks.engine.store import Store
from tests import accepted_deliveries, http_server
from tests.champions import crown
from tests.commands import ROOT
from tests.flows.test_deployment import NAMES
from tests.http_server import Fault, LocalServer, Resource


@pytest.fixture
def website() -> LocalServer:
    with http_server.serve() as server:
        yield server


def found_in(store: Store | Path) -> dict[str, Finding]:
    root = store.root if isinstance(store, Store) else store
    return dict(examine(stored.list_checks(str(root))))


def test_a_check_that_hangs_or_breaks_does_not_keep_the_others_from_answering() -> None:
    hung = threading.Event()

    def hang() -> Finding:
        hung.wait()
        return Finding("ok", "late")

    def break_off() -> Finding:
        raise KeyError("secret")

    checks = [
        Check("hangs", hang, seconds_max=0.05),
        Check("breaks", break_off),
        Check("answers", lambda: Finding("ok", "here")),
    ]
    found = dict(examine(checks))
    hung.set()
    assert found["hangs"] == ("problem", "no answer within 0.05 s", "see why it hangs")
    assert found["breaks"].level == "problem"
    assert "KeyError in test_doctor.py, line" in found["breaks"].found
    assert "secret" not in found["breaks"].found
    assert found["answers"] == ("ok", "here", "")


def test_findings_are_told_in_lines_or_as_one_object() -> None:
    findings = [
        ("pool", Finding("ok", "wine-points")),
        ("store", Finding("problem", "\x1b[31mfull", "free some room")),
    ]
    fine, bad = say(findings, as_json=False).splitlines()
    assert fine.split() == ["ok", "pool", "wine-points"]
    assert bad.endswith("?[31mfull → free some room")
    told = json.loads(say(findings, as_json=True))
    assert told["healthy"] is False
    assert told["checks"][1]["advice"] == "free some room"
    assert (has_problem(findings), has_problem(findings[:1])) == (True, False)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "5 seconds"), (-200, "3 minutes"), (7300, "2 hours"), (9 * 86_400, "9 days")],
)
def test_ages_are_told_in_words(seconds: float, said: str) -> None:
    assert describe_age(seconds) == said


def test_this_environment_is_found_sound() -> None:
    assert installation.check_python().level == "ok"
    assert installation.check_libraries().level == "ok"
    assert installation.check_lock(ROOT / "requirements.lock").level == "ok"


def test_libraries_that_are_missing_or_of_another_version_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["keras>=99", "no-such-library", 'pandas>=99; extra == "x"', "numpy"]
    monkeypatch.setattr(installation.importlib.metadata, "requires", lambda _: wanted)
    level, found, advice = installation.check_libraries()
    assert (level, advice) == ("problem", "make install")
    assert "keras is 3." in found
    assert found.endswith("not >=99; no-such-library is missing")
    lock = tmp_path / "requirements.lock"
    lock.write_text("keras==1.0 \\\n    --hash=sha256:00\nabsent==1\nnumpy==1 ; os_name == 'nt'\n")
    level, found, _ = installation.check_lock(lock)
    assert (level, found.startswith("keras is 3.")) == ("warning", True)
    assert installation.check_lock(tmp_path / "none").level == "ok"


def test_a_package_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "DISTRIBUTION", "wine-points-of-nobody")
    assert installation.check_package().level == "problem"
    assert installation.check_libraries().level == "warning"
    assert installation.check_python().level == "ok"


def test_a_tensorflow_that_cannot_be_imported_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "tensorflow.py"
    broken.write_text("raise ImportError('libcudart.so: no such file')")
    monkeypatch.setattr(installation, "_project", lambda: tmp_path)
    level, found, _ = installation.check_tensorflow()
    assert (level, found) == (
        "problem",
        "cannot be imported: ImportError: libcudart.so: no such file",
    )
    broken.write_text("import os; os.abort()")
    assert "it ended with -6" in installation.check_tensorflow().found


def test_gpus_and_a_driver_without_a_gpu_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tensorflow.py").write_text("__version__ = '2.21.0'")
    device = tmp_path / "tasks/modelling/device.py"
    device.parent.mkdir(parents=True)
    (tmp_path / "tasks/__init__.py").touch()
    monkeypatch.setattr(installation, "_project", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    device.write_text("list_gpus = lambda: ['/physical_device:GPU:0']")
    level, found, _ = installation.check_tensorflow()
    assert (level, found) == ("ok", "2.21.0, with 1 GPU: /physical_device:GPU:0")
    device.write_text("list_gpus = lambda: []")
    monkeypatch.setattr(installation, "DEVICE_FILES", (str(device),))
    assert installation.check_tensorflow().level == "warning"
    monkeypatch.setattr(installation, "DEVICE_FILES", ())
    assert "no GPU driver" in installation.check_tensorflow().found


def test_a_store_that_is_not_there_yet_is_no_problem_and_is_not_made(tmp_path: Path) -> None:
    found = found_in(tmp_path / "a/store")
    assert [finding.level for finding in found.values()].count("problem") == 0
    assert "none yet" in found["store"].found
    assert list(tmp_path.iterdir()) == []


def test_a_store_in_use_is_described_and_left_as_it_is(store: Store) -> None:
    accepted_deliveries.accept(
        Run(store, "http://user:hidden@example.org/a.csv?key=hidden"), "d", 9
    )
    crown(store, "a" * 16)
    before = sorted(store.root.rglob("*"))
    found = found_in(store)
    assert {finding.level for finding in found.values()} == {"ok"}
    assert "format 1, can be written" in found["store"].found
    assert "http://example.org/a.csv" in found["last accepted"].found
    assert "hidden" not in str(found)
    who, _, what = found["champion"].found.partition(" for ")
    assert (who, what.partition(", ")[2]) == ("a" * 16, "test MAE 1.250; 2 files of 0.0 MiB intact")
    assert found["history"].found == "1 events"
    assert sorted(store.root.rglob("*")) == before


def test_data_that_were_accepted_long_ago_are_a_warning(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted_deliveries.accept(Run(store, "reviews.csv"), "d", 9)
    monkeypatch.setattr(stored, "ACCEPTED_DAYS_MAX", -1)
    assert found_in(store)["last accepted"].level == "warning"


def test_a_damaged_champion_and_history_are_problems(store: Store) -> None:
    crown(store, "A")
    (model,) = store.root.glob("champion/versions/*/model.keras")
    model.write_bytes(b"other")
    found = found_in(store)
    assert found["champion"].level == "problem"
    assert f"{model}: damaged or missing" in found["champion"].found
    assert found["history"].level == "ok"
    (event,) = store.root.glob("champion/history/*.json")
    event.write_bytes(event.read_bytes().replace(b"beats", b"BEATS"))
    assert "damaged; restore it" in found_in(store)["history"].found


def test_a_damaged_memory_of_accepted_files_is_a_problem(store: Store) -> None:
    (store.root / "accepted").mkdir()
    (store.root / "accepted/accepted.json").write_bytes(b"[")
    assert found_in(store)["last accepted"].level == "problem"


def test_a_folder_that_is_no_store_or_of_another_format_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    assert "holds other things" in found_in(tmp_path)["store"].found
    (tmp_path / "store.json").write_text('{"format": 99}')
    found = found_in(tmp_path)
    assert "format is 99" in found["store"].found
    assert found["champion"] == ("warning", "not looked at: the store cannot be opened", "")
    assert "this is a file" in found_in(tmp_path / "letter.txt")["store"].found


def test_a_disk_that_is_nearly_full_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "FREE_GIB_LOW", 1e9)
    assert found_in(store)["disk"].level == "warning"
    monkeypatch.setattr(stored, "FREE_GIB_MIN", 1e9)
    assert found_in(store)["disk"].level == "problem"


def source_of(source: str | None) -> Finding:
    return dict(examine(sources.list_checks(source)))["source"]


def test_a_source_on_the_web_is_asked_for_its_head_alone(website: LocalServer) -> None:
    changed = "Fri, 01 Aug 2025 10:00:00 GMT"
    website.resources["/a.csv"] = Resource(b"x" * 1024**2, last_modified=changed)
    url = website.url("/a.csv?token=hidden").replace("http://", "http://user:hidden@")
    level, found, _ = source_of(url)
    assert (level, "1.0 MiB of Fri, 01 Aug 2025" in found) == ("ok", True)
    assert "hidden" not in found
    website.resources["/a.csv"].head = False
    assert source_of(url).level == "ok"
    assert [request.method for request in website.requests] == ["HEAD", "HEAD", "GET"]


def test_a_source_that_cannot_be_had_is_a_problem(
    website: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "404 Not Found" in source_of(website.url("/none.csv")).found
    website.faults.append(Fault(status=503, headers={"Retry-After": "3600"}))
    assert source_of(website.url("/none.csv")).level == "problem"
    website.faults.append(Fault(silent_seconds=60))
    monkeypatch.setattr(sources, "PATIENCE_SECONDS", 0.1)
    assert "stayed silent" in source_of(website.url("/none.csv")).found
    assert "no connection" in source_of("http://127.0.0.1:9/a.csv?key=hidden").found
    assert "there is no such file" in source_of(str(tmp_path / "none.csv")).found


def test_a_file_and_demo_reviews_are_sources_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    assert source_of(str(tmp_path / "a.csv")).level == "ok"
    assert source_of("demo").level == "ok"


def test_the_deployments_are_read_from_their_file(tmp_path: Path) -> None:
    planned = read_deployments()
    assert [plan.name for plan in planned] == NAMES
    assert [plan.is_scheduled for plan in planned] == [True, False, True, False]
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
    assert (server.level, "is no Prefect server" in server.found) == ("problem", True)
    assert dict(rest)["automations"].found == "the server refused the question (HTTP 501)"


@pytest.mark.slow
def test_the_command_ends_with_1_where_there_is_a_problem(tmp_path: Path) -> None:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flows.doctor", f"--store={tmp_path / 'store'}", *words],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"},
            capture_output=True,
            text=True,
        )

    fine = call("--source=demo", "--json")
    assert (fine.returncode, fine.stderr) == (0, "")
    told = json.loads(fine.stdout)
    assert told["healthy"] is True
    assert len(told["checks"]) == 19
    bad = call("--source=none.csv")
    assert (bad.returncode, bad.stderr) == (1, "")
    lines = bad.stdout.splitlines()
    assert len(lines) == 19
    assert [line for line in lines if line.startswith("problem")] == lines[-1:]
    wrong = call("--stoer=x")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert list(tmp_path.iterdir()) == []
