from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import SplitParameters
from tasks.modelling.sides import SIDES, choose_sample, side_by_hash
from tasks.modelling.texts import digest_texts, digests_to_numpy
from tasks.split import choose_sides, digest_data, digest_rows, mark_sample
from tests.contracts import WINE
from tests.digests import digest_text

DATASET = WINE.dataset

texts = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=60)


def make_reviews(texts: list[str]) -> pa.Table:
    return pa.table({"row_number": range(len(texts)), "description": texts})


def split_rows(reviews: pa.Table, parameters: SplitParameters) -> dict[str, list[int]]:
    """Return the row numbers of each side."""
    numbers = reviews["row_number"].to_numpy()
    sides = choose_sides(digest_texts(reviews["description"]), numbers, parameters)
    return {side: numbers[sides == place].tolist() for place, side in enumerate(SIDES)}


def side_of_each(texts: list[str], parameters: SplitParameters) -> dict[str, int]:
    digests = digest_texts(pa.chunked_array([texts]))
    return dict(zip(texts, side_by_hash(digests, parameters).tolist(), strict=True))


@given(texts, st.floats(0, 0.49), st.floats(0, 0.49), st.randoms())
def test_hash_sides_survive_shuffling_and_appending(
    texts: list[str], validation: float, test: float, random
) -> None:
    parameters = SplitParameters(validation_fraction=validation, test_fraction=test)
    before = side_of_each(texts, parameters)
    grown = [*texts, "a new review", "and another"]
    random.shuffle(grown)
    after = side_of_each(grown, parameters)
    assert {text: after[text] for text in before} == before
    assert set(after.values()) <= {0, 1, 2}


