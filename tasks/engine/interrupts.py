"""Ctrl-C: an interrupt that a library swallows still ends the run at its next step.

Python drops a KeyboardInterrupt that strikes inside a finalizer or a callback from C, and prints
"Exception ignored" instead (Python documentation, `sys.unraisablehook`).
"""

from __future__ import annotations

import signal
import threading
import types

_interrupted = threading.Event()


def note_interrupts() -> None:
    """Remember from now on whether Ctrl-C was pressed; without effect outside the main thread."""
    _interrupted.clear()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _note)


def was_interrupted() -> bool:
    """Tell whether Ctrl-C was pressed since `note_interrupts`."""
    return _interrupted.is_set()


def check_interrupt() -> None:
    """Raise the KeyboardInterrupt that a library swallowed.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed since `note_interrupts`.
    """
    if _interrupted.is_set():
        raise KeyboardInterrupt


def _note(number: int, frame: types.FrameType | None) -> None:
    _interrupted.set()
    signal.default_int_handler(number, frame)
