"""Processes that are started together, noted in a file, and ended together, the last one first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from flows.environment import environment_of_a_child
from tasks.storage.atomic_files import write_atomically

STOP_SECONDS_MAX = 30
BOOT = Path("/proc/sys/kernel/random/boot_id")


class Processes:
    """The processes noted in a file, this one among them.

    Each is known by its number and its time of start: a number alone may belong to another process
    by the time that someone comes to clean up.
    """

    def __init__(self, record: Path) -> None:
        """Look at the processes that `record` names, if it is there."""
        self._record = record
        self._noted: list[tuple[int, str]] = []
        if record.exists():
            self._noted = [(pid, started) for pid, started in json.loads(record.read_bytes())]

    def running(self) -> list[int]:
        """List the processes that still run, in the order of their start."""
        return [pid for pid, started in self._noted if started and time_of_start(pid) == started]

    def note(self, pid: int) -> None:
        """Add a process that runs."""
        self._noted.append((pid, time_of_start(pid)))
        write_atomically(self._record, json.dumps(self._noted).encode())

    def start(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a process whose output goes to `log`, in a session of its own.

        A terminal's Ctrl-C thus reaches this process alone, which ends the others in their order.
        """
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                env=environment_of_a_child(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.note(process.pid)
        return process

    def stop(self) -> None:
        """End all but this process: ask, wait, and insist; then forget them.

        The first one, which started the others, takes them down itself if it still runs.
        """
        first, *others = self.running() or [os.getpid()]
        for pid in (first, *reversed(others)):
            if pid == os.getpid() or pid not in self.running():
                continue
            os.kill(pid, signal.SIGTERM)
            end = time.monotonic() + STOP_SECONDS_MAX
            while pid in self.running() and time.monotonic() < end:
                time.sleep(0.1)
            if pid in self.running():
                os.kill(pid, signal.SIGKILL)
        self._record.unlink(missing_ok=True)


def time_of_start(pid: int) -> str:
    """Return what tells a process from a later one of its number; empty where it has ended.

    On Linux that is the boot and the clock ticks since then (proc(5), `starttime`): neither a time
    zone nor a step of the clock changes them. Elsewhere it is what ps says, in UTC.
    """
    if BOOT.exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        state, *fields = stat.rpartition(")")[2].split()
        return "" if state in "ZX" else f"{BOOT.read_text().strip()} {fields[18]}"
    asked = ["ps", "-o", "lstart=", "-o", "stat=", "-p", str(pid)]
    words = os.environ | {"TZ": "UTC", "LC_ALL": "C"}
    answer = subprocess.run(asked, capture_output=True, text=True, check=False, env=words)
    started, _, state = answer.stdout.strip().rpartition(" ")
    return "" if state.startswith("Z") else started.strip()
