from __future__ import annotations

import pytest

from tasks.pages.wording import format_share, show_observed, show_text


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0.00004, "< 0.01%"), (0.99996, "> 99.99%"), (0.5, "50.00%"), (0, "0%"), (None, "–")],
)
def test_a_share_is_never_rounded_to_none_or_all(fraction: float | None, shown: str) -> None:
    assert format_share(fraction) == shown


def test_invisible_characters_are_shown_by_their_numbers() -> None:
    assert show_text("a\u200bb\u202e\x07\xad") == "a[U+200B]b[U+202E][U+0007][U+00AD]"
    assert show_text("two\nlines\tand é") == "two\nlines\tand é"
    assert show_text("x" * 50, 40) == "x" * 39 + "…"
    assert show_text("x" * 40, 40) == "x" * 40


@pytest.mark.parametrize(
    ("observed", "shown"),
    [
        ("98.5404323458767", "98.54"),
        ("129971", "129,971"),
        ("-0.25", "−0.25"),
        ("12345.678", "12,345.7"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("title from 0.0% to 20.6%", "title from 0.0% to 20.6%"),
    ],
)
def test_what_was_found_has_the_digits_that_people_read(observed: str, shown: str) -> None:
    assert show_observed(observed) == shown
