"""What a text is made of: the rules by which it is split into tokens."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from tasks.configuration.parameters import VectorizerParameters

SPACES = r"[\pZ\pC]+"
"""Separators and control characters (Unicode Standard, table 4-4)."""
APART = r"(\pN+|[^\pL\pM\pN'’ ])"
"""What becomes a token of its own: a number, and each sign but letters, marks and apostrophes.

In reviews signs carry meaning: `91-93` is a range of points, a dash or a `but` turns the tide.
TensorFlow and Arrow read both patterns with the same engine, RE2.
"""


def tokenize(texts: list[str], parameters: VectorizerParameters) -> list[list[str]]:
    """Split texts as the vectorizer does, for people to look at; TensorFlow is not imported."""
    from data_contracts.tokens import tokenize as strip_and_split

    if parameters.punctuation == "strip":
        tokens: list[list[str]] = strip_and_split(pa.array(texts, pa.string())).to_pylist()
        return tokens
    plain = pc.replace_substring_regex(pc.utf8_lower(pa.array(texts, pa.string())), SPACES, " ")
    apart: list[str] = pc.replace_substring_regex(plain, APART, r" \1 ").to_pylist()
    return [text.split() for text in apart]
