"""Checks of what Prefect keeps on this machine where no server is set: a database, and servers."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import prefect

from flows.diagnosis.examination import Finding

MIGRATIONS = Path(prefect.__file__).parent / "server/database/_migrations/versions/sqlite"
ADVICE = "move it away, or set PREFECT_HOME to another folder; the store is not touched"
TEMPORARY_SERVER = re.compile(
    rb"prefect\.server\.api\.server:create_app\0.*--lifespan\0on|flows\.temporary_server"
)
"""The command line of Prefect's own temporary server, and of the one of our commands."""


def check_database(file: Path) -> Finding:
    """Tell whether this version of Prefect can use the database, which need not be there yet."""
    if not file.exists():
        return Finding("ok", f"none yet; the first server makes {file}")
    try:
        with sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as error:
        return Finding("problem", f"{file} is no database of Prefect ({error})", ADVICE)
    if any(MIGRATIONS.glob(f"*_{revision}_*.py")):
        return Finding("ok", f"{file}")
    return Finding(
        "problem", f"{file} was made by a later version than {prefect.__version__}", ADVICE
    )


def check_orphans() -> Finding:
    """Tell which temporary servers outlived the commands that started them.

    Prefect's own servers do when a signal ends the command. Without a /proc none are found.
    """
    orphans = [each.name for each in Path("/proc").glob("[0-9]*") if _is_orphan(each)]
    if orphans:
        found = f"temporary servers whose commands are gone: {', '.join(orphans)}"
        return Finding("warning", found, f"kill {' '.join(orphans)}")
    return Finding("ok", "no temporary server outlived its command")


def _is_orphan(process: Path) -> bool:
    """Tell whether a process is a temporary server, and was adopted by one that is no Python."""
    try:
        if not TEMPORARY_SERVER.search((process / "cmdline").read_bytes()):
            return False
        parent = (process / "stat").read_bytes().rpartition(b")")[2].split()[1].decode()
        program, *_ = (process.with_name(parent) / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return b"python" not in program
