"""Break what runs a deployment in the middle of a training, and see what becomes of it.

    python -m tests.benchmarks.deployment_faults            # all faults, one after the other
    python -m tests.benchmarks.deployment_faults --only "worker killed"

Each fault has a server, a worker and a store of its own, with a champion of demo reviews. Prints
how the struck run ended, after how many seconds the next one began, its verdict, after which epoch
its training went on, whether a champion stands and whether an output is half there.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from prefect.client.schemas.objects import FlowRun

from tasks.champions.champion import ChampionRegistry
from tasks.storage.opening import open_store
from tasks.storage.store import MANIFEST
from tests.s3_server import running_s3_server
from tests.served_deployments import Served, serving, wait_for

DEMO = {"source": "demo", "preset": "demo"}
LONG_EPOCHS = 14
LONG = DEMO | {"training": f'{{"epochs": {LONG_EPOCHS}}}'}
PATIENCE_SECONDS = 600
S3_AWAY = "S3 server away for 30 s"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


def epochs_of(served: Served) -> int:
    return len(re.findall(r"epoch \d+/14:", served.log.read_text()))


def start_training(served: Served) -> FlowRun:
    """Start a long run, and wait until it has finished two epochs."""
    before, run = epochs_of(served), served.start("retraining/weekly", **LONG)
    wait_for(lambda: epochs_of(served) >= before + 2)
    return run


def kill_run(served: Served) -> None:
    os.kill(served.process_of_run(), signal.SIGKILL)


def kill_worker(served: Served) -> None:
    served.worker.kill()
    served.worker.wait()
    time.sleep(5)
    served.start_worker()


def kill_both(served: Served) -> None:
    process = served.process_of_run()
    served.worker.kill()
    served.worker.wait()
    os.kill(process, signal.SIGKILL)
    served.start_worker()


def restart_server(served: Served, away_seconds: float = 0) -> None:
    served.server.stop()
    time.sleep(away_seconds)
    served.server.start()


def fill_disk(served: Served) -> None:
    """Fill the store's small disk until the struck run has ended, and empty it again."""
    filler = served.store.with_name("store-disk") / "filler"
    with filler.open("wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(2**16))
            file.flush()
    wait_for(lambda: served.log.read_text().count("disk is full") or None, PATIENCE_SECONDS)
    filler.unlink()


def two_workers(served: Served) -> None:
    first = served.worker
    served.start_worker()
    served.watch("data-quality/daily", source="demo")
    served.stop_worker()
    served.worker = first


def stop_s3_server(served: Served, away_seconds: float) -> None:
    """Take the bucket's server away; the training does not need it until it ends."""
    server = served.s3_server
    assert server is not None
    server.stop()
    wait_for(lambda: epochs_of(served) >= LONG_EPOCHS or None, PATIENCE_SECONDS)
    time.sleep(away_seconds)
    server.start()


FAULTS: dict[str, Callable[[Served], None]] = {
    "flow process killed": kill_run,
    "worker killed": kill_worker,
    "both killed": kill_both,
    "server restarted": restart_server,
    "server away for 30 s": functools.partial(restart_server, away_seconds=30),
    "store's disk full": fill_disk,
    S3_AWAY: functools.partial(stop_s3_server, away_seconds=30),
    "clock an hour ahead": kill_run,
    "clock an hour behind": kill_run,
    "two workers": two_workers,
}


FALSE_CLOCKS = {
    "clock an hour ahead": {"LD_PRELOAD": FAKETIME, "FAKETIME": "+1h"},
    "clock an hour behind": {
        "LD_PRELOAD": FAKETIME,
        "FAKETIME": "-1h",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    },
}
"""What makes the clock of the next run false (Debian's package faketime). Its sleeps fail where the
monotonic clock is not shifted too; backwards that clock would be negative after a short uptime."""


@contextlib.contextmanager
def small_disk(served: Served) -> Iterator[None]:
    """Lay the store on a disk of its own, of 40 MiB in memory."""
    disk = served.store.with_name("store-disk")
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)], check=True)
    try:
        served.store.symlink_to(disk / "store")
        (disk / "store").mkdir()
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextlib.contextmanager
def bucket(served: Served) -> Iterator[None]:
    """Lay the store into a bucket of a server of its own."""
    with running_s3_server(served.elsewhere / "s3") as server:
        server.make_bucket("wine")
        served.environment |= server.environment | {"WINE_POINTS_STORE": "s3://wine/points"}
        served.stop_worker()
        served.start_worker()
        served.s3_server = server
        yield


LAID_ELSEWHERE = {"store's disk full": small_disk, S3_AWAY: bucket}
"""Where the store lies for a fault, if not in a folder on the disk of all."""


def strike(name: str, served: Served) -> str:
    """Let one fault happen, run again, and tell what came of it."""
    first = served.watch("retraining/weekly", **DEMO)
    assert first.state_name == "Promoted", first.state
    struck = start_training(served)
    FAULTS[name](served)
    started = time.monotonic()
    following = served.start("retraining/weekly", FALSE_CLOCKS.get(name), **LONG)

    def begun() -> bool:
        found = served.client.read_flow_run(following.id)
        return found.start_time is not None

    wait_for(begun, PATIENCE_SECONDS)
    waited = time.monotonic() - started
    following = served.end_of(following)
    state = following.state
    why = "" if state is None or state.is_completed() else f" ({state.message})"
    went_on = re.findall(r"training continues after epoch (\d+)", served.log.read_text())
    return (
        f"{name}: the struck run ended as {served.end_of(struck).state_name}; the next one began"
        f" {waited:.0f} s later, ended as {following.state_name}{why}, training"
        f" {f'went on after epoch {went_on[-1]}' if went_on else 'was not interrupted'};"
        f" {describe_store(served.environment['WINE_POINTS_STORE'])}"
    )


def describe_store(name: str) -> str:
    """Tell whether the champion is whole and every published output too."""
    store = open_store(name)
    champion = ChampionRegistry(store).current()
    listed = [Path(name) for name in store.objects.list()]
    outputs = [p.parts[:2] for p in listed if p.name == MANIFEST and p.parts[0][0] != "."]
    damaged = [output for output in outputs if store.look_up(*output) is None]
    stands = f"champion {champion.version}" if champion else "NO CHAMPION"
    return f"{stands}, {len(damaged)} of {len(outputs)} outputs damaged"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=FAULTS)
    for name in parser.parse_args().only or FAULTS:
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(Path(folder)) as served,
            LAID_ELSEWHERE[name](served) if name in LAID_ELSEWHERE else contextlib.nullcontext(),
        ):
            print(strike(name, served), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
