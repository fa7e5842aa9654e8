from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from data_contracts.contract import Contract, read_contract
from data_contracts.dataset import Target
from data_contracts.drafting.columns import describe_column, list_uses
from data_contracts.drafting.draft import draft_contract
from data_contracts.drafting.drafted_columns import describe_columns
from data_contracts.drafting.languages import find_language
from data_contracts.drafting.review import review_contract
from data_contracts.matching import match_columns
from tasks.ingest import type_reviews
from tasks.sources.reading.parts import Tally
from tests.assessments import assess_table
from tests.other_reviews import (
    GERMAN,
    Reviews,
    halves,
    make_reviews,
    measured,
    stars_with_decimals,
    with_gaps,
)

pytestmark = pytest.mark.heavy


def draft_document(name: str, reviews: Reviews, text: str, target: str) -> str:
    columns = describe_columns(reviews.header, reviews.table())
    return draft_contract(name, columns, text, target)


def draft(reviews: Reviews, folder: Path) -> Contract:
    document = draft_document("Made up", reviews, reviews.text, reviews.target)
    path = folder / "made_up.odcs.yaml"
    path.write_text(document, encoding="utf-8")
    return read_contract(path)


def reasons(contract: Contract, reviews: Reviews) -> list[str]:
    matching = match_columns(contract, reviews.header)
    rows = Tally(reviews.header).make_part(reviews.table())
    table = type_reviews(contract, reviews.header, rows)
    return assess_table(contract, matching, table, {}).reasons


