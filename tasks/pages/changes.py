"""Changes between a file of reviews and each of its references."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from data_contracts.dataset import Target
from data_contracts.new_texts import compare_texts
from data_contracts.profile import CATEGORIES_MAX, Known, Profile
from tasks.pages.quality_content import QualityContent
from tasks.pages.shares import mean_level, spread_levels
from tasks.pages.wording import (
    WORD_CHARACTERS,
    format_share,
    show_number,
    show_text,
    write_signed,
)

WORDS_SHOWN_MAX = 15
CATEGORIES_SHOWN_MAX = 5
NULLS_CHANGE_MIN = 0.001
CATEGORY_CHANGE_MIN = 0.01


class Change(NamedTuple):
    """A figure of the reference and of this file, formatted."""

    figure: str
    then: str
    now: str
    change: str


class Words(NamedTuple):
    """Number of words that only one side has, and the most frequent of them with their counts."""

    total: int
    most: list[tuple[str, int]]


class FileComparison(NamedTuple):
    """The comparison of this file with a reference.

    Attributes:
        known: the reference.
        same_as: name of another reference with the same profile, whose changes are shown already.
        changes: of each figure.
        new: words that are at least twice in this file, and at most once in the reference.
        gone: words that are at least twice in the reference, and at most once in this file.
    """

    known: Known
    same_as: str | None
    changes: list[Change]
    new: Words
    gone: Words


def compare(content: QualityContent) -> list[FileComparison]:
    """Compare a file with each of its references."""
    comparisons, now, references = [], content.profile, content.references
    names: dict[str, str] = {}
    for key in ("last", "champion"):
        if known := references.get(key):
            same = [n for k, n in names.items() if references[k].profile == known.profile]
            names[key] = known.name
            then = known.profile
            changes = _change_figures(content, then, key)
            if key == "last":
                changes += _change_nulls(now, then)
                for column in now.categories:
                    changes += _change_categories(column, now, then)
            new, gone = _words_alone(now, then), _words_alone(then, now)
            comparisons.append(FileComparison(known, same[0] if same else None, changes, new, gone))
    return comparisons


def _change_figures(content: QualityContent, then: Profile, key: str) -> list[Change]:
    now, target = content.profile, content.contract.dataset.target
    grown = f"{write_signed(100 * (now.rows / then.rows - 1), 1)}%" if then.rows else "–"
    digits = target.mean_digits
    changes = [Change("Rows", f"{then.rows:,}", f"{now.rows:,}", grown)]
    if key == "last" and (texts := compare_texts(now, then)):
        both = f"{then.texts:,}", f"{now.texts:,}"
        changes.append(Change("Different texts", *both, texts.describe()))
    for figure, compute in (("mean", mean_level), ("standard deviation", spread_levels)):
        old, new = (_measure_levels(compute, side, target) for side in (then, now))
        moved = "–" if old is None or new is None else write_signed(new - old, digits)
        before, after = show_number(old, digits), show_number(new, digits)
        changes.append(Change(f"{target.name}, {figure}", before, after, moved))
    if key == "champion" and (error := content.references[key].error):
        mae, low, high, promoted = map(
            target.format_error, (error.mae, error.low, error.high, error.promoted_mae)
        )
        moved = write_signed(error.mae - error.promoted_mae, target.error_digits)
        changes.append(
            Change("Its MAE on new reviews", promoted, f"{mae} ({low} to {high})", moved)
        )
    if (nats := _measured(content, f"${key}.target_counts")) is not None:
        changes.append(Change(f"{target.name}, divergence in nats", "", "", f"{nats:.4f}"))
    if (unknown := _measured(content, f"${key}.vocabulary")) is not None:
        changes.append(Change("Words unknown to it", "", format_share(unknown), ""))
    return changes


def _measure_levels(
    compute: Callable[[dict[int, int]], float], profile: Profile, target: Target
) -> float | None:
    return compute(profile.target_counts) * target.bin if profile.target_counts else None


def _measured(content: QualityContent, compared_with: str) -> float | None:
    """Return the figure that a rule measured, so that page and rule agree."""
    rules = {rule.name for rule in content.contract.rules if compared_with in rule.values}
    for finding in content.findings:
        if finding.rule in rules and finding.measured is not None:
            return finding.measured
    return None


def _change_nulls(now: Profile, then: Profile) -> list[Change]:
    changes = []
    for column in {**now.null_fractions, **then.null_fractions}:
        old, new = (s.null_fractions.get(column) if s.rows else None for s in (then, now))
        if old is None or new is None or abs(new - old) >= NULLS_CHANGE_MIN:
            changes.append(_change_share(f"Nulls in {column}", old, new))
    return changes if now.rows and then.rows else []


def _change_categories(column: str, now: Profile, then: Profile) -> list[Change]:
    """List the values of a column whose shares of the rows changed most."""
    moved = []
    for value in {**now.categories[column], **then.categories.get(column, {})}:
        old, new = (_category_share(side, column, value) for side in (then, now))
        # Profiles lack the rarest values; the changes of these are unknown.
        if old is not None and new is not None and abs(new - old) >= CATEGORY_CHANGE_MIN:
            figure = f"{column}: {show_text(value, WORD_CHARACTERS)}"
            moved.append((abs(new - old), _change_share(figure, old, new)))
    moved.sort(key=lambda item: -item[0])
    return [change for _, change in moved[:CATEGORIES_SHOWN_MAX]]


def _category_share(side: Profile, column: str, value: str) -> float | None:
    known = side.categories.get(column)
    if not side.rows or known is None or (value not in known and len(known) >= CATEGORIES_MAX):
        return None
    return known.get(value, 0) / side.rows


def _change_share(figure: str, old: float | None, new: float | None) -> Change:
    change = "–" if old is None or new is None else f"{write_signed(100 * (new - old), 1)} pp"
    return Change(figure, format_share(old), format_share(new), change)


def _words_alone(profile: Profile, other: Profile) -> Words:
    alone = [(word, count) for word, count in profile.tokens.items() if word not in other.tokens]
    return Words(len(alone), alone[:WORDS_SHOWN_MAX])
