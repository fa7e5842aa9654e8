from __future__ import annotations

import errno
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from tasks.configuration.errors import StoreError
from tasks.modelling.saved_errors import measure_errors
from tests.contracts import WINE
from tests.numbered_candidates import POINTS, TEXTS

ROWS = [4, 0, 2]
ACTUAL = [POINTS[row] + more for row, more in zip(ROWS, (0, 5, -1), strict=True)]
REVIEWS = ([[TEXTS[row]] for row in ROWS], np.array(ACTUAL))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.keras"
    path.write_text("2.4")  # how far its predictions are off
    return path


@pytest.mark.parametrize(("step", "errors"), [(1, [2, 3, 3]), (None, [2.4, 2.6, 3.4])])
def test_errors_are_absolute_and_of_predictions_in_steps(
    model: Path, step: float | None, errors: list[float]
) -> None:
    target = WINE.dataset.target.model_copy(update={"step": step})
    measured = measure_errors(model, *REVIEWS, target)
    assert isinstance(measured, np.ndarray)
    assert measured == pytest.approx(errors)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("memory", "nothing was decided: not enough memory for the champion's model; run again"),
        ("device", "nothing was decided: not enough memory for the champion's model; run again"),
        ("permission", "model.keras: this user has no permission; nothing was decided"),
    ],
)
def test_what_the_machine_refuses_is_no_error_of_the_model(
    model: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    errors = {
        "memory": MemoryError(),
        "device": sys.modules["tensorflow"].errors.ResourceExhaustedError(),
        "permission": PermissionError(errno.EACCES, "Permission denied", "model.keras"),
    }

    def refuse(*_: object) -> None:
        raise errors[name]

    monkeypatch.setattr(sys.modules["tasks.modelling.serving"], "load_model", refuse)
    with pytest.raises(StoreError, match=f"^{re.escape(message)}$"):
        measure_errors(model, *REVIEWS, WINE.dataset.target)