def german(rows: int = 200) -> Reviews:
    sentence, words = GERMAN
    made = [
        [sentence.format(words[i % 3], words[i // 3 % 3]) + f" Nummer {i}.", str(1 + i % 5)]
        for i in range(rows)
    ]
    return Reviews(["Bewertung, lang", "a.b"], made, "Bewertung, lang", "a.b")


SETS = {
    "stars": (
        make_reviews(stars_with_decimals),
        Target(name="stars", unit="", minimum=1, maximum=5, step=0.1),
    ),
    "halves": (
        make_reviews(halves),
        Target(name="stars", unit="", minimum=0, maximum=10, step=0.5),
    ),
    "gaps": (make_reviews(with_gaps), Target(name="stars", unit="", minimum=1, maximum=5, step=1)),
    "german": (german(), Target(name="a.b", unit="", minimum=1, maximum=5, step=1)),
    "named like ours": (
        make_reviews(halves, text="prediction", target="row_number"),
        Target(name="row_number_in_file", unit="", minimum=0, maximum=10, step=0.5),
    ),
}


@pytest.mark.parametrize("name", SETS)
def test_a_draft_accepts_the_file_it_comes_from(name: str, tmp_path: Path) -> None:
    reviews, target = SETS[name]
    contract = draft(reviews, tmp_path)
    assert contract.dataset.text == reviews.text
    assert contract.dataset.target == target
    assert reasons(contract, reviews) == []


def test_a_target_without_a_step_keeps_its_own_ends(tmp_path: Path) -> None:
    reviews = make_reviews(measured)
    target = draft(reviews, tmp_path).dataset.target
    values = [float(row[-1]) for row in reviews.rows]
    assert (target.minimum, target.maximum, target.step) == (min(values), max(values), None)


def test_a_draft_rejects_scores_that_were_written_into_the_texts(tmp_path: Path) -> None:
    reviews = make_reviews(halves)
    contract = draft(reviews, tmp_path)
    told = [[*row[:-2], f"{row[-1]} of ten: {row[-2]}", row[-1]] for row in reviews.rows]
    (reason,) = reasons(contract, reviews._replace(rows=told))
    assert "text_gives_stars_away" in reason


def test_columns_get_the_uses_that_suit_them(tmp_path: Path) -> None:
    dataset = draft(make_reviews(halves), tmp_path).dataset
    assert dataset.row_identifier == "id"
    assert dataset.slice_kinds == ("größe", "100g", "text")
    learned = {column.name: column.logarithmic for column in dataset.auxiliary_targets}
    assert learned == {"größe": False, "100g": True}


def test_a_column_of_texts_of_its_own_is_neither_slice_nor_target() -> None:
    names = pa.chunked_array([[f"Hotel {number}" for number in range(300)]])
    assert list_uses(describe_column("hotel", names), 300) == {}


def test_a_language_that_dominates_is_found() -> None:
    texts = german().table().column(0)
    assert find_language(texts) == ("German", 1.0)
    mixed = pa.chunked_array([["42", "xyz"] * 50 + ["the end of it"] * 60])
    assert find_language(mixed) is None


@pytest.mark.parametrize(
    ("text", "target", "problem"),
    [
        ("text", "price", "no column price for the target; its columns are id, größe"),
        ("text", "text", "text and target must be two columns"),
        ("text", "größe", "größe: the target must have numbers"),
    ],
)
def test_columns_that_will_not_do_are_refused(text: str, target: str, problem: str) -> None:
    reviews = make_reviews(halves, rows=20)
    with pytest.raises(ValueError, match=problem):
        draft_document("x", reviews, text, target)


def with_column(reviews: Reviews, name: str, value: Callable[[int], str]) -> Reviews:
    rows = [[*row, value(number)] for number, row in enumerate(reviews.rows)]
    return reviews._replace(header=[*reviews.header, name], rows=rows)


def test_columns_without_a_name_are_left_out_unless_they_are_first(tmp_path: Path) -> None:
    reviews = with_column(with_column(make_reviews(halves), "", lambda _: ""), " ", lambda _: "x")
    assert draft(reviews, tmp_path).schema.names == ["id", "größe", "100g", "text", "stars"]
    first = reviews._replace(header=["", *reviews.header[1:]])
    assert draft(first, tmp_path).schema.names[0] == "row_id"


def test_two_columns_of_one_name_are_refused() -> None:
    reviews = with_column(make_reviews(halves, rows=20), "größe", str)
    with pytest.raises(ValueError, match="two columns are called größe; rename one of them"):
        draft_document("x", reviews, "text", "stars")


@pytest.mark.parametrize(
    ("value", "problem"),
    [(lambda _: "", "empty in every row"), (str, "must have words, not numbers alone")],
)
def test_a_column_without_words_is_no_text(value: Callable[[int], str], problem: str) -> None:
    reviews = with_column(make_reviews(halves, rows=20), "body", value)
    with pytest.raises(ValueError, match=problem):
        draft_document("x", reviews, "body", "stars")


def test_one_number_in_two_spellings_is_a_constant_target() -> None:
    reviews = with_column(make_reviews(halves, rows=20), "score", lambda n: "5" if n % 2 else "5.0")
    with pytest.raises(ValueError, match="must have different numbers, not 5 alone"):
        draft_document("x", reviews, "text", "score")


def test_names_in_other_letters_have_ids_of_their_own() -> None:
    reviews = make_reviews(halves, rows=20)
    drafts = [
        yaml.safe_load(draft_document(n, reviews, "text", "stars")) for n in ("обзоры", "отзывы")
    ]
    assert len({document["id"] for document in drafts}) == 2


TEXTS = [row[3] for row in make_reviews(halves).rows]
AWKWARD: dict[str, Callable[[int], str]] = {
    "markup in most texts": lambda n: f"{TEXTS[n]} <b>x</b>" if n % 4 else TEXTS[n],
    "escapes in most texts": lambda n: f"{TEXTS[n]}_x000D_" if n % 4 else TEXTS[n],
    "short texts with several scores": lambda n: TEXTS[n] if n % 10 else "Good, fine and great.",
}


@pytest.mark.parametrize("name", AWKWARD)
def test_a_draft_accepts_an_awkward_file(name: str, tmp_path: Path) -> None:
    reviews = with_column(make_reviews(halves), "body", AWKWARD[name])._replace(text="body")
    assert reasons(draft(reviews, tmp_path), reviews) == []


def test_a_draft_tolerates_the_targets_that_are_no_numbers(tmp_path: Path) -> None:
    reviews = make_reviews(halves)
    scores = with_column(reviews, "score", lambda n: reviews.rows[n][-1] if n % 57 else "n/a")
    scores = scores._replace(target="score")
    assert reasons(draft(scores, tmp_path), scores) == []


@pytest.mark.parametrize("every", [1, 2])
def test_no_rule_tolerates_that_all_texts_break_it(tmp_path: Path, every: int) -> None:
    reviews = make_reviews(halves)
    place = reviews.header.index(reviews.text)
    marked = with_column(
        reviews, "html", lambda n: reviews.rows[n][place] + "<b>!</b>" * (n % every == 0)
    )
    contract = draft(marked._replace(text="html"), tmp_path)
    (rule,) = (r for r in contract.rules if r.name == "html_markup")
    assert rule.arguments.get("mostly") == {1: None, 2: 0.25}[every]
    assert rule.severity == "warning"


def test_a_constant_target_is_refused() -> None:
    reviews = make_reviews(lambda *_: "5", rows=20)
    with pytest.raises(ValueError, match="must have different numbers, not 5 alone"):
        draft_document("x", reviews, "text", "stars")


def test_names_with_commas_are_in_quotes(tmp_path: Path) -> None:
    reviews = make_reviews(halves)
    reviews = reviews._replace(header=["id", "city, country", *reviews.header[2:]])
    draft(reviews, tmp_path)
    path = tmp_path / "made_up.odcs.yaml"
    said = review_contract(path.read_bytes(), str(path))
    assert '  slices: "city, country", 100g, text\n' in said
    assert '  auxiliary targets: "city, country", 100g\n' in said
    with pytest.raises(ValueError, match='its columns are id, "city, country", 100g'):
        draft_document("x", reviews, "text", "price")


def test_a_review_names_what_is_open(tmp_path: Path) -> None:
    draft(make_reviews(halves), tmp_path)
    path = tmp_path / "made_up.odcs.yaml"
    said = review_contract(path.read_bytes(), str(path))
    assert "target: stars, 0 to 10, in steps of 0.5" in said
    for point in ("status is draft", "licence", "name its unit", "größe: say what it means"):
        assert point in said
    assert "(observed:" in said
