from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from data_contracts.contract import load_contract
from tests.data_contracts.damages.damage import demo_csv, frame, put
from tests.data_contracts.damages.delivery import profile_demo, references
from tests.data_contracts.damages.distributions import like_without_repeats, without_repeats
from tests.data_contracts.damages.files import HEADER, columns, header
from tests.data_contracts.damages.outcome import assess_csv, broken_rules, outcome_of
from tests.data_contracts.damages.table import DAMAGES

pytestmark = pytest.mark.heavy

RULES = {rule.name: rule for rule in load_contract().rules}
CRITICAL = {name for name, rule in RULES.items() if rule.severity == "critical"}
REMOVED = {
    rule: next(name for name, damage in DAMAGES.items() if rule in damage.breaks)
    for rule in Random(0).sample(sorted(RULES), 8)
}
"""Rules that are taken out of the contract, each with a damage that breaks it."""


@pytest.mark.slow
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_seen(name: str) -> None:
    damage, seen = DAMAGES[name], outcome_of(name)
    assert seen.broken == damage.breaks
    assert seen.verdict == damage.verdict
    assert seen.left_out == seen.left_out_expected


@pytest.mark.parametrize("name", DAMAGES)
def test_the_main_rule_is_as_severe_as_the_damage(name: str) -> None:
    damage = DAMAGES[name]
    assert RULES[damage.rule].severity == damage.severity
    assert bool(damage.breaks & CRITICAL) == (damage.severity == "critical")


def test_every_rule_has_its_damage() -> None:
    broken: set[str] = set().union(*(damage.breaks for damage in DAMAGES.values()))
    assert broken == set(RULES)


@pytest.mark.parametrize("rule", sorted(CRITICAL - {"description_not_header"}))
def test_every_critical_rule_is_somewhere_the_only_one(rule: str) -> None:
    # But for the header's own word, which is also too short for a review.
    assert any(damage.breaks & CRITICAL == {rule} for damage in DAMAGES.values())


@pytest.mark.slow
@pytest.mark.parametrize(("without", "name"), REMOVED.items())
def test_the_table_notices_when_a_rule_is_missing(without: str, name: str) -> None:
    assert outcome_of(name, without).broken == DAMAGES[name].breaks - {without}


def test_all_thirteen_pairs_of_neighbours_are_swapped() -> None:
    assert sum(name.endswith(" swapped") for name in DAMAGES) == 13


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "seed", "last", "champion"),
    [
        (400, 0, (400, 0), (2_000, 0)),
        (2_000, 0, (2_000, 0), (2_000, 1)),
        (2_000, 1, (2_000, 2), (2_000, 0)),
        (2_000, 2, (2_000, 1), (8_000, 0)),
        (8_000, 0, (8_000, 1), (2_000, 1)),
    ],
)
def test_a_sound_delivery_breaks_no_rule(
    rows: int, seed: int, last: tuple[int, int], champion: tuple[int, int]
) -> None:
    compared = references(profile_demo(*last), profile_demo(*champion))
    assessment = assess_csv(demo_csv(rows, seed), compared)
    assert broken_rules(assessment) == set()
    assert assessment.rejected == 0
    assert assessment.reasons == []
    assert [f.rule for f in assessment.checked.findings if f.passed is None] == []


@pytest.mark.slow
def test_sound_reviews_without_repeats_break_no_rule() -> None:
    csv = frame(without_repeats)(demo_csv())
    compared = like_without_repeats(references(profile_demo(2_000, 0), profile_demo(2_000, 1)))
    assert compared["last"].profile.length_correlation == pytest.approx(0.5, abs=0.2)
    assert broken_rules(assess_csv(csv, compared)) == set()


HARMLESS: dict[str, Callable[[bytes], bytes]] = {
    "column in upper case": header("winery", "Winery"),
    "column with a space": header("taster_twitter_handle", "Taster Twitter Handle"),
    "index named": header("", "id"),
    "index named as pandas names it": header("", "Unnamed: 0"),
    "index named as in the contract": header("", "review_index"),
    "columns in another order": columns(lambda reviews: reviews[[*HEADER[:1], *HEADER[:0:-1]]]),
    "columns in another order, index named": lambda csv: columns(
        lambda reviews: reviews[[*HEADER[2:], *HEADER[:2]]]
    )(csv).replace(b"winery,,country", b"winery,id,country", 1),
    "byte order mark": lambda csv: b"\xef\xbb\xbf" + csv,
    "CRLF": lambda csv: csv.replace(b"\n", b"\r\n"),
    "no newline at the end": bytes.rstrip,
    "points with a zero behind the point": lambda csv: csv.replace(b",88,", b",88.0,"),
    "numbers with spaces": lambda csv: csv.replace(b",88,", b", 88 ,"),
    "numbers with a plus": lambda csv: csv.replace(b",88,", b",+88,"),
    "numbers in quotes": lambda csv: csv.replace(b",88,", b',"88",'),
    "line breaks in texts": put("description", lambda text: text.replace(". ", ".\n"), nth=1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_no_harm_breaks_no_rule(name: str) -> None:
    csv = demo_csv(400, 0)
    changed = HARMLESS[name](csv)
    assert changed != csv
    compared = references(profile_demo(400, 0), profile_demo(2_000, 0))
    assessment = assess_csv(changed, compared)
    assert broken_rules(assessment) == set()
    assert assessment.reasons == []
    assert [f.rule for f in assessment.checked.findings if f.passed is None] == []
