"""A check of the database that Prefect keeps on this machine, where no other server is set."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import prefect
from prefect.settings import PREFECT_HOME

from flows.diagnosis.examination import Check, Finding

MIGRATIONS = Path(prefect.__file__).parent / "server/database/_migrations/versions/sqlite"


def list_checks() -> list[Check]:
    """List the check of the database."""
    return [Check("database", lambda: check_database(PREFECT_HOME.value() / "prefect.db"))]


def check_database(file: Path) -> Finding:
    """Tell whether Prefect's database can be used by this version of Prefect.

    Args:
        file: an SQLite database; it need not be there.
    """
    if not file.exists():
        return Finding("ok", f"none yet; the first server makes {file}")
    try:
        with sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as error:
        return Finding("problem", f"{file} is no database of Prefect ({error})", _advise())
    if not any(MIGRATIONS.glob(f"*_{revision}_*.py")):
        return Finding(
            "problem", f"{file} was made by a later version than {prefect.__version__}", _advise()
        )
    return Finding("ok", f"{file}")


def _advise() -> str:
    return "move it away, or set PREFECT_HOME to another folder; the store is not touched"
