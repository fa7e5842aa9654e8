from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.modelling.leakage import ENDS, SHORT_FILE_ENDS, Leakage, hash_normalized, measure_leakage
from tests.digests import digest_text

ALIKE = ["a", "A", " a", "b", "ｂ", "c  d", "c d", "c\u2028d", "c\x0bd", "c\x85d", "c\td", "c\x1fd"]
ALIKE += ["é", "e\u0301", "straße", "STRASSE", "ς", "σ", "Σ", "\xa0", "", "\u3000c d\n"]
TEXTS = st.lists(st.none() | st.sampled_from(ALIKE) | st.text(max_size=4))


def chunked(*parts: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(part, pa.string()) for part in parts], pa.string())


def measure(*parts: list[str | None]) -> Leakage:
    """Measure the leakage of texts in partitions."""
    hashed = [hash_normalized(chunked(part)) for part in parts]
    starts = np.cumsum([0, *map(len, parts)])
    places = [
        table["place"].to_numpy() + start for table, start in zip(hashed, starts, strict=False)
    ]
    hashes = np.concatenate([table["first"].to_numpy() for table in hashed])
    return measure_leakage(int(starts[-1]), np.concatenate(places), hashes)


def measure_by_hand(texts: list[str | None], ends: list[int]) -> Leakage:
    # The digest by which a split keeps together what reads the same.
    known = [None if text is None else digest_text(text) for text in texts]
    train, validation, test = known[: ends[0]], known[ends[0] : ends[1]], known[ends[1] :]

    def seen(side: list[bytes | None], *before: list[bytes | None]) -> int:
        others = {text for part in before for text in part if text is not None}
        return sum(text in others for text in side)

    given_texts = [text for text in known if text is not None]
    return Leakage(
        train_rows=len(train),
        validation_rows=len(validation),
        test_rows=len(test),
        validation_seen_rows=seen(validation, train),
        test_seen_rows=seen(test, train, validation),
        repeated_rows=len(given_texts) - len(set(given_texts)),
    )


@given(TEXTS, st.integers(0, 100))
def test_leakage_is_what_counting_by_hand_says(texts: list[str | None], percent: int) -> None:
    cut = len(texts) * percent // 100
    ends = [int(len(texts) * share) for share in SHORT_FILE_ENDS]
    found = measure(texts[:cut], texts[cut:])
    assert found == measure_by_hand(texts, ends)


@pytest.mark.parametrize("extra", [0, 1, 500])
def test_a_long_file_is_cut_where_the_notebook_cuts_it(extra: int) -> None:
    assert ENDS == (80_000, 100_000)
    rows = ENDS[1] + extra
    texts: list[str | None] = [f"text {number % (rows - 300)}" for number in range(rows)]
    ends = list(ENDS)
    if not extra:
        ends = [int(rows * share) for share in SHORT_FILE_ENDS]
    found = measure(texts)
    assert found == measure_by_hand(texts, ends)
    assert found.test_seen_rows > 0
    assert found.repeated_rows == 300


@pytest.mark.parametrize("texts", [[], [None], [None, None, None], [""]])
def test_what_cannot_repeat_does_not_leak(texts: list[str | None]) -> None:
    found = measure(texts)
    assert found.train_rows + found.validation_rows + found.test_rows == len(texts)
    assert found.validation_seen_rows == found.test_seen_rows == found.repeated_rows == 0


@pytest.mark.parametrize(
    "texts",
    [
        ["Firm wine.", "firm  WINE.", " firm wine.\n", "Firm\twine."],
        ["Château", "Cha\u0302teau"],
        ["Ｆｉｒｍ", "firm"],
        ["firm wine", "firm\xa0wine"],
    ],
)
def test_texts_that_read_the_same_have_one_hash(texts: list[str]) -> None:
    assert len({*hash_normalized(chunked(texts))["first"].to_pylist()}) == 1


def test_nulls_have_no_hash() -> None:
    table = hash_normalized(chunked(["b", None, "a"], ["b", "c", None]))
    assert table["place"].to_pylist() == [0, 2, 3, 4]
    first, second, again, other = table["first"].to_pylist()
    assert first == again
    assert len({first, second, other}) == 3
    assert table.schema.metadata == {b"rows": b"6", b"nulls": b"2"}
