"""Drafts the general rules about quality, each with the figure that was observed in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.drafting.columns import Described, read_numbers
from data_contracts.drafting.languages import find_language, make_pattern

Quality = dict[str, Any]
"""An entry of a `quality` list."""

SLACK = 2.0
"""A rule tolerates this many times the observed share of rows that break it."""
ERROR_BOUNDS = (
    ("champion_error", "warning", 1.15, "targets or texts changed"),
    ("champion_error_large", "critical", 1.4, "targets belong to other texts or to another scale"),
)
COPIES_MAX_LEAST = 12
DISTINCT_SLACK = 0.05


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
        "lost_letters",
        "No question mark inside a word, a sign of lost accents",
        r"\p{L}\?\p{L}",
        False,
        0.001,
        "warning",
    ),
)


def custom(
    name: str, severity: str, dimension: str, meaning: str, expectation: str, **arguments: Any
) -> Quality:
    """Make a rule that names an expectation of Great Expectations."""
    return {
        "name": name,
        "type": "custom",
        "engine": "greatExpectations",
        "severity": severity,
        "dimension": dimension,
        "description": meaning,
        "implementation": {"type": expectation, "kwargs": arguments},
    }


def show(share: float) -> str:
    """Format a share in percent."""
    return f"{100 * share:.3g} %"


def draft_table_rules(rows: int) -> list[Quality]:
    """Draft the rules about the whole file."""
    return [
        custom(
            "columns",
            "warning",
            "conformity",
            "The file has the contract's columns and no others. Without a column, rules about it"
            " are not evaluated, and its slice or auxiliary target is left out.",
            "expect_table_columns_to_match_set",
            column_set="$columns",
        ),
        {
            "name": "rows",
            "type": "library",
            "metric": "rowCount",
            "mustBeGreaterOrEqualTo": 100,
            "severity": "critical",
            "dimension": "completeness",
            "description": f"At least 100 reviews ({rows:,} in the file of the draft).",
        },
        custom(
            "rows_against_last",
            "critical",
            "completeness",
            "At least 50 % as many rows as the last accepted file.",
            "expect_table_row_count_ratio_to_be_between",
            reference_rows="$last.rows",
            min_value=0.5,
        ),
        custom(
            "rows_near_last",
            "warning",
            "completeness",
            "90 % to 150 % as many rows as the last accepted file.",
            "expect_table_row_count_ratio_to_be_between",
            reference_rows="$last.rows",
            min_value=0.9,
            max_value=1.5,
        ),
        custom(
            "nulls_near_last",
            "warning",
            "completeness",
            "Each column's share of empty values differs from the last accepted file's by at most"
            " 10 percentage points beyond chance.",
            "expect_table_null_fractions_to_stay_near",
            reference_null_fractions="$last.null_fractions",
            reference_rows="$last.rows",
            max_change=0.1,
        ),
        custom(
            "delivery_not_superseded",
            "warning",
            "timeliness",
            "This file was not accepted earlier and then replaced by another one.",
            "expect_delivery_not_to_be_superseded",
            accepted_before="$last.accepted_before",
        ),
        *(_draft_error_rule(*bounds) for bounds in ERROR_BOUNDS),
    ]


def _draft_error_rule(name: str, severity: str, ratio: float, cause: str) -> Quality:
    return custom(
        name,
        severity,
        "accuracy",
        "The champion's MAE on reviews that are new to it is surely at most"
        f" {ratio:g} times that at its promotion; more means that {cause}.",
        "expect_champion_error_to_stay_near",
        champion_error="$champion.error",
        max_ratio=ratio,
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
    yield from _draft_repeat_rules(text, target)
    yield _draft_given_away(text, target)
    yield from _draft_drift_rules(name, target.name)


def _draft_text_rule(rule: TextRule, name: str, given: pa.ChunkedArray) -> Quality:
    found = pc.mean(pc.match_substring_regex(given, rule.pattern)).as_py() or 0.0
    broken = 1 - found if rule.found else found
    tolerated = max(rule.tolerated, round(SLACK * broken, 4))
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
    for suffix, severity, least in (
        ("language", "critical", share - 0.2),
        ("language_strays", "warning", share - 0.05),
    ):
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


def _draft_repeat_rules(text: Described, target: Described) -> Iterator[Quality]:
    frame = pa.table({"text": text.texts, "target": target.texts}).to_pandas().dropna()
    distinct = frame["text"].nunique() / max(len(frame), 1)
    copies = int(frame["text"].value_counts().max()) if len(frame) else 1
    scores = frame.groupby("text")["target"].transform("nunique")
    contradicted = float((scores > 1).mean()) if len(frame) else 0.0
    yield custom(
        f"{text.name}_repeats",
        "warning",
        "uniqueness",
        f"At least {show(max(distinct - DISTINCT_SLACK, 0))} of the texts are distinct (observed:"
        f" {show(distinct)}).",
        "expect_column_proportion_of_unique_values_to_be_between",
        min_value=round(max(distinct - DISTINCT_SLACK, 0), 4),
    )
    copies_max = max(COPIES_MAX_LEAST, 2 * copies)
    yield custom(
        f"{text.name}_copies",
        "critical",
        "uniqueness",
        f"No text occurs more than {copies_max} times (observed: {copies}); further copies are"
        " rejected.",
        "expect_column_values_to_stand_at_most",
        max_copies=copies_max,
    )
    yield custom(
        f"{text.name}_one_{target.name}",
        "critical",
        "consistency",
        f"All rows with the same text have the same {target.name} (observed: {show(contradicted)}"
        " of the rows have a text with several). Rows with rarer values are rejected; in a tie,"
        " all rows with the text are.",
        "expect_column_to_determine",
        column_A=text.name,
        column_B=target.name,
    )


def _draft_given_away(text: Described, target: Described) -> Quality:
    from data_contracts.row_expectations import lacks_number

    frame = pa.table({"text": text.texts, "target": target.texts}).to_pandas().dropna()
    numbers = frame["target"].map(_read_number)
    frame, numbers = frame[numbers.notna()], numbers.dropna()
    share = 1 - float(lacks_number(frame["text"], numbers).mean()) if len(frame) else 0.0
    tolerated = max(0.02, round(SLACK * share, 4))
    return custom(
        f"{text.name}_gives_{target.name}_away",
        "critical" if share <= 0.01 else "warning",
        "conformity",
        f"At most {show(tolerated)} of the texts contain their {target.name} as a number, which the"
        f" model could copy (observed: {show(share)}).",
        "expect_column_pair_values_a_to_not_hold_b",
        column_A=text.name,
        column_B=target.name,
        mostly=round(max(1 - tolerated, 0.01), 4),
    )


def _read_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _draft_drift_rules(text: str, target: str) -> Iterator[Quality]:
    for suffix, reference, words, bound, severity in (
        ("vocabulary_last", "$last", "the last accepted file", 0.05, "warning"),
        ("vocabulary_champion", "$champion", "the champion's training data", 0.05, "warning"),
        ("vocabulary_foreign", "$champion", "the champion's training data", 0.4, "critical"),
    ):
        yield custom(
            f"{text}_{suffix}",
            severity,
            "consistency",
            f"At most {show(bound)} of the words, beyond chance, do not occur at least twice in"
            f" {words}.",
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


def draft_target_rules(target: Described) -> Iterator[Quality]:
    """Draft the rules about the target alone."""
    numbers = read_numbers(target)
    mean, deviation = float(numbers.mean()), float(numbers.std())
    yield custom(
        f"{target.name}_spread",
        "critical",
        "accuracy",
        f"The standard deviation lies between {deviation / 3:.3g} and {deviation * 3:.3g}"
        f" (observed: {deviation:.3g}, around a mean of {mean:.3g}); without variation there is"
        " nothing to learn.",
        "expect_column_stdev_to_be_between",
        min_value=round(deviation / 3, 6),
        max_value=round(deviation * 3, 6),
        strict_min=True,
    )
    for suffix, reference, words, bound, severity in (
        ("against_last", "$last", "the last accepted file", 0.005, "warning"),
        ("against_champion", "$champion", "the champion's training data", 0.02, "warning"),
        ("far_from_champion", "$champion", "the champion's training data", 0.5, "critical"),
    ):
        yield custom(
            f"{target.name}_{suffix}",
            severity,
            "consistency",
            f"The distribution diverges from that of {words} by at most {bound} nats"
            " (Kullback-Leibler) beyond chance.",
            "expect_column_divergence_from_reference_to_be_between",
            width="$target_width",
            reference_counts=f"{reference}.target_counts",
            max_value=bound,
        )


def draft_null_rule(column: Described) -> Quality:
    """Draft the rule about the share of empty values of a column."""
    percent = min(100.0, round(100 * column.nulls * 1.5 + 1, 1))
    return {
        "name": f"{column.name}_nulls",
        "type": "library",
        "metric": "nullValues",
        "mustBeLessOrEqualTo": percent,
        "unit": "percent",
        "severity": "warning",
        "dimension": "completeness",
        "description": f"At most {percent:g} % of the values are empty (observed:"
        f" {show(column.nulls)}).",
    }
