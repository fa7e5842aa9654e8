"""The state of an unfinished stage, from which the next run continues after a kill."""

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
"""File of the training's state."""


class State:
    """The state of an unfinished stage, in a local file.

    If the store is a bucket, the state is uploaded too, so that a run on another machine can
    continue. A failed upload does not stop the stage.
    """

    def __init__(
        self,
        path: Path,
        explain_errors: Callable[[], AbstractContextManager[None]] = nullcontext,
        shared: Records | None = None,
        name: str = "",
    ) -> None:
        """Use the file `path`, and the record `name` if there are `shared` records."""
        self._path, self._explain_errors = path, explain_errors
        self._shared, self._name = shared, name

    def read(self) -> bytes | None:
        """Return the state of this machine, else the uploaded one; None if there is none."""
        try:
            return self._path.read_bytes()
        except OSError:
            return self._shared.read(self._name) if self._shared else None

    def write(self, content: bytes) -> None:
        """Replace the state atomically."""
        with self._explain_errors():
            write_atomically(self._path, content)
        if self._shared:
            try:
                self._shared.write(self._name, content)
            except PipelineError as error:
                log.warning("the state of the stage is saved only on this machine: %s", error)
