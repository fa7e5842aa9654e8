"""Printing to the terminal. A failed write does not change a command's exit code."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO


def tolerate_encodings() -> None:
    r"""Print characters that the locale's encoding lacks as escapes such as `\u2013`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_text(text: str) -> None:
    """Print a text to the standard output."""
    _write(sys.stdout, f"{text}\n")


def flush_output() -> None:
    """Write what argparse printed."""
    _write(sys.stdout, "")


def print_error(line: str) -> None:
    """Print an error message to the standard error."""
    _write(sys.stderr, f"error: {line}\n")


def print_note(line: str) -> None:
    """Print a notice to the standard error."""
    _write(sys.stderr, f"note: {line}\n")


def _write(stream: TextIO | None, text: str) -> None:
    # A stream is None if the shell closed it.
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        # The disk is full, or the reader closed the pipe. At exit Python would flush once more and
        # print a second error.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
