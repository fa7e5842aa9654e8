from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tasks.modelling.token_file import SMALL_VOCABULARY_MAX, Tokens, write_tokens

texts = st.lists(st.lists(st.integers(1, 70_000), max_size=9), min_size=1, max_size=40)


def pad(texts: list[list[int]]) -> np.ndarray:
    padded = np.zeros((len(texts), 9), np.int32)
    for row, text in zip(padded, texts, strict=True):
        row[: len(text)] = text
    return padded


@given(texts, st.integers(1, 7), st.data())
def test_what_is_read_is_what_was_written(
    texts: list[list[int]], rows_at_once: int, data: st.DataObject
) -> None:
    padded = pad(texts)
    batches = [padded[i : i + rows_at_once] for i in range(0, len(texts), rows_at_once)]
    chosen = data.draw(st.lists(st.integers(0, len(texts) - 1), min_size=1, max_size=9))
    with tempfile.TemporaryDirectory() as folder:
        tokens = write_tokens(Path(folder) / "tokens", batches, 70_001)
        assert tokens.lengths.tolist() == [len(text) for text in texts]
        assert tokens.lengths.tolist() == Tokens.of(padded).lengths.tolist()
        longest = max(1, *(len(texts[row]) for row in chosen), 1)
        for kept in (tokens, Tokens.of(padded)):
            found = kept.pad(np.array(chosen))
            assert found.dtype == np.int32
            np.testing.assert_array_equal(found, padded[chosen, :longest])


@given(arrays.arrays(np.int32, (5, 4), elements=st.integers(1, SMALL_VOCABULARY_MAX - 1)))
def test_a_token_of_a_small_vocabulary_takes_two_bytes(padded: np.ndarray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokens"
        tokens = write_tokens(path, [padded], SMALL_VOCABULARY_MAX)
        assert path.stat().st_size == 2 * padded.size
        assert isinstance(tokens.values, np.memmap)
        np.testing.assert_array_equal(tokens.pad(np.arange(5)), padded)
