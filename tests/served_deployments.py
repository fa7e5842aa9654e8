"""The deployments of prefect.yaml on a real server, with a real worker, while a test needs them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, FlowRunFilter, TaskRunFilter
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deployment.automations import FILE, apply_automations
from flows.deployment.workplace import WORK_POOL
from tests.commands import ROOT
from tests.forked import Forked
from tests.prefect_server import PrefectServer, running_server
from tests.s3_server import S3Server

PATIENCE_SECONDS = 240
T = TypeVar("T")


class Answer(NamedTuple):
    """How a command of Prefect ended."""

    code: int
    output: str


class Served:
    """What a person has who scheduled the deployments.

    Attributes:
        client: of the server.
        server: the server itself.
        elsewhere: the folder that commands are called in; it is not the project's.
        root: the folder of the project.
        store: the store that runs use which name none.
        worker: the worker's process.
        s3_server: the server of the store's bucket, where it lies in one.
    """

    def __init__(
        self, client: SyncPrefectClient, server: PrefectServer, folder: Path, root: Path
    ) -> None:
        self.client, self.server, self.root = client, server, root
        self.elsewhere, self.store = folder / "elsewhere", folder / "store"
        self.log = folder / "worker.log"
        self.elsewhere.mkdir()
        self.environment = os.environ | {
            "PREFECT_API_URL": server.url,
            "PREFECT_HOME": str(folder),
            # Where the project is no installed package, as in a second checkout.
            "PYTHONPATH": str(root),
            "WINE_POINTS_STORE": str(self.store),
        }
        self.s3_server: S3Server | None = None
        self.worker = self.start_worker()

    def start_worker(self) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "prefect",
            "worker",
            "start",
            "--pool",
            WORK_POOL,
            "--type",
            "process",
        ]
        with self.log.open("ab") as log:
            self.worker = subprocess.Popen(
                command,
                cwd=self.elsewhere,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # A test run that was started in the background is deaf to SIGINT, and so would be
                # the worker, which makes a SIGINT of a SIGTERM.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        return self.worker

    def stop_worker(self) -> None:
        self.worker.terminate()
        try:
            self.worker.wait(30)
        finally:
            self.worker.kill()

    def process_of_run(self) -> int:
        """Find the process of the flow run that is under way, a child of the worker."""

        def child() -> int | None:
            asked = ["pgrep", "--parent", str(self.worker.pid), "--full", "prefect.engine"]
            found = subprocess.run(asked, capture_output=True, text=True).stdout.split()
            return int(found[0]) if found else None

        return wait_for(child)

    def prefect(self, *words: str, cwd: Path | None = None) -> Answer:
        """Call Prefect's command line."""
        return self._call("prefect", "--no-prompt", *words, cwd=cwd or self.elsewhere)

    def deploy(self, *words: str) -> Answer:
        """Deploy everything, as prefect.yaml says."""
        wait_for(lambda: self.prefect("work-pool", "inspect", WORK_POOL).code == 0)
        answer = self._call("flows.deploy", *words, cwd=self.root)
        assert answer.code == 0, answer.output
        return answer

    def _call(self, module: str, *words: str, cwd: Path) -> Answer:
        called = Forked(module, list(words), cwd, self.environment)
        out, err = called.communicate()
        return Answer(called.wait(), out + err)

    def tell(self, url: str, file: Path = FILE) -> None:
        """Make the notification block that the automations speak of, and apply them again."""
        CustomWebhookNotificationBlock(
            name="tests", url=url, json_data={"subject": "{{subject}}", "body": "{{body}}"}
        ).save("wine-points-alerts", overwrite=True)
        assert not apply_automations(self.client, file).waiting

    def deployment(self, name: str) -> DeploymentResponse:
        return self.client.read_deployment_by_name(name)

    def start(
        self, deployment: str, environment: dict[str, str] | None = None, **parameters: Any
    ) -> FlowRun:
        """Ask for a run, with more in its environment, and do not wait for it."""
        name = uuid.uuid4().hex
        job = [f"--job-variable=env={json.dumps(environment)}"] if environment else []
        answer = self.prefect(*_run(deployment, name, parameters), *job)
        assert answer.code == 0, answer.output
        return self.find(name)

    def watch(self, deployment: str, **parameters: Any) -> FlowRun:
        """Run a deployment to its end."""
        name = uuid.uuid4().hex
        answer = self.prefect(*_run(deployment, name, parameters), "--watch")
        run = self.find(name)
        assert run.state is not None
        assert run.state.is_final(), answer.output
        assert (answer.code == 0) == run.state.is_completed(), answer.output
        return run

    def find(self, name: str) -> FlowRun:
        (run,) = self.runs(FlowRunFilter(name={"any_": [name]}))
        return run

    def runs(self, chosen: FlowRunFilter | None = None) -> list[FlowRun]:
        return self.client.read_flow_runs(flow_run_filter=chosen)

    def end_of(self, run: FlowRun) -> FlowRun:
        """Wait until a run has ended."""

        def ended() -> FlowRun | None:
            found = self.client.read_flow_run(run.id)
            return found if found.state and found.state.is_final() else None

        return wait_for(ended)

    def tasks_of(self, run: FlowRun) -> dict[str, str]:
        """Name the state of each task that a run started, by the task's name."""
        chosen = TaskRunFilter(flow_run_id={"any_": [run.id]})
        state = self.client.read_flow_run(run.id).state

        def read() -> list[TaskRun]:
            tasks = self.client.read_task_runs(task_run_filter=chosen)
            # The states of tasks reach the server as events, later than the end of their run.
            here = all(task.state and task.state.is_final() for task in tasks)
            late = state and state.is_final() and not here
            return [] if late else tasks

        tasks = wait_for(read) if state and state.is_final() else read()
        return {task.name.rpartition("-")[0]: task.state_name or "" for task in tasks}

    def artifacts_of(self, run: FlowRun) -> dict[str | None, Any]:
        """Return the artifacts of a run, by their keys."""
        chosen = ArtifactFilter(flow_run_id={"any_": [run.id]})
        found = self.client.read_artifacts(artifact_filter=chosen)
        return {artifact.key: artifact.data for artifact in found}


def _run(deployment: str, name: str, parameters: dict[str, Any]) -> list[str]:
    given = [f"--param={key}={value}" for key, value in parameters.items()]
    return ["deployment", "run", deployment, f"--flow-run-name={name}", *given]


def wait_for(ask: Callable[[], T | None], patience_seconds: float = PATIENCE_SECONDS) -> T:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + patience_seconds
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.3)
    raise AssertionError(f"no answer within {patience_seconds} s")


@contextlib.contextmanager
def serving(folder: Path, root: Path = ROOT) -> Iterator[Served]:
    """Serve the deployments of the project at `root`, with `folder` as PREFECT_HOME."""
    with (
        running_server(folder) as server,
        temporary_settings({PREFECT_API_URL: server.url}),
        get_client(sync_client=True) as client,
    ):
        served = Served(client, server, folder, root)
        try:
            served.deploy()
            yield served
        finally:
            served.stop_worker()
