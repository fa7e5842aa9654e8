"""The deployments on pools of type docker and kubernetes, as Prefect's own workers would run them.

Neither an engine nor a cluster is here: what is tested is what they would be asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from docker.types import HostConfig
from kubernetes_asyncio.client import ApiClient
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.workers.base import BaseJobConfiguration
from prefect_docker.worker import DockerWorkerJobConfiguration
from prefect_kubernetes.worker import KubernetesWorkerJobConfiguration

from flows.deployment.workplace import WORK_POOL
from tests.commands import start
from tests.prefect_server import running_server

pytestmark = pytest.mark.slow

CONFIGURATIONS: dict[str, type[BaseJobConfiguration]] = {
    "docker": DockerWorkerJobConfiguration,
    "kubernetes": KubernetesWorkerJobConfiguration,
}
IMAGE = "wine-points:0.1.0"
A_GPU = {"driver": "nvidia", "count": 1, "capabilities": [["gpu"]]}


class Pool(NamedTuple):
    """A pool made from the template of its type, with the deployments on it.

    Attributes:
        kind: of the pool.
        client: of the server.
        url: of the server's API.
    """

    kind: str
    client: SyncPrefectClient
    url: str

    def job(self, **variables: Any) -> Any:
        """Render the job of a run with these job variables, as the pool's worker does."""
        deployment = self.client.read_deployment_by_name("retraining/weekly")
        run = self.client.create_flow_run_from_deployment(deployment.id, job_variables=variables)
        pool = self.client.read_work_pool(WORK_POOL)

        async def render() -> BaseJobConfiguration:
            async with get_client() as client:
                return await CONFIGURATIONS[self.kind].resolve_for_flow_run(
                    run, client=client, work_pool=pool, worker_name="tests"
                )

        return asyncio.run(render())


@contextlib.contextmanager
def _deployed(kind: str, folder: Path) -> Iterator[Pool]:
    with (
        running_server(folder) as server,
        temporary_settings({PREFECT_API_URL: server.url}),
        get_client(sync_client=True) as client,
    ):
        template = f"flows/deployment/{kind}.json"
        create = ["work-pool", "create", WORK_POOL, "--type", kind, "--base-job-template", template]
        for words in (create, ["deploy", "--all"]):
            called = start("prefect", words, env={"PREFECT_API_URL": server.url})
            called.communicate()
            assert called.wait() == 0, called.output
        yield Pool(kind, client, server.url)


@pytest.fixture(scope="module", params=list(CONFIGURATIONS))
def pool(
    request: pytest.FixtureRequest, make_prefect_home: Callable[[str], Path]
) -> Iterator[Pool]:
    with _deployed(request.param, make_prefect_home(request.param)) as found:
        yield found


