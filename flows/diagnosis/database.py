"""Checks of Prefect's database on this machine, and of temporary servers."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import prefect

from flows.diagnosis.checks import Finding

MIGRATIONS = Path(prefect.__file__).parent / "server/database/_migrations/versions/sqlite"
ADVICE = "move the file, or set PREFECT_HOME to another folder; the store does not depend on it"
TEMPORARY_SERVER = re.compile(
    rb"prefect\.server\.api\.server:create_app\0.*--lifespan\0on|flows\.temporary_server"
)
"""The command line of Prefect's own temporary server, or of ours."""


def check_database(file: Path) -> Finding:
    """Check that this version of Prefect can use the database, if there is one."""
    if not file.exists():
        return Finding("ok", f"none yet; the first server creates {file}")
    try:
        with sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as error:
        return Finding("problem", f"{file} is not a database of Prefect ({error})", ADVICE)
    if any(MIGRATIONS.glob(f"*_{revision}_*.py")):
        return Finding("ok", f"{file}")
    return Finding(
        "problem", f"a later version of Prefect than {prefect.__version__} created {file}", ADVICE
    )


def check_orphans() -> Finding:
    """Find temporary servers whose command has ended.

    Prefect's own temporary server keeps running after a signal ends its command. A system without
    /proc shows none.
    """
    orphans = [entry.name for entry in Path("/proc").glob("[0-9]*") if _is_orphan(entry)]
    if orphans:
        found = f"temporary servers whose command has ended: {', '.join(orphans)}"
        return Finding("warning", found, f"run `kill {' '.join(orphans)}`")
    return Finding("ok", "no temporary server has outlived its command")


def _is_orphan(process: Path) -> bool:
    """Return whether a process is a temporary server, and its parent is not a Python process."""
    try:
        if not TEMPORARY_SERVER.search((process / "cmdline").read_bytes()):
            return False
        parent = (process / "stat").read_bytes().rpartition(b")")[2].split()[1].decode()
        program, *_ = (process.with_name(parent) / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return b"python" not in program
