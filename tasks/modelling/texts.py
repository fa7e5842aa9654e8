"""Normalization of texts, and the choice of fair test rows."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

DIGESTS = ":text_sha256"
"""Column of each side of the split with the digests of the normalized texts."""


def normalize_text(text: str) -> str:
    """Normalize a text, so that texts that read the same become equal.

    Applies NFKC (Unicode Standard Annex 15), case folding (Unicode Standard, section 3.13), and
    replaces each run of white space by one space.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def digest_text(text: str) -> bytes:
    """Return the SHA-256 of the normalized text, 32 bytes; see `normalize_text`."""
    return hashlib.sha256(normalize_text(text).encode()).digest()


def mark_fair(digests: pa.ChunkedArray, seen: pa.Array) -> pa.ChunkedArray:
    """Mark the rows whose text is neither seen nor in an earlier row.

    Rows with equal texts are not independent, and the bootstrap assumes independent rows.

    Args:
        digests: of the rows' texts, (rows,).
        seen: digests of the training and validation texts of a model.

    Returns:
        Booleans, (rows,).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    repeats = pa.chunked_array([digests.to_pandas().duplicated().to_numpy()])
    return pc.invert(pc.or_(pc.is_in(digests, seen), repeats))
