"""The fresh process that tries a model runs the code of the run, or stops it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.champions import reproduction
from tasks.champions.reproduction import check_reproduction, choose_sample
from tasks.configuration.errors import CodeChangedError
from tasks.engine import own_code
from tasks.storage.artifacts import FileRecord


@pytest.mark.parametrize("name", ["champions/reproduction.py", "modelling/serving.py"])
def test_code_that_changed_since_the_run_began_is_no_denial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    module, model = Path(reproduction.__file__).parents[1] / name, tmp_path / "model.keras"
    model.write_bytes(b"model")
    sample = choose_sample(pa.chunked_array([["text"]]), pa.chunked_array([[88.0]]))
    pq.write_table(sample, tmp_path / "sample.parquet")
    monkeypatch.setattr(own_code, "_pinned", {module: "of another time"})
    with pytest.raises(CodeChangedError, match=rf"^{module} changed since this run began; run"):
        check_reproduction(model, FileRecord.of(model), tmp_path / "sample.parquet", 0.01)
