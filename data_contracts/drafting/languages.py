"""Frequent words by language, to tell texts in it from others."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

FREQUENT_WORDS = {
    "Dutch": "de het een en van is dat niet op met voor te zijn aan",
    "English": "the and of with is this it to for but from are by that has its as an was",
    "French": "le la les et est un une de des du en pas que pour dans avec",
    "German": "der die das und ist nicht ein eine mit von zu auf für im den sich",
    "Italian": "il lo la e è un una di che con non per si del della",
    "Portuguese": "o os as e é um uma de que com não para do da em",
    "Spanish": "el los las y es un una de que en con no por del para",
}
DOMINANT_SHARE_MIN = 0.8
"""A language dominates if this share of the texts has one of its frequent words."""


def make_pattern(language: str) -> str:
    """Return a regular expression that finds a frequent word of a language."""
    words = "|".join(FREQUENT_WORDS[language].split())
    return rf"(?i)(?:^|[^\p{{L}}])(?:{words})(?:[^\p{{L}}]|$)"


def find_language(texts: pa.ChunkedArray) -> tuple[str, float] | None:
    """Find the language that dominates the texts, and the share of texts with a word of it."""
    given = texts.drop_null()
    shares = {
        language: (pc.mean(pc.match_substring_regex(given, make_pattern(language))).as_py() or 0.0)
        for language in FREQUENT_WORDS
    }
    best = max(shares, key=lambda language: shares[language])
    return (best, shares[best]) if shares[best] >= DOMINANT_SHARE_MIN else None
