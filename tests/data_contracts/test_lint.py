"""The contract's document held to the standard's own schema, by datacontract-cli."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.data_contracts.contract_document import PATH as CONTRACT

pytestmark = pytest.mark.slow


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("datacontract"), "lint", "--all-errors", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_document_keeps_the_standard_without_a_warning() -> None:
    ended = lint(CONTRACT)
    assert ended.returncode == 0, ended.stdout
    assert "valid against ODCS v3.1.0" in " ".join(ended.stdout.split())
    assert "warning" not in ended.stdout.lower()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("logicalType: integer", "logicalType: whole"),
        ("mustBeLessOrEqualTo: 15", "mustBeAbout: 15"),
        ("kind: DataContract", "kind: Promise"),
    ],
)
def test_a_document_that_breaks_it_is_found(tmp_path: Path, old: str, new: str) -> None:
    text = CONTRACT.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / CONTRACT.name
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert lint(path).returncode != 0
