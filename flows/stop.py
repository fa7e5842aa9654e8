"""Stop the server and the worker that `wine-points serve` started on this machine."""

from __future__ import annotations

from prefect.settings import PREFECT_HOME

from flows.deployment.processes import RECORD, Processes
from flows.plain_command import PlainCommand, run_plain_command


class Stop(PlainCommand):
    """Stop what `wine-points serve` started on this machine, even if `serve` itself was killed."""


def stop(_options: Stop) -> str:
    """End the processes of `wine-points serve`; return a message."""
    processes = Processes(PREFECT_HOME.value() / RECORD)
    message = "stopped" if processes.running() else "nothing to stop"
    processes.stop()
    return message


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Stop, stop, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
