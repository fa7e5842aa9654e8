"""What is measured of a partition of a delivery: small tables, from which the whole is judged.

Of a rule about single rows, these are the places of the rows that break it. Of a rule about a value
among all others, such as that it is unique, they are all values, texts as 64-bit hashes: of ten
million texts, two different ones get the same hash with a chance of 1 in 370,000. The rest are
counts.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.contract import Contract
from data_contracts.counted_rows import TOKENS, Counted, FrameCounts, hash_texts, write_condition
from data_contracts.dataset import Dataset
from data_contracts.delivery import FrameDelivery
from data_contracts.row_checks import is_about_all_rows, is_about_rows, key_of
from data_contracts.rules import COLUMN_KEYS
from data_contracts.unreadable import RULE, UNREADABLE

PLACE, FIRST, SECOND = "place", "first", "second"
KINDS = {
    "expect_column_mean_to_be_between": ("values",),
    "expect_column_median_to_be_between": ("values",),
    "expect_column_stdev_to_be_between": ("values",),
    "expect_column_unique_value_count_to_be_between": ("values",),
    "expect_column_proportion_of_unique_values_to_be_between": ("values",),
    "expect_column_divergence_from_reference_to_be_between": ("values",),
    "expect_column_histogram_divergence_from_reference_to_be_between": ("values",),
    "expect_column_length_divergence_from_reference_to_be_between": TOKENS,
    "expect_column_out_of_vocabulary_rate_to_be_between": TOKENS,
    "expect_column_pair_rank_correlation_to_be_between": ("pairs",),
    "expect_column_pair_rank_correlation_to_stay_near": ("pairs",),
}
"""What is counted for an expectation about a column or two of the whole file."""


def measure_rules(contract: Contract, reviews: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Measure what the rules about rows look at.

    Args:
        contract: the rules.
        reviews: a partition, with `UNREADABLE`.

    Yields:
        For each `key_of` a rule a table with the places in the partition, and the values if the
        rule is about all rows. Its metadata are the numbers of rows and of nulls; see `Broken`.
    """
    delivery = FrameDelivery.of(reviews)
    numbers = functools.cache(lambda name: _to_numbers(reviews[name]))
    rules = {key_of(rule): rule for rule in (RULE, *contract.rules) if is_about_rows(rule)}
    for key, rule in rules.items():
        if is_about_all_rows(rule):
            values = delivery.select_values(rule)
            rows, nulls, places = values.rows, values.nulls, values.places
            names = [rule.arguments[role] for role in COLUMN_KEYS if role in rule.arguments]
            columns = [numbers(name).take(pa.array(places, pa.int64())) for name in names]
        else:
            (rows, nulls, places), columns = delivery.find_broken(rule), []
        arrays = [pa.array(places, pa.int64()), *columns]
        table = pa.table(dict(zip((PLACE, FIRST, SECOND), arrays, strict=False)))
        yield key, table.replace_schema_metadata({"rows": str(rows), "nulls": str(nulls)})


def _to_numbers(column: pa.ChunkedArray) -> pa.Array:
    """Return numbers as they are, and texts as hashes, of a null as that of an empty text."""
    values = column.combine_chunks()
    return hash_texts(values.fill_null("")) if pa.types.is_string(values.type) else values


def count_partition(contract: Contract, reviews: pa.Table) -> Iterator[tuple[Counted, pa.Table]]:
    """Count what the rules about the whole file and the profile need."""
    counts = FrameCounts(reviews.filter(pc.is_null(reviews[UNREADABLE])))
    for counted in list_counted(contract):
        yield counted, counts.get(counted)


def list_counted(contract: Contract) -> list[Counted]:
    """List what is counted of each partition."""
    written = (Counted("texts", (name,)) for name in contract.as_written.values())
    of_profile = list_counted_for_profile(contract.schema.names, contract.dataset)
    return list(dict.fromkeys([*of_profile, *written, *_of_rules(contract)]))


def list_counted_for_profile(columns: Sequence[str], dataset: Dataset) -> Iterator[Counted]:
    """Yield what `profile_reviews` asks for; the arguments are the same."""
    yield Counted("rows")
    yield from (Counted("nulls", (name,)) for name in columns)
    yield from (Counted(kind, (dataset.text,)) for kind in TOKENS)
    yield from (Counted("values", (name,)) for name in (dataset.text, dataset.target.name))
    yield Counted("pairs", (dataset.text, dataset.target.name))
    for column in dataset.slices:
        yield Counted("values" if column.histogram_edges else "texts", (column.name,))


def _of_rules(contract: Contract) -> Iterator[Counted]:
    for rule in contract.rules:
        if is_about_rows(rule):
            continue
        condition = write_condition(rule.arguments.get("row_condition"))
        columns = tuple(rule.arguments[key] for key in COLUMN_KEYS if key in rule.arguments)
        yield Counted("rows", (), condition)
        for kind in KINDS.get(rule.expectation, ()):
            yield Counted(kind, columns, condition)
