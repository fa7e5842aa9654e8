"""What a command costs: seconds, CPU seconds, and the memory of its largest process and of all."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SAMPLE_SECONDS = 0.2
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
BYTES_PER_MB = 1_000_000


class Usage(NamedTuple):
    """The cost of a command and all processes that it started.

    Attributes:
        seconds: by the clock on the wall.
        cpu_seconds: of all processes.
        largest_mb: peak memory of the largest process.
        all_mb: peak memory of all processes together; a page that several share counts once.
        output: what the command printed.
        code: its exit code.
    """

    seconds: float
    cpu_seconds: float
    largest_mb: float
    all_mb: float
    output: str
    code: int


def measure_command(command: Sequence[str]) -> Usage:
    """Run a command, and look at it and its descendants while it runs."""
    cpu_seconds, known, largest, total = dict[int, float](), set[int](), 0, 0
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors, tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        known.add(process.pid)
        while process.poll() is None:
            memory = []
            known |= _find_descendants(known)
            for pid in known:
                try:
                    cpu_seconds[pid] = _read_cpu_seconds(pid)
                    memory.append(_read_memory(pid))
                except OSError:
                    continue  # it ended meanwhile
            largest, total = max([largest, *memory]), max(total, sum(memory))
            time.sleep(SAMPLE_SECONDS)
        seconds = time.perf_counter() - started
        for file in (output, errors):
            file.seek(0)
        said = output.read() + errors.read()
    cpu = sum(cpu_seconds.values())
    mb = (largest / BYTES_PER_MB, total / BYTES_PER_MB)
    return Usage(seconds, cpu, *mb, said, process.returncode)


def _find_descendants(known: set[int]) -> set[int]:
    """Find the descendants of processes; one whose parent ended since is found once only."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(_read_fields(int(folder.name))[1])
        except OSError:
            continue
    found = set(known)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _read_fields(pid: int) -> list[str]:
    """Read the fields of /proc/pid/stat from the third on; see proc(5)."""
    # The second field can have spaces.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _read_cpu_seconds(pid: int) -> float:
    user, system = _read_fields(pid)[11:13]
    return (int(user) + int(system)) / CLOCK_TICKS


def _read_memory(pid: int) -> int:
    """Return the proportional set size of a process in bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