def test_a_run_is_started_as_deployment_and_pool_say(pool: Pool) -> None:
    job = pool.job()
    assert job.command == "prefect flow-run execute"
    assert job.env["WINE_POINTS_STORE"] == "/store"
    assert job.env["PREFECT_API_URL"] == pool.url
    # The worker's own home is a folder of another machine.
    assert os.environ["PREFECT_HOME"] != job.env["PREFECT_HOME"] == "/home/wine/.prefect"
    assert job.env["TF_CPP_MIN_LOG_LEVEL"] == "2"
    assert job.env["TF_NUM_INTRAOP_THREADS"] == "0"
    assert job.env["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"
    assert image_of(pool, job) == IMAGE


def test_a_runs_variables_are_laid_over_those_of_deployment_and_pool(pool: Pool) -> None:
    few = {"TF_NUM_INTRAOP_THREADS": "3"}
    job = pool.job(env=few, store="s3://bucket/wine", image="registry.example/wine:2")
    assert job.env["WINE_POINTS_STORE"] == "s3://bucket/wine"
    assert job.env["TF_NUM_INTRAOP_THREADS"] == "3"
    assert job.env["TF_CPP_MIN_LOG_LEVEL"] == "2"
    assert image_of(pool, job) == "registry.example/wine:2"


def test_a_wrong_variable_is_refused_before_there_is_a_run(pool: Pool) -> None:
    with pytest.raises(PrefectHTTPStatusError, match="'image'"):
        pool.job(image=["no", "name"])


@pytest.mark.parametrize("pool", ["docker"], indirect=True)
def test_docker_gets_volume_memory_cpus_and_gpu(pool: Pool) -> None:
    plain = pool.job()
    assert plain.volumes == ["wine-points-store:/store"]
    assert (plain.mem_limit, plain.container_create_kwargs) == (None, {})
    assert plain.image_pull_policy == "IfNotPresent"
    job = pool.job(
        memory="4g", nano_cpus=2_000_000_000, device_requests=[A_GPU], volumes=["/srv/wine:/store"]
    )
    assert (job.volumes, job.mem_limit) == (["/srv/wine:/store"], "4g")
    # Docker's own client makes the engine's words of it.
    asked = HostConfig("1.43", mem_limit=job.mem_limit, **job.container_create_kwargs)
    assert (asked["Memory"], asked["NanoCpus"]) == (4 * 1024**3, 2_000_000_000)
    (gpu,) = asked["DeviceRequests"]
    assert (gpu["Count"], gpu["Capabilities"]) == (1, [["gpu"]])


@pytest.mark.parametrize("pool", ["kubernetes"], indirect=True)
def test_kubernetes_gets_claim_resources_gpu_secrets_and_no_root(pool: Pool) -> None:
    job = pool.job(gpus=1, cpu_limit="4", env_from=[{"secretRef": {"name": "wine-points"}}])
    pod = job.job_manifest["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["args"] == ["prefect", "flow-run", "execute"]
    assert {"name": "WINE_POINTS_STORE", "value": "/store"} in container["env"]
    assert pod["volumes"][0]["persistentVolumeClaim"] == {"claimName": "wine-points-store"}
    assert container["volumeMounts"] == [{"name": "store", "mountPath": "/store"}]
    assert container["resources"]["requests"] == {"cpu": "1", "memory": "2Gi"}
    limits = {"cpu": "4", "memory": "6Gi", "nvidia.com/gpu": 1}
    assert container["resources"]["limits"] == limits
    assert container["envFrom"] == [{"secretRef": {"name": "wine-points"}}]
    assert pod["securityContext"]["runAsUser"] == 1000
    assert "command" not in container
    bucket = pool.job(store="s3://bucket/wine", volumes=[], volume_mounts=[])
    pod = bucket.job_manifest["spec"]["template"]["spec"]
    assert (pod["volumes"], pod["containers"][0]["volumeMounts"]) == ([], [])
    assert "nvidia.com/gpu" not in pod["containers"][0]["resources"]["limits"]


@pytest.mark.parametrize("pool", ["kubernetes"], indirect=True)
def test_kubernetes_knows_every_word_of_the_job(pool: Pool) -> None:
    tolerations = [{"key": "gpu", "operator": "Exists"}]
    job = pool.job(node_selector={"disk": "ssd"}, tolerations=tolerations, namespace="wine")
    asked = job.job_manifest
    assert asked["metadata"]["namespace"] == "wine"
    pod = asked["spec"]["template"]["spec"]
    # Prefect's check of a job wants these two here, and Kubernetes passes over them.
    assert (pod.pop("parallelism"), pod.pop("completions")) == (1, 1)
    assert asyncio.run(_understood(asked)) == asked


async def _understood(job: dict[str, Any]) -> Any:
    """Read a job by Kubernetes' own models, which drop what they do not know; write it again."""
    async with ApiClient() as client:
        read = client.deserialize(SimpleNamespace(data=json.dumps(job)), "V1Job")
        return client.sanitize_for_serialization(read)


def image_of(pool: Pool, job: Any) -> str:
    if pool.kind == "docker":
        return str(job.image)
    return str(job.job_manifest["spec"]["template"]["spec"]["containers"][0]["image"])
