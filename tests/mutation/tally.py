"""How many mutants were tried, and how many of them the tests noticed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Tally(NamedTuple):
    """What became of mutants.

    Attributes:
        mutants: all that there are.
        equivalents: those of which it is known that nothing could notice them; they are not tried.
        survivors: those that no test noticed.
    """

    mutants: int = 0
    equivalents: int = 0
    survivors: int = 0

    @property
    def tried(self) -> int:
        return self.mutants - self.equivalents

    def describe(self) -> str:
        killed = self.tried - self.survivors
        share = killed / self.tried if self.tried else 1.0
        return (
            f"{self.tried} tried, {killed} killed ({share:.1%}), {self.survivors} survive;"
            f" {self.equivalents} equivalent"
        )

    def plus(self, other: Tally) -> Tally:
        return Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def write_table(tallies: Mapping[Path, Tally]) -> str:
    """Sum up by package."""
    packages: dict[str, Tally] = {}
    for module, tally in tallies.items():
        name = str(module.parent)
        packages[name] = packages.get(name, Tally()).plus(tally)
    return "\n".join(f"{name:24} {tally.describe()}" for name, tally in sorted(packages.items()))
