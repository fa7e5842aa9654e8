"""How soon runs of a deployment begin, and how long those take that find nothing to do.

    python -m tests.benchmarks.scheduled_runs

On a server and a worker of its own, with demo reviews: seconds from `prefect deployment run` to the
first task of five runs, and the parts of them; then a schedule whose interval is longer than its
first run, until it has fired three times.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from prefect.client.schemas.filters import FlowRunFilter, TaskRunFilter
from prefect.client.schemas.objects import FlowRun

from flows.deployment.workplace import WORK_POOL
from tests.commands import ROOT
from tests.served_deployments import Served, serving, wait_for

DEMO = {"source": "demo", "preset": "demo"}


def seconds_between(start: datetime | None, end: datetime | None) -> float:
    assert start
    assert end
    return (end - start).total_seconds()


def first_task_start(served: Served, run: FlowRun) -> datetime:
    chosen = TaskRunFilter(flow_run_id={"any_": [run.id]})
    tasks = served.client.read_task_runs(task_run_filter=chosen)
    return min(task.start_time for task in tasks if task.start_time)


def show_latency(served: Served, runs: int) -> None:
    """Print a line for each run: from the command to the first task, and what lies between."""
    totals = []
    for _ in range(runs):
        asked = datetime.now().astimezone()
        run = served.watch("data-quality/daily", source="demo")
        first = first_task_start(served, run)
        # States tell when the worker took the run, and when its process began the flow.
        states = served.client.read_flow_run_states(run.id)
        when = {state.name: state.timestamp for state in states}
        total = seconds_between(asked, first)
        totals.append(total)
        print(
            f"{total:5.2f} s: asked to scheduled {seconds_between(asked, when['Scheduled']):.2f},"
            f" to pending {seconds_between(when['Scheduled'], when['Pending']):.2f},"
            f" to running {seconds_between(when['Pending'], when['Running']):.2f},"
            f" to the first task {seconds_between(when['Running'], first):.2f}",
            flush=True,
        )
    print(f"median {statistics.median(totals):.2f} s", flush=True)


def show_schedule(served: Served, interval_seconds: int) -> None:
    """Print verdict and duration of three runs that a schedule starts."""
    words = ["deploy", "flows/retraining.py:retraining", "--name", "ticking", "--pool", WORK_POOL]
    params = [f"--param={key}={value}" for key, value in DEMO.items()]
    answer = served.prefect(*words, "--interval", str(interval_seconds), *params, cwd=ROOT)
    assert answer.code == 0, answer.output
    chosen = FlowRunFilter(deployment_id={"any_": [served.deployment("retraining/ticking").id]})

    def three_ended() -> list[FlowRun]:
        ended = [run for run in served.runs(chosen) if run.state and run.state.is_final()]
        return ended if len(ended) >= 3 else []

    ended = wait_for(three_ended, 4 * interval_seconds + 60)
    for run in sorted(ended, key=lambda run: str(run.start_time)):
        seconds = seconds_between(run.start_time, run.end_time)
        late = seconds_between(run.expected_start_time, run.start_time)
        print(f"{run.state_name}: {seconds:.2f} s, begun {late:.2f} s after its time", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--interval-seconds", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served:
        served.watch("data-quality/daily", source="demo")
        time.sleep(1)
        show_latency(served, asked.runs)
        show_schedule(served, asked.interval_seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
