"""Retrain, killed a moment before the first object is put whose name matches a pattern.

python -m tests.killed_at_put PATTERN --store s3://BUCKET/PREFIX …
"""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import Any

from flows import retraining
from flows.command_line import run_command
from tasks.storage.bucket import BucketObjects


def kill_at(pattern: str) -> None:
    """Let this process be killed at the first such put."""
    for method in ("write", "create", "replace"):
        put = getattr(BucketObjects, method)

        def die_or_put(self: BucketObjects, name: str, *rest: Any, put: Any = put) -> Any:
            if re.search(pattern, name):
                os.kill(os.getpid(), signal.SIGKILL)
            return put(self, name, *rest)

        setattr(BucketObjects, method, die_or_put)


if __name__ == "__main__":
    kill_at(sys.argv[1])
    raise SystemExit(run_command(retraining.retraining, retraining.plan, sys.argv[2:]))
