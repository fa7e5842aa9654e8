"""The start of the command `wine-points`, which is installed as the module `wine_points_command`.

The project comes last in `sys.path`, so a package of another project may hide one of its own. Only
a module with a name of its own can find that out; it imports no package of the project before.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from pathlib import Path

PACKAGES = ("flows", "tasks", "data_contracts")
LINK = "_wine_points.pth"
"""File that hatchling writes for an editable installation; it holds the project's folder."""


def find_foreign_package(project: Path, search_path: Sequence[str], importer: str) -> str:
    """Return an error message if another project's package hides one of this project.

    Args:
        project: folder of this project.
        search_path: folders in which modules are looked for, in this order.
        importer: who looks there; the subject of the message.
    """
    for name in PACKAGES:
        spec = PathFinder.find_spec(name, search_path)
        if spec is None:
            continue
        # The other project may have a module of this name instead of a package.
        for path in map(Path, spec.submodule_search_locations or [spec.origin or ""]):
            if path.resolve() != project / name:
                return (
                    f"{importer} would import the package {name} from {path.parent}, not from"
                    f" {project}: remove {path.parent} from PYTHONPATH, or uninstall the package"
                )
    return ""


def find_project() -> Path:
    """Return the folder that was installed: the project, or where a wheel was unpacked."""
    here = Path(__file__).resolve().parent
    link = here / LINK
    return Path(link.read_text(encoding="utf-8").strip() if link.exists() else here).resolve()


def main() -> int:
    """Run the command; return its exit code.

    Raises:
        SystemExit: another project's package would be imported.
    """
    if message := find_foreign_package(find_project(), sys.path, "this command"):
        raise SystemExit(f"error: {message}")
    from flows.wine_points import main as run

    return run()
