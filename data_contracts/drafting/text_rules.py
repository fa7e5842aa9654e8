"""Drafts the rules about the text, each with the figure that was observed in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.drafting.columns import Described
from data_contracts.drafting.languages import find_language, make_pattern
from data_contracts.drafting.rules import CHAMPION, LAST, Quality, custom, show
from data_contracts.row_checks import lacks_number

SLACK = 2.0
"""A rule tolerates this many times the observed share of rows that break it."""
COPIES_MAX_LEAST = 12
DISTINCT_SLACK = 0.05
GIVEN_AWAY_MAX = 0.01
"""Share of texts that contain their target by chance; where more do, the rule only warns."""
LANGUAGE_BOUNDS = (("language", "critical", 0.2), ("language_strays", "warning", 0.05))
"""Of the share of texts with a common word: name of the rule, severity, and largest decline."""
VOCABULARY_BOUNDS = (
    ("vocabulary_last", "$last", LAST, 0.05, "warning"),
    ("vocabulary_champion", "$champion", CHAMPION, 0.05, "warning"),
    ("vocabulary_foreign", "$champion", CHAMPION, 0.4, "critical"),
)
"""Of unknown words: name of the rule, reference, its words, largest share, and severity."""


SEVERAL_TARGETS_MAX = 0.005
"""Largest share of rows with a text of several targets, for the rule about them to reject rows."""


class TextRule(NamedTuple):
    """A rule about single texts, which a pattern must find or must not find.

    Attributes:
        name: of the rule, after the column's.
        meaning: the rule in words.
        pattern: regular expression.
        found: whether the pattern must be found.
        tolerated: share of texts that may break it, if few do.
        severity: if no more than that do; otherwise it is a warning.
    """

    name: str
    meaning: str
    pattern: str
    found: bool
    tolerated: float
    severity: str


TEXT_RULES = (
    TextRule(
        "has_a_token",
        "At least one letter, number or pictogram",
        r"[\p{L}\p{N}\p{So}]",
        True,
        0,
        "critical",
    ),
    TextRule(
        "control_characters",
        "No control characters except tabs and line breaks",
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]",
        False,
        0,
        "critical",
    ),
    TextRule(
        "invisible_characters",
        "No soft hyphens, zero-width characters or direction marks",
        "[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]",
        False,
        0.001,
        "warning",
    ),
    TextRule(
        "markup",
        "No HTML tags or entities",
        r"<[A-Za-z/!][^<>]*>|&(?:[A-Za-z]{2,8}|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,6});",
        False,
        0,
        "critical",
    ),
    TextRule(
        "escapes",
        "No _x000D_ and the like, as Excel's files write line ends and control characters",
        "_x[0-9A-Fa-f]{4}_",
        False,
        0,
        "warning",
    ),
    TextRule(
        "lost_letters",
        "No question mark inside a word, a sign of lost accents",
        r"\p{L}\?\p{L}",
        False,
        0.001,
        "warning",
    ),
)


def draft_text_rules(text: Described, target: Described) -> Iterator[Quality]:
    """Draft the rules about the text, and about text and target together."""
    name, given = text.name, text.texts.drop_null()
    for rule in TEXT_RULES:
        yield _draft_text_rule(rule, name, given)
    yield custom(
        f"{name}_not_header",
        "critical",
        "conformity",
        "No header line among the rows, as in concatenated files.",
        "expect_column_values_to_not_be_in_set",
        value_set=[text.written],
    )
    if language := find_language(given):
        yield from _draft_language_rules(name, *language)
    frame = pa.table({"text": text.texts, "target": target.texts}).to_pandas().dropna()
    yield from _draft_repeat_rules(text.name, target.name, frame)
    yield _draft_given_away(text.name, target.name, frame)
    yield from _draft_drift_rules(name, target.name)


def _draft_text_rule(rule: TextRule, name: str, given: pa.ChunkedArray) -> Quality:
    found = pc.mean(pc.match_substring_regex(given, rule.pattern)).as_py() or 0.0
    broken = 1 - found if rule.found else found
    # A rule that all texts break warns each time: tolerating that, it could never fail.
    usual = min(SLACK * broken, (1 + broken) / 2) if broken < 1 else 0.0
    tolerated = max(rule.tolerated, round(usual, 4))
    tolerance = f", but for at most {show(tolerated)} of the texts" if tolerated else ""
    return custom(
        f"{name}_{rule.name}",
        rule.severity if broken <= rule.tolerated else "warning",
        "conformity",
        f"{rule.meaning}{tolerance} (observed: {show(broken)} break this).",
        f"expect_column_values_to_{'' if rule.found else 'not_'}match_regex",
        regex=rule.pattern,
        **({"mostly": round(1 - tolerated, 6)} if tolerated else {}),
    )


def _draft_language_rules(name: str, language: str, share: float) -> Iterator[Quality]:
    for suffix, severity, decline in LANGUAGE_BOUNDS:
        least = share - decline
        yield custom(
            f"{name}_{suffix}",
            severity,
            "conformity",
            f"{language}: at least {show(least)} of the texts have one of its most common words"
            f" (observed: {show(share)}).",
            "expect_column_values_to_match_regex",
            regex=make_pattern(language),
            mostly=round(max(least, 0.01), 4),
        )


def _draft_repeat_rules(text: str, target: str, frame: pd.DataFrame) -> Iterator[Quality]:
    distinct = frame["text"].nunique() / max(len(frame), 1)
    least = max(distinct - DISTINCT_SLACK, 0)
    yield custom(
        f"{text}_repeats",
        "warning",
        "uniqueness",
        f"At least {show(least)} of the texts are distinct (observed: {show(distinct)}).",
        "expect_column_proportion_of_unique_values_to_be_between",
        min_value=round(least, 4),
    )
    copies = int(frame["text"].value_counts().max()) if len(frame) else 1
    copies_max = max(COPIES_MAX_LEAST, 2 * copies)
    yield custom(
        f"{text}_copies",
        "critical",
        "uniqueness",
        f"No text occurs more than {copies_max} times (observed: {copies}); further copies are"
        " rejected.",
        "expect_column_values_to_stand_at_most",
        max_copies=copies_max,
    )
    several = frame.groupby("text")["target"].transform("nunique") > 1
    share = float(several.mean()) if len(frame) else 0.0
    yield custom(
        f"{text}_one_{target}",
        "critical" if share <= SEVERAL_TARGETS_MAX else "warning",
        "consistency",
        f"All rows with the same text have the same {target} (observed: {show(share)} of the rows"
        " have a text with several). Rows with rarer values are rejected; in a tie, all rows with"
        " the text are.",
        "expect_column_to_determine",
        column_A=text,
        column_B=target,
    )


def _draft_given_away(text: str, target: str, frame: pd.DataFrame) -> Quality:
    numbers = pd.to_numeric(frame["target"], errors="coerce")
    told = ~lacks_number(frame["text"][numbers.notna()], numbers.dropna())
    share = float(told.mean()) if len(told) else 0.0
    tolerated = min(max(0.02, round(SLACK * share, 4)), 1.0)
    return custom(
        f"{text}_gives_{target}_away",
        "critical" if share <= GIVEN_AWAY_MAX else "warning",
        "conformity",
        f"At most {show(tolerated)} of the texts contain their {target} as a number, which the"
        f" model could copy (observed: {show(share)}).",
        "expect_column_pair_values_a_to_not_hold_b",
        column_A=text,
        column_B=target,
        mostly=round(1 - tolerated, 4),
    )


def _draft_drift_rules(text: str, target: str) -> Iterator[Quality]:
    for suffix, reference, words, bound, severity in VOCABULARY_BOUNDS:
        yield custom(
            f"{text}_{suffix}",
            severity,
            "consistency",
            f"At most {show(bound)} of the words, beyond chance, occur less than twice in {words}.",
            "expect_column_out_of_vocabulary_rate_to_be_between",
            vocabulary=f"{reference}.vocabulary",
            by_chance=f"{reference}.unknown_by_chance",
            max_value=bound,
        )
    yield custom(
        f"{text}_lengths_near_last",
        "warning",
        "consistency",
        "The distribution of text lengths, in words, diverges from the last accepted file's by at"
        " most 0.02 nats (Kullback-Leibler) beyond chance.",
        "expect_column_length_divergence_from_reference_to_be_between",
        reference_counts="$last.token_bins",
        max_value=0.02,
    )
    yield custom(
        f"{text}_length_and_{target}_near_last",
        "warning",
        "consistency",
        f"The rank correlation of text length and {target} differs from the last accepted file's by"
        " at most 0.15 beyond chance.",
        "expect_column_pair_rank_correlation_to_stay_near",
        column_A=text,
        column_B=target,
        reference_correlation="$last.length_correlation",
        reference_rows="$last.rows",
        max_change=0.15,
    )
