"""Reproduction: check that a saved model, loaded in a fresh process, repeats its predictions.

    python -m tasks.champions.reproduction MODEL SAMPLE

loads the model in Keras' safe mode, and prints its SHA-256 and the largest difference as JSON.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.champions.checks import Check
from tasks.configuration.errors import CodeChangedError, StoreError
from tasks.engine.own_code import export_pins
from tasks.storage.artifacts import FileRecord, digest_file

SAMPLE_ROWS = 512
TIMEOUT_SECONDS = 600
EXTERNAL_SIGNALS = frozenset({signal.SIGKILL, signal.SIGTERM})
"""Signals that a person or the out-of-memory killer sends; the model is not their cause."""
UNDECIDED = "nothing was decided: the process that loads the saved model gave no answer"
CHANGED = f"{CodeChangedError.__name__}: "
ROOT = Path(__file__).parents[2]


def choose_sample(texts: pa.ChunkedArray, estimated: pa.ChunkedArray) -> pa.Table:
    """Choose up to 512 evenly spaced rows, the same whenever the test set is the same.

    Returns:
        A table of `text` and `estimated`.
    """
    rows = len(texts)
    places = np.unique(np.linspace(0, rows - 1, min(rows, SAMPLE_ROWS)).astype(np.int64))
    columns = {"text": texts, "estimated": estimated}
    return pa.table(columns).take(pa.array(places))


def check_reproduction(model: Path, record: FileRecord, sample: Path, tolerance: float) -> Check:
    """Check in a fresh process that a saved model repeats the predictions of the sample.

    Args:
        model: the file to install.
        record: its size and digest.
        sample: a Parquet file of `choose_sample`.
        tolerance: largest difference allowed.

    Raises:
        CodeChangedError: the code changed during the run.
        StoreError: the process ended for a reason outside the model, such as a lack of memory.
    """
    answer, problem = _run_fresh_process(model, sample)
    if not problem and answer["sha256"] != record.sha256:
        problem = "the file was replaced or damaged since it was evaluated"
    difference = math.inf if problem else answer["difference_max"]
    passed = not problem and difference is not None and difference <= tolerance
    shown = "no number" if difference is None else f"{difference:.2g}"
    found = f"on {answer.get('rows', 0)} test rows off by at most {shown}"
    figures = {
        "rows": answer.get("rows", 0),
        "difference_max": None if problem else difference,
        "tolerance": tolerance,
    }
    return Check(
        name="reproduces its predictions in a fresh process",
        denial="does not reproduce its predictions in a fresh process",
        passed=passed,
        detail=problem or f"{found}, allowed {tolerance:g}",
        figures=figures,
    )


def _run_fresh_process(model: Path, sample: Path) -> tuple[dict[str, Any], str]:
    """Call `reproduce` in a fresh process; return its result, or a message why there is none."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-P", "-m", __name__, str(model), str(sample)]
    try:
        ended = subprocess.run(  # noqa: S603 - this very module, on files of the store
            command,
            env=os.environ | {"PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"} | export_pins(),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"{UNDECIDED} within {TIMEOUT_SECONDS} s; run again") from error
    if -ended.returncode in EXTERNAL_SIGNALS:
        name = signal.Signals(-ended.returncode).name
        raise StoreError(f"{UNDECIDED}, as {name} ended it; run again, with more memory to spare")
    if ended.returncode < 0:
        return {}, f"the process was ended by {signal.Signals(-ended.returncode).name}"
    output = (ended.stdout if not ended.returncode else ended.stderr).decode(errors="replace")
    last = next(reversed(output.strip().splitlines()), "")
    if CHANGED in last:
        raise CodeChangedError(last.partition(CHANGED)[2])
    if ended.returncode:
        return {}, f"the model cannot predict: {last[:300] or 'no reason given'}"
    try:
        return dict(json.loads(last)), ""
    except (TypeError, ValueError):
        return {}, "the process gave no answer"


def reproduce(model: Path, sample: Path) -> dict[str, Any]:
    """Load the model and compare its predictions with the sample's.

    Returns:
        `sha256` of the file, `rows`, and `difference_max`, null if it is not finite.
    """
    import pyarrow.parquet as pq

    from tasks.modelling.serving import load_model, predict

    table = pq.read_table(sample)
    predicted = predict(load_model(model), table.column(0).to_pylist())
    difference = float(np.abs(predicted - table.column(1).to_numpy()).max())
    return {
        "sha256": digest_file(model),
        "rows": table.num_rows,
        "difference_max": difference if math.isfinite(difference) else None,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(reproduce(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
