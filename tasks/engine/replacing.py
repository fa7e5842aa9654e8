"""Files outside the store, replaced only when they are whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tasks.engine.store import flush_file, flush_folder


@contextlib.contextmanager
def replacing(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Let new files be written beside others, then put them into their places in this order.

    What was not written leaves the old file as it is, and so does an error or an interrupt. What a
    kill left beside is overwritten by the next that writes there.

    Args:
        *paths: files of one folder, which is made if need be.

    Yields:
        Where to write, for each path.
    """
    folder = paths[0].parent
    folder.mkdir(parents=True, exist_ok=True)
    parts = tuple(path.with_name(f".{path.name}.part") for path in paths)
    try:
        yield parts
        written = [(part, path) for part, path in zip(parts, paths, strict=True) if part.exists()]
        for part, _ in written:
            flush_file(part)
        for part, path in written:
            part.replace(path)
        flush_folder(folder)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
