"""What changed, as the page tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts.profile import Known, Profile
from tasks.pages.changes import compare
from tasks.pages.quality_markdown import to_markdown
from tasks.pages.quality_page import to_html
from tests.contracts import STARS_COLUMNS, make_contract
from tests.parsed_page import read
from tests.tasks.pages.profiles import NOW, THEN
from tests.tasks.pages.quality_contents import (
    CHAMPION,
    FAR,
    KEPT,
    LAST,
    MOVED,
    STRANGE,
    put_together,
    render,
    section,
)

pytestmark = pytest.mark.heavy

EMPTY = {
    "rows": 2,
    "null_fractions": {},
    "histograms": {},
    "token_bins": [],
    "categories": {},
    "tokens": {},
}


def test_nothing_to_compare_with_is_said_in_a_sentence() -> None:
    page = read(render([KEPT], profile=NOW))
    assert section(page, "What changed") == (
        "There is no file to compare with: no other file of this source was accepted before, or the"
        " run used --reference none."
    )
    assert "There is nothing to compare with." in to_markdown(put_together([KEPT]))


def test_changes_stand_then_now_change() -> None:
    page = read(render([MOVED, STRANGE], profile=NOW, references={"last": LAST}))
    changed = section(page, "What changed")
    assert changed.startswith(
        "Against the file accepted on 2025-06-02 (old.csv) Figure Then Now Change"
        " Rows 1,000 10 −99.0%"
        " points, mean 85.000 87.800 +2.800 points, standard deviation 1.000 1.600 +0.600"
        " points, divergence in nats 0.1235 Words unknown to it 6.25%"
        " Nulls in price 7.00% 60.00% +53.0 pp Nulls in title – 20.00% – Nulls in gone 50.00% – –"
        " country: Italy 0.60% 60.00% +59.4 pp country: US 0.40% 40.00% +39.6 pp"
        " variety: Red 1.00% 100% +99.0 pp pp:"
    )
    assert "Nulls in points" not in changed
    assert "1,000 in the reference" in page.text


def test_new_texts_stand_beside_the_last_file_alone() -> None:
    now = NOW.model_copy(update={"texts": 3, "text_sample": [1, 4, 9]})
    then = THEN.model_copy(update={"texts": 2, "text_sample": [1, 5]})
    references = {key: Known(then, key) for key in ("last", "champion")}
    content = put_together([KEPT], profile=now, references={"last": references["last"]})
    row = ("Different texts", "2", "3", "2 new, 1 gone")
    assert [c for c in compare(content)[0].changes if c.figure == row[0]] == [row]
    assert "2 new, 1 gone" in section(read(to_html(content)), "What changed")
    assert "2 new, 1 gone" in to_markdown(content)
    content = put_together([KEPT], profile=now, references={"champion": references["champion"]})
    assert "Different texts" not in section(read(to_html(content)), "What changed")
    content = put_together([KEPT], profile=NOW, references={"last": references["last"]})
    assert "Different texts" not in section(read(to_html(content)), "What changed")


def test_countries_that_are_not_remembered_are_not_compared() -> None:
    many = {f"Country {letter}": 10 for letter in "abcdefghijklmno"}
    then = THEN.model_copy(update={"categories": {"country": many}})
    content = put_together([], profile=NOW, references={"last": Known(then, "it")})
    (comparison,) = compare(content)
    shown = [change.figure for change in comparison.changes if ": " in change.figure]
    assert shown == [f"country: Country {letter}" for letter in "abcde"]


def test_a_column_that_the_reference_does_not_know_is_not_compared() -> None:
    then = THEN.model_copy(update={"categories": {"country": {"Italy": 600}}})
    content = put_together([], profile=NOW, references={"last": Known(then, "it")})
    (comparison,) = compare(content)
    shown = [change.figure for change in comparison.changes if ": " in change.figure]
    assert shown == ["country: US"]


def test_levels_are_told_in_units_of_the_target(tmp_path: Path) -> None:
    """A level counts steps: of 0.5 here."""
    contract = make_contract(tmp_path, STARS_COLUMNS)
    now, then = (
        Profile(**EMPTY | {"target_counts": counts}) for counts in ({8: 1, 10: 1}, {6: 1, 8: 1})
    )
    content = put_together(
        [], profile=now, references={"last": Known(then, "it")}, contract=contract
    )
    (comparison,) = compare(content)
    assert [(c.figure, c.then, c.now, c.change) for c in comparison.changes][1:3] == [
        ("stars, mean", "3.500", "4.500", "+1.000"),
        ("stars, standard deviation", "0.500", "0.500", "0.000"),
    ]


def test_new_and_gone_words_stand_with_their_counts() -> None:
    then = THEN.model_copy(update={"tokens": {"the": 9, "plum": 1500, "fig": 7}})
    page = read(render([], profile=NOW, references={"last": Known(then, "it")}))
    changed = section(page, "What changed")
    assert "New words slate 3 Gone words plum 1,500 fig 7 pp:" in changed


def test_of_many_words_the_most_frequent_are_shown_at_once() -> None:
    tokens = {f"word{place}": 60_000 - place for place in range(50_000)}
    now = NOW.model_copy(update={"tokens": tokens})
    references = {"last": LAST, "champion": CHAMPION}
    content = put_together([], profile=now, references=references)
    page = read(to_html(content))
    assert "New words – 50,000, the most frequent: word0 60,000 word1 59,999" in page.text
    assert "word14 " in page.text
    assert "word15 " not in page.text


def test_the_champion_is_compared_by_points_and_words_alone() -> None:
    references = {"last": LAST, "champion": CHAMPION}
    page = read(render([FAR], profile=NOW, references=references))
    text = section(page, "What changed").split("Against the champion's training data ")[1]
    assert text.startswith("Figure Then Now Change Rows 1,000 10 −99.0% points, mean 85.00")
    assert "points, divergence in nats 0.7000" in text
    assert "New words slate 3" in text
    assert "Nulls in" not in text.split("pp:")[0]


def test_a_champion_trained_on_the_reference_does_not_stand_twice() -> None:
    references = {"last": LAST, "champion": Known(THEN, "the champion's training data")}
    content = put_together([], profile=NOW, references=references)
    changed = section(read(to_html(content)), "What changed")
    assert "Against the champion's training data It has the same counts as the file" in changed
    assert changed.count("points, mean") == 1
    assert "data counts the same as the file accepted" in to_markdown(content)


def test_a_file_accepted_before_is_called_so() -> None:
    known = LAST._replace(accepted_before="2025-05-26")
    page = read(render([], profile=NOW, references={"last": known}))
    assert "This file itself was accepted before (2025-05-26), and then another file." in page.text
