"""When two reviews read the same, and which of them are fair to judge a model by."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

DIGESTS = "description_sha256"
"""The column of every split with the digests by which descriptions that read the same are known."""


def normalize_text(text: str) -> str:
    """Give texts that read the same the same form.

    NFKC (Unicode Standard Annex 15), case folding (Unicode Standard, section 3.13), and one space
    for each run of white space.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def mark_fair(digests: pa.ChunkedArray, seen: pa.Array) -> pa.ChunkedArray:
    """Mark the rows whose text was not seen; of a text that repeats, the first alone.

    Copies are no evidence of their own: a bootstrap that drew them apart would take one lucky text
    for many.

    Args:
        digests: of the rows' descriptions, (rows,).
        seen: digests of the descriptions that a model knows.

    Returns:
        Booleans, (rows,).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    repeats = pa.chunked_array([digests.to_pandas().duplicated().to_numpy()])
    return pc.invert(pc.or_(pc.is_in(digests, seen), repeats))
