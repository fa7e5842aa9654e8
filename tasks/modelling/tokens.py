"""Splitting texts into tokens."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from tasks.configuration.parameters import VectorizerParameters

SPACES = r"[\pZ\pC]+"
"""Separators and control characters (Unicode Standard, table 4-4)."""
APART = r"(\pN+|[^\pL\pM\pN'’ ])"
"""Matches a number, or a single character that is no letter, combining mark or apostrophe.

Each match becomes a token, because punctuation carries meaning: `91-93` is a range.
TensorFlow and Arrow use the same regex engine, RE2, for both patterns.
"""


def tokenize(texts: list[str], parameters: VectorizerParameters) -> list[list[str]]:
    """Split texts as the vectorizer does, but without importing TensorFlow."""
    from data_contracts.tokens import tokenize as strip_and_split

    if parameters.punctuation == "strip":
        tokens: list[list[str]] = strip_and_split(pa.array(texts, pa.string())).to_pylist()
        return tokens
    plain = pc.replace_substring_regex(pc.utf8_lower(pa.array(texts, pa.string())), SPACES, " ")
    apart: list[str] = pc.replace_substring_regex(plain, APART, r" \1 ").to_pylist()
    return [text.split() for text in apart]
