"""How numbers are written in a column of numbers: the decimal sign, and words for empty fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

POINT_MEANWHILE = "\x01"
"""Stands for a point while commas become points; a text that holds it becomes no number."""


class NumberStyle(NamedTuple):
    """How numbers are written.

    Attributes:
        decimal: the decimal sign, `point` or `comma`. The other one is not allowed in a number.
        nulls: words for an empty field, with or without spaces around them.
    """

    decimal: str = "point"
    nulls: tuple[str, ...] = ()

    def to_plain(self, texts: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return texts of numbers with a decimal point, and null for the words in `nulls`.

        With the comma as the decimal sign, points and commas change places: `4,5` becomes a number,
        and `4.5` and `1.234,5` do not.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.nulls:
            texts = pc.if_else(self.mark_nulls(texts), pa.scalar(None, pa.string()), texts)
        if self.decimal == "comma":
            for sign, other in ((".", POINT_MEANWHILE), (",", "."), (POINT_MEANWHILE, ",")):
                texts = pc.replace_substring(texts, sign, other)
        return texts

    def mark_nulls(self, texts: pa.ChunkedArray) -> pa.ChunkedArray:
        """Mark the words for an empty field."""
        import pyarrow as pa
        import pyarrow.compute as pc

        words = pa.array([word.strip() for word in self.nulls], pa.string())
        return pc.is_in(pc.utf8_trim_whitespace(texts), words)


PLAIN = NumberStyle()
"""Numbers with a decimal point, and no words for empty fields."""
