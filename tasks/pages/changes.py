"""Changes between a file of reviews and each of its references."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from data_contracts.findings import Finding
from data_contracts.profile import COUNTRIES_MAX, Known, Profile, References
from tasks.configuration.contract import load_contract
from tasks.pages.shares import mean_points, spread_points
from tasks.pages.wording import (
    WORD_CHARACTERS,
    format_share,
    show_points,
    show_text,
    write_signed,
)

WORDS_SHOWN_MAX = 15
COUNTRIES_SHOWN_MAX = 5
NULLS_CHANGE_MIN = 0.001
COUNTRY_CHANGE_MIN = 0.01


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


def compare(
    now: Profile, references: References, findings: Sequence[Finding]
) -> list[FileComparison]:
    """Compare a file with each of its references.

    Args:
        now: profile of the file.
        references: the profiles to compare with.
        findings: results of the contract's rules.
    """
    comparisons = []
    names: dict[str, str] = {}
    for key in ("last", "champion"):
        if known := references.get(key):
            same = [n for k, n in names.items() if references[k].profile == known.profile]
            names[key] = known.name
            then = known.profile
            changes = _change_figures(now, then, findings, key)
            if key == "last":
                changes += _change_nulls(now, then) + _change_countries(now, then)
            new, gone = _words_alone(now, then), _words_alone(then, now)
            comparisons.append(FileComparison(known, same[0] if same else None, changes, new, gone))
    return comparisons


def _change_figures(
    now: Profile, then: Profile, findings: Sequence[Finding], key: str
) -> list[Change]:
    grown = f"{write_signed(100 * (now.rows / then.rows - 1), 1)}%" if then.rows else "–"
    changes = [Change("Rows", f"{then.rows:,}", f"{now.rows:,}", grown)]
    for figure, compute in (("mean", mean_points), ("standard deviation", spread_points)):
        old, new = (compute(side.points) if side.points else None for side in (then, now))
        moved = "–" if old is None or new is None else write_signed(new - old, 2)
        changes.append(Change(f"Points, {figure}", show_points(old, 2), show_points(new, 2), moved))
    if (nats := _measured(findings, f"${key}.points")) is not None:
        changes.append(Change("Points, divergence in nats", "", "", f"{nats:.4f}"))
    if (unknown := _measured(findings, f"${key}.vocabulary")) is not None:
        changes.append(Change("Words unknown to it", "", format_share(unknown), ""))
    return changes


def _measured(findings: Sequence[Finding], compared_with: str) -> float | None:
    """Return the figure that a rule measured, so that page and rule agree."""
    rules = {r.name for r in load_contract().rules if compared_with in r.arguments.values()}
    for finding in findings:
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


def _change_countries(now: Profile, then: Profile) -> list[Change]:
    """List the countries whose shares of the rows changed most."""
    moved = []
    for country in {**now.countries, **then.countries}:
        old, new = (_country_share(side, country) for side in (then, now))
        # Profiles lack the rarest countries; the changes of these are unknown.
        if old is not None and new is not None and abs(new - old) >= COUNTRY_CHANGE_MIN:
            moved.append(
                (
                    abs(new - old),
                    _change_share(f"From {show_text(country, WORD_CHARACTERS)}", old, new),
                )
            )
    moved.sort(key=lambda item: -item[0])
    return [change for _, change in moved[:COUNTRIES_SHOWN_MAX]]


def _country_share(side: Profile, country: str) -> float | None:
    if not side.rows or (country not in side.countries and len(side.countries) >= COUNTRIES_MAX):
        return None
    return side.countries.get(country, 0) / side.rows


def _change_share(figure: str, old: float | None, new: float | None) -> Change:
    change = "–" if old is None or new is None else f"{write_signed(100 * (new - old), 1)} pp"
    return Change(figure, format_share(old), format_share(new), change)


def _words_alone(profile: Profile, other: Profile) -> Words:
    alone = [(word, count) for word, count in profile.tokens.items() if word not in other.tokens]
    return Words(len(alone), alone[:WORDS_SHOWN_MAX])
