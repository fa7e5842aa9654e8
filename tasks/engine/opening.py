"""How a store is named, and opened by its name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.engine.store import Store

StoreName = Annotated[str, Field(min_length=1)] | None
"""A folder; none stands for the one that the environment names."""


def open_store(named: StoreName) -> Store:
    """Open the store that was named, else that of WINE_POINTS_STORE, else the folder `store`.

    Raises:
        StoreError: there can be none.
    """
    return Store(Path(named or os.environ.get("WINE_POINTS_STORE") or "store"))
