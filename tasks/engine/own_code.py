"""The project's own code as this process runs it, whatever becomes of its files meanwhile.

A `git pull` during a run changes files beneath it. So every file is pinned by the digest it had
when it was first read: a module when it is imported, all others when the first stage is looked up.
Cache keys and the history name pinned digests. A file that is read later and is not the pinned one
stops the run.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from tasks.configuration.errors import CodeChangedError

PACKAGES = ("flows", "tasks", "data_contracts")
PINNED = "WINE_POINTS_PINNED"
_pinned = {Path(name): pinned for name, pinned in json.loads(os.environ.get(PINNED, "{}")).items()}


def pin(path: Path, content: bytes | None = None) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, the same as long as the process lives.

    Args:
        path: of the file.
        content: what was read of it; None: it is read.

    Raises:
        CodeChangedError: the file is another than the one that was pinned.
        OSError: the file cannot be read.
    """
    digest = hashlib.sha256(path.read_bytes() if content is None else content).hexdigest()
    if _pinned.setdefault(path, digest) != digest:
        raise CodeChangedError(f"{path} changed since this run began; run again")
    return digest


def hand_on_pins() -> dict[str, str]:
    """Return the variable by which a process of this run pins the same files when it starts.

    It imports the code of this run, or ends with a CodeChangedError.
    """
    return {PINNED: json.dumps({str(path): digest for path, digest in _pinned.items()})}


def check_data_files() -> None:
    """Refuse to go on where a data file, such as a template or the contract, is another by now.

    It was read at some time between; a module that was imported is what it was pinned as.

    Raises:
        CodeChangedError: one is another, or gone.
    """
    for path in [path for path in _pinned if path.suffix != ".py"]:
        try:
            pin(path)
        except FileNotFoundError as error:
            raise CodeChangedError(f"{path} is gone since this run began; run again") from error


class _PinningLoader(SourceFileLoader):
    """Imports a module from its source, never from a `.pyc`, which may be of other source."""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - importlib gives it
        source = self.get_data(self.path)
        pin(Path(self.path), source)
        code: CodeType = self.source_to_code(source, self.path)
        return code


class _PinningFinder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in PACKAGES:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and type(spec.loader) is SourceFileLoader:
            spec.loader = _PinningLoader(spec.loader.name, spec.loader.path)
        return spec


def pin_imports() -> None:
    """Pin every module of the project that is imported from now on."""
    if not any(isinstance(finder, _PinningFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _PinningFinder())
