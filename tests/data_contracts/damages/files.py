"""Damages of whole files: their header, their rows' number and order, and which file it is."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from data_contracts.contract import load_contract
from data_contracts.profile import References
from tests.data_contracts.damages.damage import (
    Damage,
    all_rows,
    alone,
    demo_csv,
    frame,
    leaves_out,
    read_frame,
    rejects,
    rejects_columns,
    rejects_rows,
    rewrite,
    warns,
    write_csv,
)

HEADER = list(load_contract().header)


def seen_before(references: References) -> References:
    """Say that this very delivery was accepted, and another one after it."""
    last = references["last"]._replace(accepted_before="2026-01-05")
    return references | {"last": last}


def fewer_nulls(references: References) -> References:
    """Say that every row of the last file had an inner region."""
    last = references["last"]
    fractions = last.profile.null_fractions | {"region_2": 0.0}
    profile = last.profile.model_copy(update={"null_fractions": fractions})
    return references | {"last": last._replace(profile=profile)}


def header(old: str, new: str) -> Callable[[bytes], bytes]:
    """Rename a column in the header."""
    return lambda csv: write_csv(read_frame(csv), [new if n == old else n for n in HEADER])


def columns(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[bytes], bytes]:
    """Change the columns with their names."""

    def make(csv: bytes) -> bytes:
        return change(read_frame(csv).set_axis(HEADER, axis=1)).to_csv(index=False).encode()

    return make


def head(rows: int) -> Callable[[bytes], bytes]:
    """Cut the file at the end of a line."""
    return frame(lambda reviews: reviews.head(rows))


def longer(csv: bytes) -> bytes:
    """Add as many and a half other reviews, numbered on."""
    more = read_frame(demo_csv(3_200, 5)).iloc[2000:]
    return write_csv(pd.concat([read_frame(csv), more]))


def doubled(reviews: pd.DataFrame) -> pd.DataFrame:
    """Put the file behind itself, numbered on."""
    twice = pd.concat([reviews, reviews], ignore_index=True)
    return twice.assign(review_index=twice.index.astype("str"))


def read_as(encoding: str) -> Callable[[bytes], bytes]:
    """Read the file in a wrong encoding, and save it."""
    return lambda csv: csv.decode(encoding).encode()


def erring(ratio: float) -> Callable[[References], References]:
    """Let the champion's error be surely so many times that at its promotion."""

    def err(compared: References) -> References:
        champion = compared["champion"]
        assert champion.error
        low = ratio * champion.error.promoted_mae
        worse = champion.error._replace(mae=low + 0.05, low=low, high=low + 0.1)
        return compared | {"champion": champion._replace(error=worse)}

    return err


def two_fields(csv: bytes, every: int = 0) -> bytes:
    """Leave two fields of row 7, or of each row from it on with this distance."""
    lines = csv.splitlines(keepends=True)
    for row in range(7, len(lines) - 1, every) if every else [7]:
        lines[row + 1] = f"{row},Italy\n".encode()
    return b"".join(lines)


ACCENTED = [
    f"{name}_{kind}"
    for name in ("designation", "province", "region_1", "region_2", "title", "variety", "winery")
    for kind in ("misread", "mojibake")
]
"""What is broken where the made-up names hold accents."""

FILES: dict[str, Damage] = {
    # header
    "target renamed": rejects_columns("columns", header("points", "score"), "nulls_near_last"),
    "text renamed": rejects_columns("columns", header("description", "review"), "nulls_near_last"),
    "target missing": rejects_columns("columns", columns(lambda t: t.drop(columns="points")), "nulls_near_last"),
    "text missing": rejects_columns("columns", columns(lambda t: t.drop(columns="description")), "nulls_near_last"),
    "column named twice": rejects_columns("columns", header("price", "points"), "nulls_near_last"),
    "column named almost twice": rejects_columns("columns", header("winery", "Title"), "nulls_near_last"),
    "header missing": rejects_columns("columns", lambda csv: csv.split(b"\n", 1)[1], "nulls_near_last"),
    "column renamed": warns("columns", header("winery", "estate"), "nulls_near_last"),
    "column missing": warns("columns", columns(lambda t: t.drop(columns="price")), "nulls_near_last"),
    "column too many": warns("columns", columns(lambda t: t.assign(colour="red"))),
    "index in another place, without a name": warns("columns", columns(lambda t: t[[*HEADER[2:], *HEADER[:2]]]), "nulls_near_last"),
    # number of rows
    "header alone": rejects("rows", head(0), "country_variety", "description_repeats", "points_mean", "points_spread", "points_values", "points_not_sorted", "points_follow_price", "price_median")._replace(compared=alone),
    "99 rows": rejects("rows", frame(lambda reviews: reviews.iloc[1000:1099]))._replace(compared=alone),
    "half of the rows missing": rejects("rows_against_last", head(999), "rows_near_last"),
    "a tenth of the rows missing": warns("rows_near_last", head(1799)),
    "file more than half as long again": warns("rows_near_last", longer),
    "file behind itself": rejects_rows("review_index_unique", lambda csv: csv + csv.split(b"\n", 1)[1], "review_index_increasing", "description_repeats", "rows_near_last")._replace(left_out=all_rows),
    "file behind itself, with its header": rejects_rows("review_index_unique", lambda csv: csv + csv, "description_not_header", "rows_near_last", "review_index_required", "review_index_increasing", "country_pattern", "description_length", "description_repeats", "points_type", "price_type", "taster_twitter_handle_pattern")._replace(left_out=all_rows),
    "file behind itself, numbered on": warns("description_repeats", frame(doubled), "rows_near_last"),
    "one country only": rejects("rows_against_last", frame(lambda r: r[r["country"] == "Spain"]), "rows_near_last", "country_variety"),
    # order of rows
    "index starts at -1": rejects_rows("review_index_range", rewrite("review_index", lambda r: r["review_index"].mask(r.index == 0, "-1")))._replace(verdict="Accepted"),
    "index negative": rejects_rows("review_index_range", rewrite("review_index", lambda r: (-1 - r.index).astype("str")), "review_index_increasing"),
    "index stands twice": rejects_rows("review_index_unique", rewrite("review_index", lambda r: r["review_index"].mask(r.index == 8, "7")), "review_index_increasing")._replace(verdict="Accepted", left_out=lambda before, after: {7, 8}),
    "index starts again": rejects_rows("review_index_unique", rewrite("review_index", lambda r: (r.index % 1000).astype("str")), "review_index_increasing")._replace(left_out=all_rows),
    "rows shuffled": warns("review_index_increasing", frame(lambda r: r.sample(frac=1, random_state=0))),
    # how it was read
    "row of two fields": leaves_out("rows_readable", two_fields)._replace(left_out=lambda before, after: {7}),
    "rows of two fields": rejects_rows("rows_readable", lambda csv: two_fields(csv, every=50))._replace(left_out=lambda before, after: set(range(7, 2000, 50))),
    **{f"file read as {encoding}": rejects_rows("title_misread", read_as(encoding), *ACCENTED) for encoding in ("latin-1", "mac_roman", "cp850")},
    "accents read as question marks": warns("title_lost_letters", lambda csv: csv.decode().encode("ascii", "replace")),
    # which file it is
    "file from before the last one": warns("delivery_not_superseded", bytes)._replace(compared=seen_before),
    "fewer values than last time": warns("nulls_near_last", bytes)._replace(compared=fewer_nulls),
    "champion errs more": warns("champion_error", bytes)._replace(compared=erring(1.2)),
    "champion errs far more": rejects("champion_error_large", bytes, "champion_error")._replace(compared=erring(1.5)),
}  # fmt: skip
