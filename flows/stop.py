"""Stop: end what `wine-points serve` started on this machine."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from flows.plain_command import PlainCommand, run_plain_command
from flows.serve import Serve, serve


class Stop(PlainCommand):
    """End what `wine-points serve` started on this machine, also what a killed one left running."""

    model_config = SettingsConfigDict(cli_prog_name="wine-points stop")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Stop, lambda _: serve(Serve(stop=True)), arguments)


if __name__ == "__main__":
    raise SystemExit(main())
