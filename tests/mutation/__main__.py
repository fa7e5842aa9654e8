"""Changes the code, one thing at a time, and tells which changes no fast test notices.

    python -m tests.mutation tasks/modelling/intervals.py data_contracts
    python -m tests.mutation tasks/split.py:46 --processes 1

A file, the mutants of one line of it, or a package. What nothing could notice is told in
`tests/mutation/equivalents.yaml`, with the reason.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
import time
from pathlib import Path

import grimp

from tests.mutation.known import equivalents_of, tests_of
from tests.mutation.mutants import list_mutants
from tests.mutation.processes import import_before, in_a_fork, run_tests
from tests.mutation.tally import Tally, write_table

OURS = ("flows", "tasks", "data_contracts")
SECONDS_MORE = 10
"""Beside three times what the tests take on the code as it is: then a mutant hangs."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("places", nargs="+", metavar="FILE[:LINE]|PACKAGE")
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="try N of each module, spread evenly"
    )
    arguments = parser.parse_args()
    lines: dict[Path, set[int]] = {}
    for place in arguments.places:
        name, _, line = place.partition(":")
        for module in (
            [Path(name)] if name.endswith(".py") else sorted(Path(name).rglob("[!_]*.py"))
        ):
            lines.setdefault(module, set()).update({int(line)} if line else set())
    with tempfile.TemporaryDirectory(prefix="prefect-home-") as home:
        os.environ["PREFECT_HOME"] = home
        tallies = {module: _examine(module, lines[module], arguments) for module in lines}
    print(write_table(tallies))
    sys.exit(any(tally.survivors for tally in tallies.values()))


def _examine(module: Path, lines: set[int], how: argparse.Namespace) -> Tally:
    """Run a module's tests on the code as it is, then on each mutant, and tell which survive."""
    (unchanged,) = run_tests(tests_of(module) or ["--version"], [lambda: None])
    if not unchanged.passed:
        sys.exit(f"{module}: its tests fail on the code as it is\n{unchanged.said}")
    import_before(unchanged.modules, set(OURS))
    name = ".".join(module.with_suffix("").parts)
    # In a process of its own, as the graph is built by threads.
    reaching = in_a_fork(_list_reaching, name)
    return in_a_fork(_try_mutants, module, name, lines, how, unchanged.modules, reaching)


def _list_reaching(module: str) -> set[str]:
    """List a module and those that import it, directly or not, be it inside a function."""
    return {module} | grimp.build_graph(*OURS, cache_dir=None).find_downstream_modules(module)


def _try_mutants(
    module: Path,
    name: str,
    lines: set[int],
    how: argparse.Namespace,
    modules: list[str],
    reaching: set[str],
) -> Tally:
    import_before(modules, reaching)
    tests, started = tests_of(module), time.monotonic()
    list(run_tests(tests or ["--version"], [lambda: None]))
    seconds_max = 3 * (time.monotonic() - started) + SECONDS_MORE
    mutants = [m for m in list_mutants(module.read_text()) if not lines or m.line in lines]
    known = equivalents_of(module)
    if not lines and (gone := known - {(mutant.source, mutant.change) for mutant in mutants}):
        print(f"{module}: no mutants any more: {gone}")
    if how.sample:
        mutants = mutants[:: -(-len(mutants) // how.sample)]
    asked = [m for m in mutants if (m.source, m.change) not in known]
    changes = [functools.partial(mutant.install, module.absolute(), name) for mutant in asked]
    ended = run_tests(tests, changes, seconds_max, how.processes) if tests else ()
    killed = {end.change for end in ended if not end.passed}
    survivors = [mutant for number, mutant in enumerate(asked) if number not in killed]
    for mutant in survivors:
        print(f"{module}:{mutant.line}: {mutant.change}")
    tally = Tally(len(mutants), len(mutants) - len(asked), len(survivors))
    print(f"{module}: {tally.describe()}, in {time.monotonic() - started:.0f} s", flush=True)
    return tally


if __name__ == "__main__":
    main()
