"""What a draft says about a file that can be read, but hardly as it is meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from data_contracts.constraints import MISREAD_FRACTION_MAX
from data_contracts.encodings import MOJIBAKE
from tasks.sources.reading.showing import show

if TYPE_CHECKING:
    from data_contracts.drafting.columns import Described


def advise_on_encoding(columns: list[Described]) -> Iterator[str]:
    """Name the columns of strings that look as if read in a wrong encoding."""
    for column in (column for column in columns if column.kind == "string"):
        given = column.texts.drop_null()
        misread = given.filter(pc.match_substring_regex(given, MOJIBAKE))
        if len(misread) > MISREAD_FRACTION_MAX * len(given):
            yield (
                f"{column.written}: {len(misread):,} of {len(given):,} texts look as if read in a"
                f" wrong encoding, such as {show(misread[0].as_py())}; name the right one with"
                " --ingest.encoding, or save the file as UTF-8"
            )