@given(st.integers(3, 200), st.data())
def test_every_row_falls_on_exactly_one_side_of_the_end_rows(
    rows: int, data: st.DataObject
) -> None:
    last = data.draw(st.integers(rows - max(1, rows // 10), rows - 1))
    end = data.draw(st.integers(1, last - 1))
    parameters = SplitParameters(strategy="positional", train_end_row=end, validation_end_row=last)
    if (rows - last) * 10 > rows:
        with pytest.raises(UsageError, match="lie beyond"):
            split_rows(number_reviews(rows), parameters)
        return
    sides = split_rows(number_reviews(rows), parameters)
    assert sides["train"] == list(range(end))
    assert sides["validation"] == list(range(end, last))
    assert sides["test"] == list(range(last, rows))


def number_reviews(rows: int) -> pa.Table:
    return make_reviews([f"review {i}" for i in range(rows)])


def reviews_of(rows: int) -> pa.Table:
    reviews = number_reviews(rows)
    points = pa.array([80 + i % 21 for i in range(rows)])
    return reviews.append_column("points", points).append_column(
        "review_index", reviews["row_number"]
    )


def positional(**settings: float) -> SplitParameters:
    return SplitParameters(strategy="positional", **settings)


def test_rows_beyond_the_last_end_row_are_at_most_a_tenth() -> None:
    ends = positional(train_end_row=70, validation_end_row=90)
    assert split_rows(number_reviews(100), ends)["test"] == list(range(90, 100))
    with pytest.raises(UsageError, match=r"11 of 101 rows \(11%\) lie beyond row 90.*never train"):
        split_rows(number_reviews(101), ends)


def test_with_fractions_the_ends_move_with_the_file() -> None:
    for rows in (100, 200):
        fractions = positional(validation_fraction=0.2, test_fraction=0.3, train_end_row=1)
        sides = split_rows(number_reviews(rows), fractions)
        assert [len(sides[side]) / rows for side in SIDES] == [0.5, 0.2, 0.3]
        assert sides["test"] == list(range(rows * 7 // 10, rows))
    # Rows that the contract rejected leave gaps in the row numbers.
    gaps = number_reviews(200).filter(pa.array([row % 2 == 0 for row in range(200)]))
    sides = split_rows(gaps, positional(validation_fraction=0.2, test_fraction=0.3))
    assert [len(sides[side]) for side in SIDES] == [50, 20, 30]


def test_one_fraction_alone_stands_beside_the_usual_other() -> None:
    sides = split_rows(number_reviews(100), positional(test_fraction=0.25))
    assert [len(sides[side]) for side in SIDES] == [60, 15, 25]
    sides = split_rows(number_reviews(100), positional(validation_fraction=0.2))
    assert [len(sides[side]) for side in SIDES] == [70, 20, 10]


def test_hash_sides_partition_the_rows_and_keep_repeats_together() -> None:
    texts = [f"Review  number {i % 700}" for i in range(1000)]
    texts += [f"REVIEW number　{i}" for i in range(700)]
    sides = split_rows(make_reviews(texts), SplitParameters())
    assert sorted(row for rows in sides.values() for row in rows) == list(range(1700))
    digests = [{digest_text(texts[row]) for row in sides[side]} for side in SIDES]
    assert sum(map(len, digests)) == 700
    assert 75 < len(digests[1]) < 135
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
    assert digest_text(one) == digest_text(other)


def test_the_digest_is_that_of_the_normal_text() -> None:
    assert digest_text("Ripe PLUM ") == hashlib.sha256(b"ripe plum").digest()


def test_the_sample_is_the_same_on_every_machine_and_follows_the_texts() -> None:
    digests = [digest_text(f"review {number}") for number in range(50)]

    def choose(digests: list[bytes], size: int, seed: int = 0) -> list[int]:
        column = pa.chunked_array([digests[:7], digests[7:]], pa.binary(32))
        return np.flatnonzero(choose_sample(column, size, seed)).tolist()

    chosen = choose(digests, 5)
    by_key = sorted(range(50), key=lambda row: hashlib.sha256(b"0:" + digests[row]).digest())
    assert chosen == sorted(by_key[:5])
    assert choose(digests, 5, seed=1) != chosen
    assert choose(digests, 80) == list(range(50))
    # Rows that come or go elsewhere leave the others in the sample.
    left_out = next(row for row in range(50) if row not in chosen)
    fewer = digests[:left_out] + digests[left_out + 1 :]
    kept = {fewer[row] for row in choose(fewer, 5)}
    assert kept == {digests[row] for row in chosen}


def test_a_file_too_short_for_the_positional_split_is_told_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"ends at row 9.*from 100000 on.*--split.strategy hash"):
        split_rows(number_reviews(10), SplitParameters(strategy="positional"))


def test_settings_that_leave_a_side_empty_are_refused() -> None:
    reviews = make_reviews([f"r{i}" for i in range(100)])
    with pytest.raises(UsageError, match="test set is empty"):
        split_rows(reviews, SplitParameters(test_fraction=0))
    with pytest.raises(UsageError, match="less than 1"):
        split_rows(reviews, SplitParameters(test_fraction=0.6, validation_fraction=0.5))
    with pytest.raises(UsageError, match="smaller"):
        split_rows(reviews, positional(train_end_row=5, validation_end_row=5))


@given(
    st.lists(st.tuples(st.text(max_size=9), st.floats(allow_nan=False)), max_size=30),
    st.integers(0, 30),
)
def test_the_digest_of_a_row_is_that_of_its_target_and_text(
    rows: list[tuple[str, float]], cut: int
) -> None:
    texts, numbers = [text for text, _ in rows], [number for _, number in rows]
    whole = pa.table(
        {"description": pa.array(texts, pa.string()), "points": pa.array(numbers, pa.float64())}
    )
    table = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])
    digests = digest_rows(table, DATASET)
    expected = [hashlib.sha256(f"{n} {t}".encode()).digest() for t, n in rows]
    assert digests.to_pylist() == expected
    assert (
        digest_data(digests_to_numpy(digests))
        == hashlib.sha256(b"".join(sorted(expected))).hexdigest()
    )
    by_text = digest_texts(table["description"])
    assert by_text.to_pylist() == [digest_text(text) for text in texts]


def test_the_digest_of_the_data_is_that_of_texts_and_points_in_any_order() -> None:
    reviews = pa.table(
        {"description": ["a", "b", "c"], "points": [80, 90, 100], "other": [1, 2, 3]}
    )

    def digest_of(table: pa.Table) -> str:
        return digest_data(digests_to_numpy(digest_rows(table, DATASET)))

    digest = digest_of(reviews)
    assert digest_of(reviews.take([2, 0, 1]).drop_columns("other")) == digest
    for changed in (
        reviews.slice(1),
        pa.concat_tables([reviews, reviews.slice(0, 1)]),
        reviews.set_column(1, "points", pa.array([90, 80, 100])),
        reviews.set_column(0, "description", pa.array(["a ", "b", "c"])),
    ):
        assert digest_of(changed) != digest


def test_without_a_size_all_rows_are_the_sample() -> None:
    digests = digest_texts(number_reviews(20)["description"])
    assert mark_sample(digests, SplitParameters()).tolist() == [True] * 20
    some = mark_sample(digests, SplitParameters(train_sample_rows=7, seed=3))
    assert some.tolist() == choose_sample(digests, 7, 3).tolist()
    assert some.sum() == 7
