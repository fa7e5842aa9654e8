"""Commands in environments as people have them: what each says, and how long it takes.

    python -m tests.benchmarks.environments

Tries retraining, doctor and serve in environments that have each pair of values at least once:
proxy, locale, HOME, PREFECT_HOME, PYTHONPATH and the form of PREFECT_API_URL. Prints a table, and
how many left a traceback, waited for more than 30 seconds, or failed without a line that says why.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.commands import ROOT, SMALL
from tests.prefect_server import free_port, running_server

SECONDS_MAX = 30
UNSET = ("PREFECT_API_URL", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "WINE_POINTS_STORE")

Values = dict[str, dict[str, str | None]]
"""By the name of a value, the variables that it sets; None unsets."""


class Ended(NamedTuple):
    """How a command ended, or got ready.

    Attributes:
        code: of its exit; 0 where it got ready and was ended.
        seconds: until then.
        said: all that it printed.
    """

    code: int
    seconds: float
    said: str

    @property
    def complaint(self) -> str:
        """The line that says what is wrong; of doctor's lines, what each is about."""
        lines = self.said.splitlines()
        problems = [line.split()[1] for line in lines if line.startswith("problem")]
        errors = [line for line in lines if line.startswith("error")]
        return f"problem: {', '.join(problems)}" if problems else "".join(errors[-1:])


def list_values(folder: Path, url: str, closed_url: str) -> dict[str, Values]:
    """List the values of each factor.

    Args:
        folder: for homes and packages.
        url: of a server's API.
        closed_url: of an API that wants credentials.
    """
    later, foreign = folder / "later", folder / "foreign"
    for place in (later, foreign / "flows", folder / "home", folder / "prefect"):
        place.mkdir(parents=True)
    (foreign / "flows/__init__.py").write_text("import of_another_project")
    with contextlib.closing(sqlite3.connect(later / "prefect.db")) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('0123456789ab')")
        database.commit()
    dead = "http://127.0.0.1:9"
    latin = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    return {
        "proxy": {"none": {}, "dead": {"HTTP_PROXY": dead, "http_proxy": dead}},
        "locale": {
            "UTF-8": {"LC_ALL": "C.UTF-8"},
            "ASCII": latin,
            "Latin-1": latin | {"PYTHONIOENCODING": "latin-1"},
        },
        "HOME": {
            "there": {"HOME": str(folder / "home")},
            "unset": {"HOME": None},
            "unwritable": {"HOME": "/proc/nowhere"},
        },
        "PREFECT_HOME": {
            "set": {"PREFECT_HOME": str(folder / "prefect")},
            "unset": {"PREFECT_HOME": None},
            "unwritable": {"PREFECT_HOME": "/proc"},
            "of a later version": {"PREFECT_HOME": str(later)},
        },
        "PYTHONPATH": {"unset": {"PYTHONPATH": None}, "foreign": {"PYTHONPATH": str(foreign)}},
        "URL": {
            "unset": {},
            "with a slash": {"PREFECT_API_URL": f"{url}/"},
            "without /api": {"PREFECT_API_URL": url.removesuffix("/api")},
            "dead": {"PREFECT_API_URL": f"{dead}/api"},
            "wants credentials": {"PREFECT_API_URL": closed_url},
            "nonsense": {"PREFECT_API_URL": "nonsense"},
        },
    }


def cover_pairs(factors: dict[str, Values]) -> Iterator[dict[str, str]]:
    """Yield environments, by the names of their values, until each pair of values was there."""
    names = list(factors)
    rows = [dict(zip(names, row, strict=True)) for row in itertools.product(*factors.values())]
    pairs_of = [set(itertools.combinations(row.items(), 2)) for row in rows]
    open_pairs = set().union(*pairs_of)
    while open_pairs:
        best = max(range(len(rows)), key=lambda number: len(pairs_of[number] & open_pairs))
        open_pairs -= pairs_of[best]
        yield rows[best]


def run(words: list[str], environment: dict[str, str], ready: str | None = None) -> Ended:
    """Run a command to its end, or until it says that it is ready."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

        def read() -> str:
            output.seek(0)
            return output.read()

        while process.poll() is None and not (ready and ready in read()):
            time.sleep(0.1)
        seconds, done = time.monotonic() - began, process.poll() is not None
        if not done:
            process.send_signal(signal.SIGINT)
        return Ended(process.wait(), seconds, read())


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a server, and one that wants credentials; yield the URLs of their APIs."""
    homes = [folder / "server", folder / "closed"]
    for home in homes:
        home.mkdir()
    with running_server(homes[0]) as server:
        os.environ["PREFECT_SERVER_API_AUTH_STRING"] = "somebody:secret"
        with running_server(homes[1]) as closed:
            del os.environ["PREFECT_SERVER_API_AUTH_STRING"]
            yield server.url, closed.url


def run_all(folder: Path, factors: dict[str, Values]) -> Iterator[tuple[list[str], Ended]]:
    """Run all commands in all environments; yield the names of what was run, and how it ended."""
    plain = {k: v for k, v in os.environ.items() if k not in UNSET}
    store = f"--store={folder / 'store'}"
    retraining = ["flows.retraining", store, *SMALL]
    run(retraining, plain | {"PREFECT_HOME": str(folder / "prefect")})
    for row in cover_pairs(factors):
        environment: dict[str, str | None] = dict(plain)
        for factor, value in row.items():
            environment |= factors[factor][value]
        given = {k: v for k, v in environment.items() if v is not None}
        serve = ["flows.serve", store, f"--port={free_port()}"]
        yield [*row.values(), "retrain"], run(retraining, given)
        yield [*row.values(), "doctor"], run(["flows.doctor", store], given)
        yield [*row.values(), "serve"], run(serve, given, "a worker waits")


def main() -> int:
    with tempfile.TemporaryDirectory() as name, servers(Path(name)) as urls:
        factors = list_values(Path(name), *urls)
        print(f"| {' | '.join(factors)} | command | exit | s | says |")
        print(f"|{' --- |' * (len(factors) + 4)}")
        amiss = {"a traceback": 0, f"a wait above {SECONDS_MAX} s": 0, "no line": 0}
        for cells, ended in run_all(Path(name), factors):
            shown = ended.complaint.replace(name, "…")
            cells += [str(ended.code), f"{ended.seconds:.1f}", shown]
            print(f"| {' | '.join(cells)} |", flush=True)
            amiss["a traceback"] += "Traceback" in ended.said
            amiss[f"a wait above {SECONDS_MAX} s"] += ended.seconds > SECONDS_MAX
            amiss["no line"] += bool(ended.code) and not ended.complaint
    print(", ".join(f"{what}: {count}" for what, count in amiss.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
