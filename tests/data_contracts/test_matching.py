"""Which column of a file is which, by exact names, by names that look alike, and by aliases."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.contract import Contract, load_contract
from data_contracts.matching import (
    LISTED_CHARACTERS_MAX,
    SHOWN_CHARACTERS_MAX,
    Matching,
    match_columns,
)
from data_contracts.names import simplify
from tests.contracts import column
from tests.data_contracts.made_up_contract import COLUMNS, TARGET, TEXT, make_contract

WINE = load_contract()
HEADER = list(WINE.header)
INDEX = "review_index"


def match(*header: str, contract: Contract = WINE) -> Matching:
    return match_columns(contract, list(header))


def wine(old: str, *new: str) -> Matching:
    """Match the wine contract's header with other names in the place of one."""
    place = HEADER.index(old)
    return match(*HEADER[:place], *new, *HEADER[place + 1 :])


@pytest.mark.parametrize(
    ("written", "simple"),
    [
        ("points", "points"),
        ("Taster Name", "tastername"),
        (" TASTER_NAME\t", "tastername"),
        ("\ufeffpoints", "points"),
        ("points\ufeff", "points"),
        ("po\u200bints\u200d", "points"),
        ("taster\u00a0name", "tastername"),
        ("Größe", "grösse"),
        ("Gro\u0308ße", "grösse"),
        ("Gro\u200b\u0308ße", "grösse"),
        ("GRÖSSE", "grösse"),
        ("a.b", "a.b"),
        ("_ \n", ""),
        ("", ""),
    ],
)
def test_case_spaces_and_underscores_make_no_difference(written: str, simple: str) -> None:
    assert simplify(written) == simple


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cf"]), max_size=8),
    st.sampled_from(["NFC", "NFD"]),
    st.lists(st.sampled_from("\u200b\u00ad\ufeff\u200d\u00a0 _"), min_size=9, max_size=9),
)
def test_what_nobody_sees_makes_no_difference(name: str, form: Any, between: list[str]) -> None:
    parts = zip(unicodedata.normalize(form, name), between * 9, strict=False)
    assert simplify("".join(f"{letter}{sign}" for letter, sign in parts)) == simplify(name)
    assert simplify(simplify(name)) == simplify(name)


def test_the_contracts_own_header_matches_without_a_word() -> None:
    found = match(*HEADER)
    assert found == Matching(
        {n: i for i, n in enumerate(WINE.schema.names)}, WINE.schema.names, [], [], list(HEADER)
    )


# Names that look alike, and aliases


@pytest.mark.parametrize("written", ["Points", "POINTS", " points ", "\ufeffpoints", "po_ints"])
def test_a_name_that_looks_alike_is_read_with_a_note(written: str) -> None:
    found = wine("points", written)
    assert found.names == WINE.schema.names
    assert found.notes == [f"`{written}` was read as points."]
    assert found.clashes == []


def test_a_name_with_other_spaces_is_read() -> None:
    assert wine("taster_name", "Taster Name").names == WINE.schema.names
    assert wine("taster_name", "tasterName").names == WINE.schema.names


@pytest.mark.parametrize("alias", ["id", "Unnamed: 0", "X", "index", "ID", "unnamed:_0"])
def test_an_index_with_a_usual_name_is_the_row_identifier(alias: str) -> None:
    found = wine("", alias)
    assert found.places[INDEX] == 0
    assert found.names == WINE.schema.names
    assert found.notes == [f"`{alias}` was read as review_index."]


def test_a_row_identifier_may_have_its_own_name() -> None:
    assert wine("", INDEX)[:4] == match(*HEADER)[:4]
    assert wine("", "Review Index").notes == ["`Review Index` was read as review_index."]


def test_the_first_alias_of_the_contract_is_taken() -> None:
    found = match("index", "points", "id")
    assert found.places == {INDEX: 2, "points": 1}
    assert found.names == ["index", "points", INDEX]
    assert found.clashes == []
    assert "`index` is not used: review_index was read from `id`." in found.notes


def test_an_alias_counts_only_if_the_name_itself_is_not_there() -> None:
    found = match("", "id", "points")
    assert found.places == {INDEX: 0, "points": 1 + 1}
    assert found.names == [INDEX, "id", "points"]
    told = "`id` is not used: review_index was read from the column without a name."
    assert found.notes == [told]


def test_a_file_may_be_written_with_the_physical_name_or_the_name(tmp_path: Path) -> None:
    columns = [TEXT | {"physicalName": "Review Text"}, TARGET | {"physicalName": "score"}]
    contract = make_contract(tmp_path, columns)
    assert contract.header == ("Review Text", "score")
    written = match("Review Text", "score", contract=contract)
    assert written == Matching(
        {"text": 0, "stars": 1}, ["text", "stars"], [], [], ["Review Text", "score"]
    )
    assert match("text", "stars", contract=contract)[:4] == written[:4]
    loose = match("reviewtext", "SCORE", contract=contract)
    assert loose.places == written.places
    assert loose.notes == ["`reviewtext` was read as text.", "`SCORE` was read as stars."]


# Names that look like two columns


def test_names_of_the_contract_that_look_alike_are_each_their_own(tmp_path: Path) -> None:
    contract = make_contract(tmp_path, [TEXT, TARGET, column("a_b"), column("ab"), column("A B")])
    for header in (["a_b", "ab", "A B"], ["A B", "ab", "a_b"]):
        found = match("text", "stars", *header, contract=contract)
        assert found.names == ["text", "stars", *header]
        assert found.clashes == []


