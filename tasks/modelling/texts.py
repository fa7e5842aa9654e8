"""Normalization of texts, and the choice of fair test rows."""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

DIGESTS = ":text_sha256"
"""Column of each side of the split with the digests of the normalized texts."""
DIGEST_BYTES = 32


def normalize_text(text: str) -> str:
    """Normalize a text, so that texts that read the same become equal.

    Applies NFKC (Unicode Standard Annex 15), case folding (Unicode Standard, section 3.13), and
    replaces each run of white space by one space.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def normalize_texts(texts: pa.Array) -> pa.Array:
    """Normalize texts, as `normalize_text` does; nulls stay."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # The normal form of ASCII text with single spaces is its lower case, which Arrow makes faster.
    plain = pc.and_(
        pc.string_is_ascii(texts),
        pc.invert(pc.match_substring_regex(texts, r"^ | $|  |[\x00-\x1f]")),
    )
    special = pc.fill_null(pc.invert(plain), False)
    normal = [normalize_text(text) for text in texts.filter(special).to_pylist()]
    return pc.replace_with_mask(pc.ascii_lower(texts), special, pa.array(normal, texts.type))


def digest_texts(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the SHA-256 of each normalized text, 32 bytes; no text may be null."""
    import pyarrow as pa

    chunks = [digest_strings(normalize_texts(chunk)) for chunk in texts.chunks]
    return pa.chunked_array(chunks, pa.binary(DIGEST_BYTES))


def digest_strings(strings: pa.Array) -> pa.Array:
    """Return the SHA-256 of each string in UTF-8, 32 bytes; none may be null."""
    import pyarrow as pa

    # Without a Python object for each string.
    strings = strings.cast(pa.large_string())
    _, offsets, content = strings.buffers()
    ends = np.frombuffer(offsets, np.int64)[strings.offset :][: len(strings) + 1].tolist()
    view = memoryview(content or b"")
    digests = b"".join(
        hashlib.sha256(view[start:end]).digest() for start, end in itertools.pairwise(ends)
    )
    kind = pa.binary(DIGEST_BYTES)
    return pa.FixedSizeBinaryArray.from_buffers(kind, len(strings), [None, pa.py_buffer(digests)])


def digests_to_numpy(digests: pa.ChunkedArray) -> NDArray[np.uint8]:
    """Return digests as bytes, (rows, 32); none may be null."""
    parts = [np.zeros(0, np.uint8)]
    for chunk in digests.chunks:
        first, last = chunk.offset * DIGEST_BYTES, (chunk.offset + len(chunk)) * DIGEST_BYTES
        parts.append(np.frombuffer(chunk.buffers()[1], np.uint8)[first:last])
    return np.concatenate(parts).reshape(-1, DIGEST_BYTES)


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
