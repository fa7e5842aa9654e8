"""When two reviews read the same: the one definition, for splits and for leakage."""

from __future__ import annotations

import unicodedata

DIGESTS = "description_sha256"
"""The column of every split with the digests by which descriptions that read the same are known."""


def normalize_text(text: str) -> str:
    """Give texts that read the same the same form.

    NFKC (Unicode Standard Annex 15), case folding (Unicode Standard, section 3.13), and one space
    for each run of white space.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
