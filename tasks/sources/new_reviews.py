"""Reading and checking reviews to score, in parts.

Rules about the whole file are not checked, because a file to score may have any size and mix.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from data_contracts.contract import Contract
from data_contracts.matching import Matching
from data_contracts.unreadable import UNREADABLE
from tasks.sources.kept_columns import KEPT

if TYPE_CHECKING:
    import pandas as pd

PART_ROWS = 16_384
"""Number of reviews in a part."""

T = TypeVar("T")


def explain_header(matching: Matching, text: str) -> list[str]:
    """List the reasons, as sentences, why a file with these columns cannot be scored.

    The model reads only the text: other columns may be missing, unknown and in any order.
    """
    clashes = [clash for clash in matching.clashes if f" column {text};" in clash]
    if text in matching.places:
        return clashes
    return [
        f"The file has no column {text}, the text that the model reads; its columns are"
        f" {matching.listed}."
    ]


def cut_into_parts(
    tables: Iterator[pa.Table], place: int, text: str, keep: Mapping[str, int]
) -> Iterator[pd.DataFrame]:
    """Cut a file's rows into parts of `row_number`, `UNREADABLE`, the text and the kept columns.

    Args:
        tables: as `tasks/sources/reading/parts.py` describes them.
        place: of the column with the text.
        text: what the contract calls it.
        keep: the places of the columns to keep, by their names.
    """
    names = ["row_number", UNREADABLE, text, *(f"{KEPT}{name}" for name in keep)]
    for table in tables:
        texts = table.select(["row_number", UNREADABLE, *map(str, (place, *keep.values()))])
        texts = texts.rename_columns(names)
        for start in range(0, table.num_rows, PART_ROWS):
            yield texts.slice(start, PART_ROWS).to_pandas()


def check_parts(
    parts: Iterator[pd.DataFrame], contract: Contract
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Separate the reviews that keep every critical rule about their text from the rejects.

    Rows that could not be read break the rule about them alone.

    Yields:
        For each part the reviews to score, and a table of rejects with `row_number`, `column`,
        `rule`, `reason`, `value` and the kept columns, a row for each broken rule.
    """
    from data_contracts.delivery import FrameDelivery
    from data_contracts.rejects import collect_rejects, rules_of_one_row

    text = contract.dataset.text
    rules = [*rules_of_one_row(contract, UNREADABLE), *rules_of_one_row(contract, text)]
    for part in parts:
        delivery = FrameDelivery(part)
        breaches = {rule.name: delivery.find_broken(rule).places for rule in rules}
        rejects = collect_rejects(contract, breaches, delivery.take)
        reasons = rejects["rule"].map({rule.name: rule.meaning for rule in rules})
        rejects.insert(3, "reason", reasons)
        kept = part[["row_number", *(name for name in part.columns if name.startswith(KEPT))]]
        rejects = rejects.merge(kept, on="row_number", how="left")
        yield part[~part["row_number"].isin(rejects["row_number"])], rejects


def read_ahead(parts: Iterator[T]) -> Generator[T]:
    """Yield the parts, and compute the next one in another thread meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, parts, None)
        while (part := following.result()) is not None:
            following = pool.submit(next, parts, None)
            yield part
