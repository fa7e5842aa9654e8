"""How fast and in how much memory a file is scored: once as it is, once with its rows repeated.

    python -m tests.benchmarks.scoring_speed reviews.csv.gz --store store --times 10

The store holds the champion. Both are real commands in processes of their own; seconds without
loading are counted from the first byte read to the last one written.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def open_text(path: Path) -> Any:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def repeat_rows(source: Path, times: int, target: Path) -> None:
    """Write the source's rows several times under one header."""
    with target.open("wb") as file:
        for turn in range(times):
            with open_text(source) as text:
                header = text.readline()
                if turn == 0:
                    file.write(header)
                file.writelines(text)


def score(source: Path, store: Path, output: Path) -> dict[str, Any]:
    """Run the scoring command; its answer, with the peak of its memory in MiB."""
    words = [f"--source={source}", f"--output={output}", f"--store={store}", "--json"]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.scoring", *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout
        with process.stdout as pipe:
            out = pipe.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise SystemExit(errors.read())
    answer: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return answer | {"peak_mib": usage.ru_maxrss // 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reviews", type=Path)
    parser.add_argument("--store", type=Path, default=Path("store"))
    parser.add_argument("--times", type=int, default=10)
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for times in (1, asked.times):
            source = folder / f"{times}.csv"
            repeat_rows(asked.reviews, times, source)
            answer = score(source, asked.store, folder / "scores.parquet")
            print(
                f"{times:>3} x: {answer['rows']:,} reviews, {answer['reviews_per_second']:,.0f} a"
                f" second, at most {answer['peak_mib']:,} MiB"
            )
            source.unlink()


if __name__ == "__main__":
    main()
