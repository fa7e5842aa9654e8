"""What a stage has reached: it outlives a kill, and the next run goes on from there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from tasks.configuration.errors import PipelineError
from tasks.storage.atomic_files import write_atomically
from tasks.storage.records import Records

log = logging.getLogger(__name__)

STATE_FILE = "state.npz"
"""Where training keeps what it has reached."""


class State:
    """A state that a stage writes again and again.

    It lies in a file of this machine. Where the store lies elsewhere it is shared there, so that a
    run on another machine can go on; that this fails is no reason to stop working.
    """

    def __init__(
        self,
        path: Path,
        explain_errors: Callable[[], AbstractContextManager[None]] = nullcontext,
        shared: Records | None = None,
        name: str = "",
    ) -> None:
        """Look at the state in the file `path`, and at what is shared under a record's name."""
        self._path, self._explain_errors = path, explain_errors
        self._shared, self._name = shared, name

    def read(self) -> bytes | None:
        """Return what was written last on this machine, else by another; None: nothing was."""
        try:
            return self._path.read_bytes()
        except OSError:
            return self._shared.read(self._name) if self._shared else None

    def write(self, content: bytes) -> None:
        """Replace the state as a whole."""
        with self._explain_errors():
            write_atomically(self._path, content)
        if self._shared:
            try:
                self._shared.write(self._name, content)
            except PipelineError as error:
                log.warning("what is reached is kept on this machine alone: %s", error)
