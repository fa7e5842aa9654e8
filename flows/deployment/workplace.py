"""Where the flows of this project run."""

from pathlib import Path


def enter_project() -> dict[str, str]:
    """Give the project's folder, wherever it is installed on this machine."""
    return {"directory": str(Path(__file__).resolve().parents[2])}
