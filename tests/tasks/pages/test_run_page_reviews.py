"""The reviews on the page of a run."""

from __future__ import annotations

import json
import re

import pytest

from tasks.storage.store import Store
from tests.reported_runs import (
    NASTY,
    make_reviews,
    page_of,
    put_together,
    put_together_nastily,
    replace,
)

pytestmark = pytest.mark.heavy


def test_worst_predictions_come_with_their_reviews(store: Store) -> None:
    missing = dict.fromkeys(("title", "variety", "country", "price"))
    reviews = replace(make_reviews(100), 99, description="The worst of all.", **missing)
    page = page_of(store, put_together(store, reviews))
    points = reviews["points"].to_pylist()
    assert (
        f"{points[99] + 2} predicted, {points[99]} actual (+2) · row 99"
        " title: – · country: – · price: – · variety: – The worst of all."
    ) in page.text
    worst = page.text.split("Worst predictions")[1].split("What the model saw")[0]
    assert re.findall(r"· row (\d+)", worst) == ["99", "98", "97"]


def test_a_long_review_among_the_worst_predictions_is_folded(store: Store) -> None:
    text = f"{'long ' * 60}and the rest"
    page = page_of(store, put_together(store, replace(make_reviews(100), 99, description=text)))
    worst = page.text.split("Worst predictions")[1].split("What the model saw")[0]
    assert f"{'long ' * 60}… The rest and the rest" in worst
    assert worst.count("The rest") == 1


def test_each_value_beside_a_review_has_the_name_of_its_column(store: Store) -> None:
    values = {"title": "A", "country": "Chile", "price": 20.0, "variety": None}
    reviews = replace(make_reviews(100), 99, description="The worst of all.", **values)
    page = page_of(store, put_together(store, reviews))
    shown = "title: A · country: Chile · price: 20 USD · variety: – The worst of all."
    assert f"· row 99 {shown}" in page.text


def test_example_marks_unknown_tokens_and_counts_the_rest(store: Store) -> None:
    reviews = replace(make_reviews(100), 60, description="The Zyxxy-fruit, the PALATE")
    arguments = put_together(store, reviews)
    vocabulary = json.loads(store.path_of(arguments["vocabulary"], "vocabulary.json").read_bytes())
    the, palate = (vocabulary.index(token) + 2 for token in ("the", "palate"))
    page = page_of(store, arguments)
    validation = page.text.split(" Validation 20 rows × 16 columns. ")[1].split(" Test 20 rows")[0]
    assert "int32 (20, 100) token numbers" in validation
    assert validation.endswith(f"the {the} zyxxyfruit 1 the {the} palate {palate} + 96 × padding 0")
    assert "zyxxyfruit" in page.texts_of("mark")
    assert "palate" not in page.texts_of("mark")


def test_nothing_in_a_review_comes_alive_in_the_page(store: Store) -> None:
    page = page_of(store, put_together_nastily(store))
    assert {"script", "img", "iframe", "object"}.isdisjoint(tag for tag, _ in page.elements)
    assert len([tag for tag, _ in page.elements if tag == "a"]) == 1
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")}
    # The source, two slices, the worst prediction's title to text, three examples' titles to texts.
    assert page.text.count(NASTY.replace("\u202e", "").strip()) == 1 + 2 + 4 * 4
