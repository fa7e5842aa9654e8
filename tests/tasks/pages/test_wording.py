from __future__ import annotations

from typing import Any

import pytest

from tasks.pages.wording import (
    FOLDED_CHARACTERS,
    advise_on_more_reviews,
    fold_text,
    format_share,
    show_observed,
    show_setting,
    show_text,
)
from tests.contracts import POINTS


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0.00004, "< 0.01%"), (0.99996, "> 99.99%"), (0.5, "50.00%"), (0, "0%"), (None, "–")],
)
def test_a_share_is_never_rounded_to_none_or_all(fraction: float | None, shown: str) -> None:
    assert format_share(fraction) == shown


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0.0004, "< 0.1%"), (0.9996, "> 99.9%"), (0.001, "0.1%"), (0.5, "50.0%"), (1, "100%")],
)
def test_a_share_has_as_many_decimals_as_asked_for(fraction: float, shown: str) -> None:
    assert format_share(fraction, 1) == shown


@pytest.mark.parametrize(
    ("network", "ridge", "advice"),
    [
        ((2.0, 1.995), (2.0, 1.5), "The model hardly gained: more reviews alone are unlikely"),
        ((2.0, 2.1), (2.0, 2.2), "The model hardly gained"),
        ((2.5, 1.9), (2.0, 1.8), "The model gained more than ridge: with more reviews it may"),
        ((2.0, 1.9), (2.0, 1.8), "Both gained: more reviews are likely to help, but ridge as well"),
    ],
)
def test_the_last_two_parts_of_a_learning_curve_decide_on_the_advice(
    network: tuple[float, float], ridge: tuple[float, float], advice: str
) -> None:
    curve = [
        {"rows": rows, "network": own, "ridge": other}
        for rows, own, other in zip((500, 1_000), network, ridge, strict=True)
    ]
    said = advise_on_more_reviews([{"rows": 250, "network": 9.0, "ridge": 9.0}, *curve], POINTS)
    assert said.startswith("From 500 to 1,000 training reviews the validation MAE of the model")
    assert f"went from {network[0]:.3f} to {network[1]:.3f}, that of ridge from" in said
    assert advice in said


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "yes"),
        (False, "no"),
        (None, "unset"),
        ((), "none"),
        ((0.8,), "0.8"),
        ((0.8, 0.95), "0.8 and 0.95"),
        (("a", "b", "c"), "a, b and c"),
        (0.001, "0.001"),
        (0, "0"),
        ("cosine", "cosine"),
    ],
)
def test_a_setting_is_written_without_pythons_syntax(value: Any, shown: str) -> None:
    assert show_setting(value) == shown


@pytest.mark.parametrize(
    ("text", "begin", "rest"),
    [
        ("short", 5, ""),
        ("x" * FOLDED_CHARACTERS, FOLDED_CHARACTERS, ""),
        ("x" * 301, FOLDED_CHARACTERS, "x"),
        (f"{'x' * 290} {'y' * 20}", 290, "y" * 20),
        (f"{'x' * FOLDED_CHARACTERS} y", FOLDED_CHARACTERS, "y"),
        # A word that is longer than half of what is shown is cut.
        (f"x {'y' * 400}", FOLDED_CHARACTERS, "y" * 102),
    ],
)
def test_a_long_text_is_folded_between_two_words(text: str, begin: int, rest: str) -> None:
    assert fold_text(text) == (text[:begin], rest)


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
