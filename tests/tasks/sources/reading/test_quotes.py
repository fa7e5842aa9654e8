"""Quotes are sound where RFC 4180 has them, wherever the bytes are cut; else the line is told."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.configuration.errors import SourceError
from tasks.sources.reading import quotes
from tasks.sources.reading.quotes import QuoteCheck

FIELD = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
SOUND = re.compile(rf"{FIELD}(?:[,\r\n]{FIELD})*")
TEXTS = st.text(st.sampled_from('"",\n\ra\\ '), max_size=40)


def check(parts: list[bytes]) -> str | None:
    """Return what is wrong with a text that comes in parts."""
    quote_check, line = QuoteCheck(), 1
    for part in [*filter(None, parts), b""]:
        quote_check.feed(part, line)
        line += part.count(b"\n")
    try:
        quote_check.raise_error()
    except SourceError as error:
        return str(error)
    return None


@given(TEXTS)
def test_a_text_is_sound_just_where_rfc_4180_says_so(text: str) -> None:
    assert (check([text.encode()]) is None) == (SOUND.fullmatch(text) is not None)


@given(TEXTS, st.lists(st.integers(0, 40), max_size=5), st.integers(1, 5))
@example(text='\n"""', cuts=[], piece_bytes=1)
@example(text='a   "b"', cuts=[], piece_bytes=1)
@example(text=',   "b"', cuts=[], piece_bytes=1)
def test_it_does_not_matter_where_the_bytes_are_cut(
    text: str, cuts: list[int], piece_bytes: int
) -> None:
    raw, places = text.encode(), [0, *sorted(cuts), len(text)]
    parts = [raw[a:b] for a, b in pairwise(places)]
    parts[-1] = raw[places[-2] :]
    whole = check([raw])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotes, "PIECE_BYTES", piece_bytes)
        assert check(parts) == whole


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (r'1,"A \"firm\" wine"', r"line 2: a quote inside a field is written \""),
        (r"1,A \"firm\" wine", r"line 2: a quote inside a field is written \""),
        (r'1,"A wine, \"firm\", red"', r"line 2: a quote inside a field is written \""),
        ('1,"firm" wine', "line 2: a quote that is opened here ends in the middle of a field"),
        ('1,"a ""b"" c"d', "line 2: a quote that is opened here ends in the middle of a field"),
        ('1,"a\n\nb"c', "line 2: a quote that is opened here ends in the middle of a field"),
        ('1,"a ""\n"" c"d', "line 2: a quote that is opened here ends in the middle of a field"),
        ('1,a "firm" wine', "line 2: a quote stands inside a field that is not enclosed in quotes"),
        ('1, "firm"', "line 2: spaces stand between a delimiter and the quote that opens a field"),
        ('1,"a\nb"\n2,c"', "line 4: a quote stands inside a field"),
        ('1,"a\n\nb', "line 2: a quote that is opened here is never closed"),
        ('1,"""', "line 2: a quote that is opened here is never closed"),
    ],
)
def test_a_stray_quote_is_told_with_its_line(text: str, says: str) -> None:
    for end in ("", "\n3,d\n", '\n3,"d"\n'):
        told = check([f"number,text\n{text}{end}".encode()])
        if says.endswith("never closed") and end.endswith('"\n'):
            says = "line 2: a quote that is opened here ends in the middle of a field"
        assert told is not None
        assert told.startswith(says)
        backslashes = "--ingest.quote backslash" in told
        assert backslashes == ("\\" in text)
        advice = ('each quote inside it is doubled ("")', "remove the spaces around the delimiters")
        assert backslashes or told.endswith(advice)
