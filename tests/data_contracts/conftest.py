"""Contracts that were changed, and Data Docs, for the tests of this folder."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from data_contracts.contract import Contract
from tests.data_contracts.contract_document import read_changed


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Contract]:
    """Read the contract after a change of its document."""
    return functools.partial(read_changed, tmp_path)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The Data Docs of each made-up delivery."""
    from data_contracts.data_docs import write_data_docs
    from tests.data_contracts.validations import (
        FRAMES,
        nasty_suite_and_frame,
        validate,
        write_docs,
    )

    root = tmp_path_factory.mktemp("data_docs")
    for name in FRAMES:
        write_docs(name, root / name)
    suite, frame = nasty_suite_and_frame()
    write_data_docs(suite, validate(suite, frame).results, root / "nasty")
    return {path.name: path for path in root.iterdir()}
