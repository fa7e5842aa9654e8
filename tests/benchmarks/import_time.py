"""Time `import flows.retraining` against `import prefect`, in pairs of fresh processes.

python -m tests.benchmarks.import_time --pairs 15
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time


def seconds_of(statement: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=15)
    asked = parser.parse_args()
    ours, theirs = "import flows.retraining", "import prefect"
    for statement in (ours, theirs):
        seconds_of(statement)
    pairs = [(seconds_of(ours), seconds_of(theirs)) for _ in range(asked.pairs)]
    ratios = [one / other for one, other in pairs]
    print(f"{ours}: median {statistics.median(one for one, _ in pairs):.2f} s")
    print(f"{theirs}: median {statistics.median(other for _, other in pairs):.2f} s")
    middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
    print(f"ratio in pairs: median {middle:.2f}, {low:.2f} to {high:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