def test_no_column_of_the_file_is_two_of_the_contract(tmp_path: Path) -> None:
    contract = make_contract(tmp_path, [TEXT, TARGET, column("a_b"), column("ab")])
    found = match("text", "stars", "AB", contract=contract)
    assert found.places == {"text": 0, "stars": 1, "a_b": 2}


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (
            ["points", "points"],
            "`points` (column 1) and `points` (column 2) both match the column points",
        ),
        (
            ["a", "points\u200b", "points"],
            "`points` (column 3) and `points` (column 2) both match the column points",
        ),
        (["Points", "points"], "`points` and `Points` both match the column points"),
        (["Points", "POINTS "], "`Points` and `POINTS ` both match the column points"),
        (
            ["", INDEX],
            "the column without a name and `review_index` both match the column review_index",
        ),
        (["id", "ID"], "`id` and `ID` both match the column review_index"),
    ],
)
def test_two_columns_that_match_one_name_clash(header: list[str], says: str) -> None:
    found = match(*header)
    assert found.clashes == [f"{says}; remove or rename one."]


def test_a_decomposed_name_is_read_and_clashes_with_the_composed_one(tmp_path: Path) -> None:
    contract = make_contract(tmp_path, [TEXT, TARGET, column("größe")])
    composed, decomposed = (unicodedata.normalize(form, "größe") for form in ("NFC", "NFD"))
    assert match("text", "stars", decomposed, contract=contract).places["größe"] == 2
    (clash,) = match("text", "stars", composed, decomposed, contract=contract).clashes
    assert clash.startswith("`größe` (column 3) and `größe` (column 4) both match the column größ")


def test_of_two_columns_that_clash_the_exact_one_is_read() -> None:
    found = match("Points", "points", "description")
    assert found.places == {"points": 1, "description": 2}
    assert found.names == ["Points", "points", "description"]


def test_each_clash_is_told() -> None:
    found = match("points", "points", "title", "Title")
    assert [clash.split(" both")[1] for clash in found.clashes] == [
        " match the column points; remove or rename one.",
        " match the column title; remove or rename one.",
    ]


# What does not match


def test_what_the_contract_does_not_name_keeps_its_name() -> None:
    found = match(*HEADER, "colour", "Points given")
    assert found.names == [*WINE.schema.names, "colour", "Points given"]
    assert found.notes == found.clashes == []


def test_what_the_file_lacks_has_no_place() -> None:
    found = match("description", "points")
    assert found.places == {"description": 0, "points": 1}
    assert match() == Matching({}, [], [], [], [])


def test_another_order_is_noted() -> None:
    moved = [*HEADER[2:], *HEADER[:2]]
    found = match(*moved[:-2], INDEX, moved[-1])
    assert set(found.places) == set(WINE.schema.names)
    assert found.notes == ["The columns are in another order than in the contract."]
    assert [found.names[place] for place in found.places.values()] == list(found.places)
    # Columns that the contract lacks do not change the order of the others.
    assert match("colour", "description", "points").notes == []
    assert match("points", "description").notes == [
        "The columns are in another order than in the contract."
    ]


def test_only_a_first_column_may_have_no_name() -> None:
    found = match("description", "", "points", " ")
    assert found.places == {"description": 0, "points": 2}
    assert found.names == ["description", "", "points", " "]
    assert found.notes == [
        "Column 2 has no name and is not used.",
        "Column 4 has no name and is not used.",
    ]
    twice = match("", "", "points")
    assert twice.places == {INDEX: 0, "points": 2}
    assert (twice.notes, twice.clashes) == (["Column 2 has no name and is not used."], [])


def test_without_an_empty_name_in_the_contract_no_column_may_have_none(tmp_path: Path) -> None:
    found = match("", "text", "stars", contract=make_contract(tmp_path, [TEXT, TARGET]))
    assert found.places == {"text": 1, "stars": 2}
    assert found.notes == ["Column 1 has no name and is not used."]


def test_a_long_name_is_cut_in_sentences() -> None:
    found = match(*[f"points{' ' * 200}"] * 2)
    (clash,) = found.clashes
    assert clash.count(f"`points{' ' * (SHOWN_CHARACTERS_MAX - 6)}`") == 2
    assert len(clash) < 4 * SHOWN_CHARACTERS_MAX


def test_names_are_listed_in_a_sentence() -> None:
    assert match("Points", "", " ", "colour").listed == "Points, (no name), (no name), colour"
    assert match("x" * 99, "b").listed == f"{'x' * SHOWN_CHARACTERS_MAX}, b"
    many = match(*map(str, range(1_000))).listed
    assert many.startswith("0, 1, 2, ")
    assert (len(many), many[-1]) == (LISTED_CHARACTERS_MAX + 1, "…")


# For any header


ODD_NAMES = [made["name"] for made in COLUMNS]
NAMES = st.sampled_from([*ODD_NAMES, "Text", "STARS", "GRÖSSE", "x", "", "a b", "one,_two"])


@given(st.lists(NAMES, max_size=9))
def test_each_place_is_one_column_of_the_contract(
    tmp_path_factory: pytest.TempPathFactory, header: list[str]
) -> None:
    contract = make_contract(tmp_path_factory.getbasetemp())
    found = match_columns(contract, header)
    assert len(found.names) == len(header)
    assert len(set(found.places.values())) == len(found.places)
    for name, place in found.places.items():
        assert found.names[place] == name
        assert simplify(header[place]) == simplify(name)
    for name in ODD_NAMES:
        alike = [written for written in header if simplify(written) == simplify(name)]
        assert (name in found.places) == bool(alike)
        clashes = [clash for clash in found.clashes if f"match the column {name};" in clash]
        assert len(clashes) == (len(alike) > 1)
