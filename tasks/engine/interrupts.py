"""Ctrl-C: end the run at its next step even when a library swallows the KeyboardInterrupt.

Python drops a KeyboardInterrupt that is raised in a finalizer or in a callback from C, and prints
"Exception ignored" (Python documentation, `sys.unraisablehook`).
"""

from __future__ import annotations

import signal
import threading
import types

_interrupted = threading.Event()


def note_interrupts() -> None:
    """Record from now on whether Ctrl-C is pressed; has no effect outside the main thread."""
    _interrupted.clear()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _record)


def was_interrupted() -> bool:
    """Return whether Ctrl-C was pressed since `note_interrupts`."""
    return _interrupted.is_set()


def check_interrupt() -> None:
    """Raise a KeyboardInterrupt that a library swallowed.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed since `note_interrupts`.
    """
    if _interrupted.is_set():
        raise KeyboardInterrupt


def _record(number: int, frame: types.FrameType | None) -> None:
    _interrupted.set()
    signal.default_int_handler(number, frame)
