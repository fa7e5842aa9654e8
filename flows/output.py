"""What a command says. Whatever becomes of it, the exit code stands."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO


def tolerate_encodings() -> None:
    r"""Write what the locale's encoding cannot hold as an escape, such as `\u2013`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(line: str = "") -> None:
    """Print a line, if there is one, for those who listen."""
    _write(sys.stdout, f"{line}\n" if line else "")


def complain(line: str) -> None:
    """Print an error in a line."""
    _write(sys.stderr, f"error: {line}\n")


def note(line: str) -> None:
    """Print something to know in a line, beside the output."""
    _write(sys.stderr, f"note: {line}\n")


def _write(stream: TextIO | None, text: str) -> None:
    # Python has no stream where the shell closed it.
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        # The disk is full, or who read has seen enough. Python would complain once more at its end.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
