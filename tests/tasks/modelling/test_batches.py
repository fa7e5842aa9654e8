from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.modelling.batches import (
    WINDOW_BATCHES,
    make_dataset,
    order_by_length,
    order_for_epoch,
)
from tasks.modelling.token_file import Tokens

pytestmark = pytest.mark.heavy

lengths_of = st.lists(st.integers(1, 100), min_size=1, max_size=300).map(np.array)


@given(lengths_of, st.integers(1, 40), st.integers(0, 5), st.integers(0, 5))
def test_every_row_stands_in_exactly_one_batch(lengths, batch_size, seed, epoch) -> None:
    batches = order_for_epoch(lengths, batch_size, seed, epoch)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert max(map(len, batches)) <= batch_size
    assert len(batches) == len(order_for_epoch(lengths, batch_size, seed, epoch + 1))
    in_order = order_by_length(lengths, batch_size)
    assert lengths[np.concatenate(in_order)].tolist() == sorted(lengths.tolist())


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    lengths = np.arange(1000) % 60 + 1

    def order(seed: int, epoch: int) -> list[int]:
        return np.concatenate(order_for_epoch(lengths, 32, seed, epoch)).tolist()

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)


def test_batches_hold_reviews_of_similar_length_from_the_whole_set() -> None:
    lengths = np.random.default_rng(0).integers(10, 100, 32 * WINDOW_BATCHES)
    batches = order_for_epoch(lengths, 32, 0, 0)
    padding = sum(lengths[rows].max() * len(rows) - lengths[rows].sum() for rows in batches)
    assert padding < 0.05 * lengths.sum()
    assert all(np.ptp(rows) > len(lengths) / 4 for rows in batches)


def test_a_batch_is_cut_to_its_longest_review_and_loses_no_token() -> None:
    tokens = np.zeros((3, 10), np.int32)
    tokens[0, :2], tokens[1, :5], tokens[2, :0] = 7, 8, 9
    points = np.array([80, 90, 100], np.float32)
    found = list(make_dataset(Tokens.of(tokens), points, [np.array([0, 1]), np.array([2])]))
    assert [x.shape.as_list() for x, _ in found] == [[2, 5], [1, 1]]
    assert [y.numpy().tolist() for _, y in found] == [[80, 90], [100]]
    assert found[0][0].numpy().tolist() == tokens[:2, :5].tolist()
