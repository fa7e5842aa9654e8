"""The digest of a text, computed for one text at a time."""

from __future__ import annotations

import hashlib

from tasks.modelling.texts import normalize_text


def digest_text(text: str) -> bytes:
    return hashlib.sha256(normalize_text(text).encode()).digest()
