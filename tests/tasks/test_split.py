from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import UsageError
from tasks.parameters import SplitParameters
from tasks.split import (
    SIDES,
    digest_data,
    digest_description,
    sample_rows,
    side_by_hash,
    split_table,
)

texts = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=60)


def make_reviews(descriptions: list[str]) -> pa.Table:
    return pa.table({"row_number": range(len(descriptions)), "description": descriptions})


def side_of_each(descriptions: list[str], parameters: SplitParameters) -> dict[str, int]:
    digests = [digest_description(text) for text in descriptions]
    return dict(zip(descriptions, side_by_hash(digests, parameters).tolist(), strict=True))


@given(texts, st.floats(0, 0.49), st.floats(0, 0.49), st.randoms())
def test_hash_sides_survive_shuffling_and_appending(
    descriptions: list[str], validation: float, test: float, random
) -> None:
    parameters = SplitParameters(validation_fraction=validation, test_fraction=test)
    before = side_of_each(descriptions, parameters)
    grown = [*descriptions, "a new review", "and another"]
    random.shuffle(grown)
    after = side_of_each(grown, parameters)
    assert {text: after[text] for text in before} == before
    assert set(after.values()) <= {0, 1, 2}


@given(st.integers(3, 200), st.data())
def test_every_row_falls_on_exactly_one_side(rows: int, data: st.DataObject) -> None:
    end = data.draw(st.integers(1, rows - 2))
    last = data.draw(st.integers(end + 1, rows - 1))
    reviews = make_reviews([f"review {i}" for i in range(rows)])
    parameters = SplitParameters(strategy="positional", train_end_row=end, validation_end_row=last)
    sides = split_table(reviews, parameters)
    assert sides["train"]["row_number"].to_pylist() == list(range(end))
    assert sides["validation"]["row_number"].to_pylist() == list(range(end, last))
    assert sides["test"]["row_number"].to_pylist() == list(range(last, rows))


def test_hash_sides_partition_the_rows_and_keep_repeats_together() -> None:
    descriptions = [f"Review  number {i % 700}" for i in range(1000)]
    descriptions += [f"REVIEW number　{i}" for i in range(700)]
    sides = split_table(make_reviews(descriptions), SplitParameters())
    rows = sorted(row for table in sides.values() for row in table["row_number"].to_pylist())
    assert rows == list(range(1700))
    digests = [set(sides[side]["description_sha256"].to_pylist()) for side in SIDES]
    assert sum(map(len, digests)) == 700
    assert 40 < len(digests[1]) < 100
    assert 40 < len(digests[2]) < 100


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ripe plum", "ripe  PLUM"),
        ("Château", "Cha\u0302teau"),
        ("Straße", "STRASSE"),
        ("ﬁrm", "firm"),
        ("a\u00a0b", " a\tb\n"),
    ],
)
def test_descriptions_that_read_the_same_have_one_digest(one: str, other: str) -> None:
    assert digest_description(one) == digest_description(other)


def test_the_digest_is_that_of_the_normal_text() -> None:
    assert digest_description("Ripe PLUM ") == hashlib.sha256(b"ripe plum").digest()


def test_the_sample_is_the_same_on_every_machine() -> None:
    rows = np.arange(50)
    chosen = rows[sample_rows(rows, 5, seed=0)].tolist()
    by_digest = sorted(range(50), key=lambda row: hashlib.sha256(f"0:{row}".encode()).digest())
    assert chosen == sorted(by_digest[:5])
    assert rows[sample_rows(rows, 5, seed=1)].tolist() != chosen
    assert sample_rows(rows, 80, seed=0).all()


def test_a_file_too_short_for_the_positional_split_is_told_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"ends at row 9.*from 100000 on.*--split.strategy hash"):
        split_table(
            make_reviews([f"r{i}" for i in range(10)]), SplitParameters(strategy="positional")
        )


def test_settings_that_leave_a_side_empty_are_refused() -> None:
    reviews = make_reviews([f"r{i}" for i in range(100)])
    with pytest.raises(UsageError, match="test set is empty"):
        split_table(reviews, SplitParameters(test_fraction=0))
    with pytest.raises(UsageError, match="less than 1"):
        split_table(reviews, SplitParameters(test_fraction=0.6, validation_fraction=0.5))
    with pytest.raises(UsageError, match="smaller"):
        split_table(
            reviews,
            SplitParameters(strategy="positional", train_end_row=5, validation_end_row=5),
        )


def test_the_digest_of_the_data_is_that_of_texts_and_points_in_any_order() -> None:
    reviews = pa.table(
        {"description": ["a", "b", "c"], "points": [80, 90, 100], "other": [1, 2, 3]}
    )
    digest = digest_data(reviews)
    assert digest_data(reviews.take([2, 0, 1]).drop_columns("other")) == digest
    for changed in (
        reviews.slice(1),
        pa.concat_tables([reviews, reviews.slice(0, 1)]),
        reviews.set_column(1, "points", pa.array([90, 80, 100])),
        reviews.set_column(0, "description", pa.array(["a ", "b", "c"])),
    ):
        assert digest_data(changed) != digest
