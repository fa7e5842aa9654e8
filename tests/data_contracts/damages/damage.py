"""What a damage is, and small ways to do it to a delivery of made-up reviews."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pandas as pd

from data_contracts.contract import load_contract
from data_contracts.profile import References
from data_contracts.written_rules import Severity
from tasks.sources.demo_reviews import make_demo_reviews

Change = Callable[[pd.DataFrame], pd.DataFrame]
Value = str | Callable[[str], str]
ROWS = 2_000


class Damage(NamedTuple):
    """One way in which a delivery can be wrong, and all that the contract says of it.

    Attributes:
        make: from the sound delivery to the damaged one.
        verdict: `Accepted` or `DataRejected`.
        severity: that of `rule`.
        rule: the main rule that it breaks.
        also: all the others.
        left_out: from the sound delivery and the damaged one to the rows that must be left out.
        compared: from the sound delivery's references to those of this one.
    """

    make: Callable[[bytes], bytes]
    verdict: str
    severity: Severity
    rule: str
    also: frozenset[str] = frozenset()
    left_out: Callable[[bytes, bytes], set[int]] = lambda before, after: set()
    compared: Callable[[References], References] = dict

    @property
    def breaks(self) -> set[str]:
        return {self.rule, *self.also}


def warns(rule: str, make: Callable[[bytes], bytes], *also: str) -> Damage:
    """Say that the delivery is accepted as a whole, with warnings."""
    return Damage(make, "Accepted", "warning", rule, frozenset(also))


def informs(rule: str, make: Callable[[bytes], bytes], *also: str) -> Damage:
    """Say that the delivery is accepted as a whole, and something is told of it."""
    return Damage(make, "Accepted", "info", rule, frozenset(also))


def leaves_out(rule: str, make: Callable[[bytes], bytes], *also: str) -> Damage:
    """Say that the delivery is accepted without the damaged rows."""
    return Damage(make, "Accepted", "critical", rule, frozenset(also), changed_rows)


def rejects(rule: str, make: Callable[[bytes], bytes], *also: str) -> Damage:
    """Say that the delivery is rejected because of something about the whole of it."""
    return Damage(make, "DataRejected", "critical", rule, frozenset(also))


def rejects_columns(rule: str, make: Callable[[bytes], bytes], *also: str) -> Damage:
    """Say that the delivery is rejected because a column that it needs is missing or there twice.

    No rule says so, because a rule about a column is not asked without it.
    """
    return Damage(make, "DataRejected", "warning", rule, frozenset(also))


def rejects_rows(rule: str, make: Callable[[bytes], bytes], *also: str) -> Damage:
    """Say that the delivery is rejected because too many of its rows are damaged."""
    return rejects(rule, make, *also)._replace(left_out=changed_rows)


@functools.cache
def demo_csv(rows: int = ROWS, seed: int = 0) -> bytes:
    """Write demo reviews as CSV."""
    return make_demo_reviews(rows, seed).to_pandas().to_csv(index=False).encode()


def read_frame(csv: bytes) -> pd.DataFrame:
    """Read a delivery as strings, an empty field as an empty string, by the contract's names."""
    frame = pd.read_csv(io.BytesIO(csv), dtype="str", keep_default_na=False)
    return frame.set_axis(load_contract().schema.names, axis=1)


def write_csv(frame: pd.DataFrame, header: Iterable[str] | None = None) -> bytes:
    """Write a frame of strings under a header, the contract's own by default."""
    names = list(header or load_contract().header)
    return frame.set_axis(names, axis=1).to_csv(index=False).encode()


def frame(change: Change, header: Iterable[str] | None = None) -> Callable[[bytes], bytes]:
    """Damage the frame of a delivery, and write it under a header."""
    return lambda csv: write_csv(change(read_frame(csv)), header)


def in_turn(*makes: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Do several damages to one delivery."""
    return lambda csv: functools.reduce(lambda damaged, make: make(damaged), makes, csv)


def changed_rows(before: bytes, after: bytes) -> set[int]:
    """Find the rows that differ, those of a longer file included."""
    old, new = read_frame(before), read_frame(after)
    both = min(len(old), len(new))
    differ = (old.head(both) != new.head(both)).any(axis=1)
    return {*differ.index[differ], *range(both, len(new))}


def some(reviews: pd.DataFrame, rows: int) -> pd.Series:
    """Mark `rows` rows, spread over the delivery, whose text and region no other row shares."""
    single = ~reviews["description"].duplicated(keep=False)
    positions = single[single].index[7 :: max(1, int(single.sum() * 0.9) // rows)][:rows]
    return pd.Series(reviews.index.isin(positions), index=reviews.index)


def each(reviews: pd.DataFrame, nth: int) -> pd.Series:
    """Mark each nth text, in all the rows where it stands."""
    return pd.Series(reviews["description"].factorize()[0] % nth == 0, index=reviews.index)


def put(column: str, value: Value, rows: int = 3, nth: int = 0) -> Callable[[bytes], bytes]:
    """Put a value, or what a function makes of the present one, into `rows` rows.

    With `nth`, into all rows of each nth text instead. A function is not asked about empty fields.
    """

    def change(reviews: pd.DataFrame) -> pd.DataFrame:
        where = each(reviews, nth) if nth else some(reviews, rows)
        old = reviews[column]
        if callable(value):
            where &= old != ""
            new = old.where(~where, old[where].map(value))
        else:
            new = old.mask(where, value)
        return reviews.assign(**{column: new})

    return frame(change)


def fill(column: str, value: str, where: str = "") -> Callable[[bytes], bytes]:
    """Put a value wherever another one stands, by default nothing."""
    return frame(lambda reviews: reviews.assign(**{column: reviews[column].replace(where, value)}))


def rewrite(column: str, change: Callable[[pd.DataFrame], object]) -> Callable[[bytes], bytes]:
    """Put what a function makes of the whole frame into a column."""
    return frame(lambda reviews: reviews.assign(**{column: change(reviews)}))


def ambiguous_rows(before: bytes, after: bytes) -> set[int]:
    """Find the rows whose text stands more often, or as often, with other points."""
    reviews = read_frame(after)
    counts: dict[str, dict[str, int]] = {}
    for text, points in zip(reviews["description"], reviews["points"], strict=True):
        of_text = counts.setdefault(text, {})
        of_text[points] = of_text.get(points, 0) + 1
    return {
        row
        for row, (text, points) in enumerate(
            zip(reviews["description"], reviews["points"], strict=True)
        )
        if any(n >= counts[text][points] for p, n in counts[text].items() if p != points)
    }


def copies_past(limit: int) -> Callable[[bytes, bytes], set[int]]:
    """Find the rows whose text stands `limit` times before them."""

    def find(before: bytes, after: bytes) -> set[int]:
        seen: dict[str, int] = {}
        rows = set()
        for row, text in enumerate(read_frame(after)["description"]):
            seen[text] = seen.get(text, 0) + 1
            if seen[text] > limit:
                rows.add(row)
        return rows

    return find


def all_rows(before: bytes, after: bytes) -> set[int]:
    """Find all rows of the damaged delivery."""
    return set(range(len(read_frame(after))))


def alone(references: References) -> References:
    """Compare with nothing: the first delivery of all."""
    return {}
