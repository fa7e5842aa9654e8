"""The processes of `wine-points serve`, recorded in a file so that `wine-points stop` ends them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from flows.environment import make_child_environment
from tasks.storage.atomic_files import write_atomically

RECORD = "wine-points-serve.json"
"""Name of the file in PREFECT_HOME."""
STOP_SECONDS_MAX = 30
BOOT = Path("/proc/sys/kernel/random/boot_id")


class Processes:
    """The processes recorded in a file, in the order of their start.

    The file identifies a process by its PID and its start time, because a later process may have
    the same PID.
    """

    def __init__(self, record: Path) -> None:
        """Read the file, if it exists."""
        self._record = record
        self._entries: list[tuple[int, str]] = []
        if record.exists():
            self._entries = [(pid, started) for pid, started in json.loads(record.read_bytes())]

    def running(self) -> list[int]:
        """Return the PIDs of the processes that still run."""
        return [
            pid for pid, started in self._entries if started and read_start_time(pid) == started
        ]

    def add(self, pid: int) -> None:
        """Record a running process."""
        self._entries.append((pid, read_start_time(pid)))
        write_atomically(self._record, json.dumps(self._entries).encode())

    def start(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Start and record a process that writes its output to `log`.

        The process gets its own session, so that Ctrl-C in a terminal interrupts only this process,
        which then ends the others in reverse order.
        """
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                env=make_child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.add(process.pid)
        return process

    def stop(self) -> None:
        """End all processes except this one with SIGTERM, then SIGKILL, and delete the file.

        The first process started the others, and ends them itself when it gets SIGTERM.
        """
        first, *others = self.running() or [os.getpid()]
        for pid in (first, *reversed(others)):
            if pid == os.getpid() or pid not in self.running():
                continue
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS_MAX
            while pid in self.running() and time.monotonic() < deadline:
                time.sleep(0.1)
            if pid in self.running():
                os.kill(pid, signal.SIGKILL)
        self._record.unlink(missing_ok=True)


def read_start_time(pid: int) -> str:
    """Return the start time of a process; empty if it has ended.

    On Linux this is the ID of the boot and the clock ticks since then (proc(5), `starttime`), which
    do not change with the time zone or the clock. Elsewhere it is the time that ps prints in UTC.
    """
    if BOOT.exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        state, *fields = stat.rpartition(")")[2].split()
        return "" if state in "ZX" else f"{BOOT.read_text().strip()} {fields[18]}"
    command = ["ps", "-o", "lstart=", "-o", "stat=", "-p", str(pid)]
    environment = os.environ | {"TZ": "UTC", "LC_ALL": "C"}
    ps = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    started, _, state = ps.stdout.strip().rpartition(" ")
    return "" if state.startswith("Z") else started.strip()
