"""Regular expressions of a contract: those that pandas can look for in a column of texts.

pandas looks for a pattern with RE2, or, if the pattern needs it, with Python's slower `re`.
"""

from __future__ import annotations

import re
import warnings

from data_contracts.kinds import show

RE2_SYNTAX = "https://github.com/google/re2/wiki/Syntax"
ENGINE_WORDS = "Invalid regular expression: "
"""Arrow writes them before RE2's own message."""

END = re.compile(r"(?<!\\)((?:\\\\)*)\\Z")
"""Python's sign for the end of a text, if no backslash escapes it."""


def to_re2(pattern: str) -> str:
    r"""Write the end of a text, `\Z` in Python's patterns, as RE2 does: `\z`."""
    return END.sub(r"\1\\z", pattern)


def check_pattern(place: str, pattern: str) -> None:
    """Make sure that a pattern is a regular expression.

    Args:
        place: of the pattern, for the message.
        pattern: a text.

    Raises:
        ValueError: it is not.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        # A list of texts would import pandas.
        pc.match_substring_regex(pa.nulls(1, pa.string()), to_re2(pattern))
    except pa.ArrowInvalid as error:
        if _needs_python(pattern):
            return
        problem = str(error).removeprefix(ENGINE_WORDS)
        raise ValueError(
            f"{place} must be a regular expression of RE2 ({RE2_SYNTAX}), not {show(pattern)};"
            f" {problem}"
        ) from None


def _needs_python(pattern: str) -> bool:
    r"""Tell whether this is a pattern that pandas looks for with Python's `re`.

    Such patterns have a lookahead, a back reference, or an escape such as `\u00e9`.
    """
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas warns of groups.
        try:
            pd.Series(["a"], dtype="str").str.contains(pattern)
        except Exception:
            return False
    return True
