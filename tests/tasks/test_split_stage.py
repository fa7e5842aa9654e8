"""What the stage writes, and the digests of its sides."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts.dataset import Dataset
from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import SplitParameters
from tasks.modelling.sides import SIDES, choose_sample
from tasks.modelling.texts import DIGESTS
from tasks.split import digest_rows, part_sides, split_reviews
from tasks.storage.artifacts import Artifact, digest_json
from tasks.storage.store import Store
from tests.digests import digest_text
from tests.tasks.test_split import DATASET, reviews_of


def digest_of(*tables: pa.Table, dataset: Dataset = DATASET) -> str:
    """Digest reviews without the code of the stage."""
    digests = [d for table in tables for d in digest_rows(table, dataset).to_pylist()]
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def split(
    store: Store, reviews: pa.Table, parameters: SplitParameters, dataset: Dataset = DATASET
) -> Artifact:
    """Split reviews as the stage does, and publish what it writes."""
    valid = Artifact(stage="validate", address="v", digest="")
    folder = store.root / valid.folder
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(reviews, folder / "valid.parquet")
    address = digest_json([digest_of(reviews, dataset=dataset), parameters.model_dump()])[:32]
    draft = Artifact(stage="split", address=address, digest="")
    with store.workspace("split", address, "reviews.csv") as workspace:
        output = split_reviews.__wrapped__(workspace, valid, dataset, parameters)
        return store.publish(draft, workspace, output)


@pytest.mark.parametrize("named", ["id", None])
def test_the_roles_are_those_of_the_dataset(store: Store, named: str | None) -> None:
    target = DATASET.target.model_copy(update={"name": "stars"})
    changes = {"text": "text", "target": target, "row_identifier": named}
    dataset = DATASET.model_copy(update=changes)
    rows = range(100)
    texts, stars = [f"review {row}" for row in rows], [1 + row % 9 / 2 for row in rows]
    columns = {"row_number": rows, "id": rows, "text": texts, "stars": stars}
    splits = split(store, pa.table(columns), SplitParameters(), dataset)
    kept = ["text", "stars", DIGESTS]
    names = {side: pq.read_schema(store.path_of(splits, f"{side}.parquet")).names for side in SIDES}
    assert names["test"] == ["row_number", "id", *kept]
    assert names["train"] == names["validation"] == ([] if named else ["id"]) + kept
    digest = hashlib.sha256(b"1.5 review 1").digest()
    assert digest_rows(pa.table(columns), dataset)[1].as_py() == digest


def test_appended_rows_reach_every_side(store: Store) -> None:
    before = split(store, reviews_of(3_400), SplitParameters())
    after = split(store, reviews_of(3_700), SplitParameters())
    for one, other in zip(part_sides(before), part_sides(after), strict=True):
        assert one.digest != other.digest
    assert all(after.facts[side] > before.facts[side] for side in SIDES)
    assert after.facts["data"] != before.facts["data"]
    assert after.facts["delivery"] != before.facts["delivery"]


def test_a_change_to_the_test_set_alone_leaves_the_other_sides_what_they_were(
    store: Store,
) -> None:
    reviews = reviews_of(400)
    before = split(store, reviews, SplitParameters())
    tested = pq.read_table(store.path_of(before, "test.parquet"))["row_number"].to_pylist()
    changed = [p - (row in tested) for row, p in enumerate(reviews["points"].to_pylist())]
    after = split(store, reviews.set_column(2, "points", pa.array(changed)), SplitParameters())
    same = [
        one.digest == other.digest
        for one, other in zip(part_sides(before), part_sides(after), strict=True)
    ]
    assert same == [True, True, False]
    assert after.facts["data"] == before.facts["data"]
    assert after.facts["delivery"] != before.facts["delivery"]


def test_another_sample_of_the_same_reviews_is_of_the_same_data(store: Store) -> None:
    one, other = (
        split(store, reviews_of(400), SplitParameters(train_sample_rows=50, seed=seed))
        for seed in (0, 1)
    )
    assert part_sides(one).train.digest != part_sides(other).train.digest
    assert one.facts["train"] == other.facts["train"] == 50
    assert [one.facts[name] for name in ("data", "delivery")] == [
        other.facts[name] for name in ("data", "delivery")
    ]


def test_test_rows_that_go_leave_the_other_sides_what_they_were(store: Store) -> None:
    reviews = reviews_of(400)
    before = split(store, reviews, SplitParameters(train_sample_rows=100))
    tested = pq.read_table(store.path_of(before, "test.parquet"))["row_number"].to_pylist()
    fewer = reviews.filter(pa.array([row != tested[0] for row in range(400)]))
    for name in ("row_number", "review_index"):
        place = fewer.column_names.index(name)
        fewer = fewer.set_column(place, name, pa.array(range(399)))
    after = split(store, fewer, SplitParameters(train_sample_rows=100))
    assert part_sides(before).train.digest == part_sides(after).train.digest
    assert part_sides(before).validation.digest == part_sides(after).validation.digest
    assert after.facts["test"] == before.facts["test"] - 1


def test_a_file_that_cannot_be_split_is_named(store: Store) -> None:
    with pytest.raises(UsageError, match=r"^reviews.csv: the file ends at row 9"):
        split(store, reviews_of(10), SplitParameters(strategy="positional"))


def test_the_facts_are_of_the_rows_that_are_written(store: Store) -> None:
    splits = split(store, reviews_of(400), SplitParameters(train_sample_rows=50))
    tables = {side: pq.read_table(store.path_of(splits, f"{side}.parquet")) for side in SIDES}
    assert {side: splits.facts[side] for side in SIDES} == {
        side: table.num_rows for side, table in tables.items()
    }
    assert splits.facts["delivery"] == digest_of(reviews_of(400))
    whole = split(store, reviews_of(400), SplitParameters())
    train, validation = (
        pq.read_table(store.path_of(whole, f"{side}.parquet")) for side in SIDES[:2]
    )
    assert splits.facts["data"] == whole.facts["data"] == digest_of(train, validation)
    assert tables["validation"] == validation
    assert tables["train"] == train.filter(pa.array(choose_sample(train[DIGESTS], 50, 0)))
    assert part_sides(splits).test == splits.part("test.parquet")


@pytest.mark.parametrize("strategy", ["hash", "positional"])
def test_the_sides_are_those_of_the_rows_however_many_are_read_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    reviews = reviews_of(250)
    parameters = SplitParameters(strategy=strategy, test_fraction=0.2, train_sample_rows=90)
    whole = split(store, reviews, parameters)
    monkeypatch.setattr("tasks.split.BATCH_ROWS", 7)
    (store.root / whole.path / "manifest.json").unlink()
    in_parts = split(store, reviews, parameters)
    assert in_parts.attempt != whole.attempt
    assert in_parts.files == whole.files
    rows = pq.read_table(store.path_of(whole, "test.parquet"))
    numbers = rows["row_number"].to_pylist()
    assert rows.drop_columns(DIGESTS) == reviews.take(numbers)
    assert rows[DIGESTS].to_pylist() == [digest_text(f"review {row}") for row in numbers]
