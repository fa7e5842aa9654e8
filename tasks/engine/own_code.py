"""Digests of the project's files as this process imported them.

A `git pull` may replace files during a run. Each file is therefore pinned to the digest that it had
when it was first read: a module when it is imported, all others when the first stage is looked up.
Cache keys and the history hold pinned digests. If a file no longer matches its digest when it is
read again, the run stops.
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
    """Pin a file to the digest that it had when it was first read.

    Args:
        path: of the file.
        content: its bytes, if they were read already.

    Returns:
        The SHA-256 in hexadecimal digits.

    Raises:
        CodeChangedError: the file changed since it was pinned.
        OSError: the file cannot be read.
    """
    digest = hashlib.sha256(path.read_bytes() if content is None else content).hexdigest()
    if _pinned.setdefault(path, digest) != digest:
        raise CodeChangedError(f"{path} changed since this run began; run again")
    return digest


def export_pins() -> dict[str, str]:
    """Return the environment variable that passes the pinned digests to a child process.

    The child imports the same code as this process, or ends with a CodeChangedError.
    """
    return {PINNED: json.dumps({str(path): digest for path, digest in _pinned.items()})}


def has_changed() -> bool:
    """Return whether a pinned file, also a module, changed or is gone.

    Another process would then import other code than this one.
    """
    try:
        for path in _pinned:
            pin(path)
    except (CodeChangedError, FileNotFoundError):
        return True
    return False


def check_data_files() -> None:
    """Check that no data file, such as a template or the contract, changed since it was pinned.

    A stage may read a data file at any time. Modules need no check: the process runs the code that
    it imported.

    Raises:
        CodeChangedError: a data file changed or is gone.
    """
    for path in [path for path in _pinned if path.suffix != ".py"]:
        try:
            pin(path)
        except FileNotFoundError as error:
            raise CodeChangedError(f"{path} is gone since this run began; run again") from error


class _PinningLoader(SourceFileLoader):
    """Imports a module from its source, never from a `.pyc`, which may hold older code."""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - importlib passes it
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
    """Pin each module of the project that is imported from now on."""
    if not any(isinstance(finder, _PinningFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _PinningFinder())
