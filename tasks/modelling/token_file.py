"""Token numbers in a file that is mapped into memory, without padding."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SMALL_VOCABULARY_MAX = 2**16
"""Up to this size of the vocabulary, a token takes two bytes."""


class Tokens(NamedTuple):
    """The token numbers of some texts.

    Attributes:
        values: of all texts, one text after the other, uint16 or int32.
        starts: place of the first token of each text, and the number of all tokens, (rows + 1,).
    """

    values: NDArray[np.uint16] | NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, padded: NDArray[np.int32]) -> Tokens:
        """Keep the tokens of (rows, length), padded with 0 on the right, in memory."""
        lengths = np.count_nonzero(padded, axis=1)
        return cls(padded[padded != 0], np.concatenate([[0], np.cumsum(lengths)]))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of tokens of each text, (rows,)."""
        lengths: NDArray[np.int64] = np.diff(self.starts)
        return lengths

    def pad(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return some texts, padded with 0 on the right to the longest of them.

        Returns:
            (rows, length); the length is at least 1.
        """
        starts, ends = self.starts[rows, None], self.starts[rows + 1, None]
        places = starts + np.arange(max(1, int((ends - starts).max())))
        is_token = places < ends
        padded = np.zeros(places.shape, np.int32)
        padded[is_token] = self.values[places[is_token]]
        return padded


def write_tokens(path: Path, batches: Iterable[NDArray[np.int32]], vocabulary_size: int) -> Tokens:
    """Write token numbers to a file, and map it into memory.

    Args:
        path: of the file.
        batches: each (rows, length), padded with 0 on the right.
        vocabulary_size: token numbers are below this.
    """
    kind: type[Any] = np.uint16 if vocabulary_size <= SMALL_VOCABULARY_MAX else np.int32
    lengths = [np.zeros(1, np.int64)]
    with path.open("wb") as file:
        for batch in batches:
            file.write(batch[batch != 0].astype(kind))
            lengths.append(np.count_nonzero(batch, axis=1))
    starts = np.cumsum(np.concatenate(lengths))
    # An empty file cannot be mapped.
    values: NDArray[Any] = np.memmap(path, kind, "r") if starts[-1] else np.zeros(0, kind)
    return Tokens(values, starts)
