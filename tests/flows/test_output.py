from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.commands import ROOT

pytestmark = pytest.mark.heavy

CODE = """
from flows.output import print_error, print_text, tolerate_encodings
tolerate_encodings()
print_text("80 – 100")
print_error("Château")
raise SystemExit(3)
"""


def run(shell: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Print text and an error in a process of its own, whose streams a shell has set up."""
    return subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "$CODE" {shell}'],
        cwd=ROOT,
        env=os.environ | {"CODE": CODE} | changes,
        capture_output=True,
        encoding=changes.get("PYTHONIOENCODING", "utf-8"),
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_the_encoding_cannot_hold_is_escaped(encoding: str) -> None:
    ended = run("", PYTHONIOENCODING=encoding)
    assert ended.returncode == 3
    dash = "–" if encoding == "utf-8" else r"\u2013"
    assert ended.stdout == f"80 {dash} 100\n"


@pytest.mark.parametrize(
    "shell", [">/dev/full", "2>/dev/full", ">/dev/full 2>&1", ">&-", "2>&-", ">&- 2>&-", "| true"]
)
def test_output_that_cannot_be_written_does_not_change_the_exit_code(shell: str) -> None:
    ended = run(f"{shell}; exit ${{PIPESTATUS[0]}}")
    assert ended.returncode == 3, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
