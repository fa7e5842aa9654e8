from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from data_contracts.contract import load_contract, read_contract
from data_contracts.rejects import mark_breaches, rules_of_one_row


def test_a_rule_of_one_row_looks_at_no_other_row_and_tolerates_nothing() -> None:
    names = {rule.name for rule in rules_of_one_row(load_contract(), "description")}
    assert {"description_required", "description_length", "description_has_a_token"} <= names
    assert names.isdisjoint(
        {
            "description_copies",  # among rows
            "description_one_points",  # of a pair of columns
            "description_language",  # with a tolerance
            "description_vocabulary_foreign",  # about the file
            "description_words",  # a warning
        }
    )
    index = {rule.name for rule in rules_of_one_row(load_contract(), "review_index")}
    assert "review_index_range" in index
    assert "review_index_unique" not in index


def test_the_scale_of_a_column_is_what_the_document_allows(tmp_path: Path) -> None:
    assert load_contract().scale_of("points") == (80, 100)
    with pytest.raises(ValueError, match="country has no minimum and maximum"):
        load_contract().scale_of("country")
    document = Path(read_contract.__code__.co_filename).with_name("wine_reviews.odcs.yaml")
    changed = tmp_path / "contract.yaml"
    text = document.read_text().replace("{minimum: 80, maximum: 100}", "{minimum: 1, maximum: 20}")
    changed.write_text(text)
    assert read_contract(changed).scale_of("points") == (1, 20)


@pytest.mark.slow
def test_pandas_finds_the_rows_that_the_whole_check_leaves_out() -> None:
    from data_contracts.judgement import assess
    from tasks.demo_reviews import make_demo_reviews
    from tasks.ingest import type_reviews
    from tests.tasks.sources.test_new_reviews import BREACHES

    contract = load_contract()
    written = make_demo_reviews(2_000, seed=3).cast(
        pa.schema([(name, pa.string()) for name in contract.header])
    )
    texts = written["description"].to_pylist()
    texts[100 : 100 + len(BREACHES)] = BREACHES.values()
    place = contract.header.index("description")
    written = written.set_column(place, "description", [texts])
    reviews = type_reviews(list(contract.header), written)
    left_out = assess(contract, list(contract.header), reviews, {}).left_out
    breaches = mark_breaches(rules_of_one_row(contract, "description"), reviews.to_pandas())
    assert sorted(breaches) == sorted(BREACHES)
    found = sorted({row for marked in breaches.values() for row in marked[marked].index})
    assert found == left_out[left_out].index.tolist() == list(range(100, 100 + len(BREACHES)))
