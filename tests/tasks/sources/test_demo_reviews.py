"""The demo reviews: the same everywhere, shaped like the real file, and worth reading in order."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.configuration.errors import UsageError
from tasks.sources import demo_reviews
from tasks.sources.demo_reviews import WORTH, make_demo_reviews, score_description, write_demo_csv

ROWS = 6_000
SHA256_OF_200_ROWS = "050f8d8666a39b9305fadfb45c22a7b390ff743be6f11d3ebfd25a0411637ddc"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.DataFrame(make_demo_reviews(ROWS, seed=0).to_pandas())


def worth_regardless_of_order(text: str) -> int:
    return sum(WORTH.get(word, 0) for word in re.findall(r"[a-z]+", text.lower()))


def test_columns_have_the_names_order_and_types_of_the_real_file() -> None:
    table = make_demo_reviews(5, seed=0)
    text, whole = pa.string(), pa.int64()
    assert list(zip(table.column_names, table.schema.types, strict=True)) == [
        ("", whole),
        ("country", text),
        ("description", text),
        ("designation", text),
        ("points", whole),
        ("price", pa.float64()),
        ("province", text),
        ("region_1", text),
        ("region_2", text),
        ("taster_name", text),
        ("taster_twitter_handle", text),
        ("title", text),
        ("variety", text),
        ("winery", text),
    ]
    assert table[""].to_pylist() == [0, 1, 2, 3, 4]


def test_no_rows_make_an_empty_table_of_the_same_schema() -> None:
    table = make_demo_reviews(0, seed=0)
    assert table.num_rows == 0
    assert table.schema == make_demo_reviews(1, seed=0).schema


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(UsageError, match="rows is -1"):
        make_demo_reviews(-1, seed=0)


@settings(max_examples=20, deadline=None)
@given(shorter=st.integers(0, 60), more=st.integers(0, 60), seed=st.integers())
def test_a_longer_table_begins_with_the_shorter_one(shorter: int, more: int, seed: int) -> None:
    longer = make_demo_reviews(shorter + more, seed)
    assert longer.slice(0, shorter).equals(make_demo_reviews(shorter, seed))


def test_another_seed_makes_other_reviews() -> None:
    one, other = (make_demo_reviews(50, seed)["description"].to_pylist() for seed in (0, 1))
    assert not set(one) & set(other)


def test_the_bytes_are_the_same_on_every_machine(tmp_path: Path) -> None:
    write_demo_csv(tmp_path / "demo.csv", 200, seed=0)
    digest = hashlib.sha256((tmp_path / "demo.csv").read_bytes()).hexdigest()
    assert digest == SHA256_OF_200_ROWS


def test_the_csv_is_written_as_pandas_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "demo.csv"
    write_demo_csv(path, 200, seed=0)
    content = path.read_bytes()
    assert content.startswith(b",country,description,")
    assert b"\r" not in content
    assert '"Cuvée ""Zero"""'.encode() in content


def test_the_csv_comes_back_through_pandas_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "demo.csv"
    write_demo_csv(path, 500, seed=3)
    back = pd.read_csv(path).rename(columns={"Unnamed: 0": ""})
    pd.testing.assert_frame_equal(back, make_demo_reviews(500, seed=3).to_pandas())


@pytest.mark.parametrize(
    ("column", "rate"),
    [
        ("designation", 0.29),
        ("price", 0.07),
        ("region_1", 0.16),
        ("region_2", 0.61),
        ("taster_name", 0.20),
        ("taster_twitter_handle", 0.24),
    ],
)
def test_nulls_are_as_frequent_as_in_the_real_file(
    frame: pd.DataFrame, column: str, rate: float
) -> None:
    assert frame[column].isna().mean() == pytest.approx(rate, abs=0.02)


def test_country_and_province_are_rarely_missing_and_then_together(frame: pd.DataFrame) -> None:
    missing = frame["country"].isna()
    assert 1 <= missing.sum() <= 20
    assert missing.equals(frame["province"].isna())


@pytest.mark.parametrize("column", ["", "description", "points", "title", "winery", "variety"])
def test_what_a_review_needs_is_never_missing(frame: pd.DataFrame, column: str) -> None:
    assert frame[column].notna().all()


@pytest.mark.parametrize(
    ("needy", "needed"), [("region_2", "region_1"), ("taster_twitter_handle", "taster_name")]
)
def test_one_column_needs_another(frame: pd.DataFrame, needy: str, needed: str) -> None:
    assert frame.loc[frame[needy].notna(), needed].notna().all()


def test_every_handle_says_that_it_is_made_up(frame: pd.DataFrame) -> None:
    assert frame["taster_twitter_handle"].dropna().str.startswith("@demo_").all()


def test_some_rows_repeat_an_earlier_review_whole(frame: pd.DataFrame) -> None:
    repeated = frame.duplicated("description")
    assert repeated.mean() == pytest.approx(0.07, abs=0.01)
    assert frame.drop(columns="").duplicated().equals(repeated)


def test_points_are_bell_shaped_about_88(frame: pd.DataFrame) -> None:
    points = frame["points"]
    assert points.between(80, 100).all()
    assert points.mean() == pytest.approx(88.4, abs=0.2)
    assert points.std() == pytest.approx(3, abs=0.3)
    assert 87 <= points.mode().item() <= 89


def test_prices_are_whole_dollars_and_rise_with_the_points(frame: pd.DataFrame) -> None:
    prices = frame["price"].dropna()
    assert prices.between(4, 3300).all()
    assert (prices % 1 == 0).all()
    assert prices.rank().corr(frame["points"].rank()) > 0.5


def test_places_and_varieties_are_many(frame: pd.DataFrame) -> None:
    assert frame["country"].nunique() >= 6
    assert frame["variety"].nunique() >= 10


def test_descriptions_are_as_long_as_reviews(frame: pd.DataFrame) -> None:
    lengths = frame["description"].str.count(" ") + 1
    assert lengths.min() >= 15
    assert lengths.max() <= 55


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("The palate is firm and bright.", 2),
        ("The palate is not firm, bright and generous, but soft, thin and short.", -6),
        ("The palate is not soft, thin and short, but firm, bright and generous.", 6),
        ("The palate is far from sour and stale. The nose is dull.", 3),
        ("Not soft and flat, the palate is long.", 3),
        ("Neither soft nor flat, the palate is long.", 3),
        ("The palate is more firm and long than soft.", 3),
        ("The palate is less firm and long than soft.", -3),
        ("The palate is hardly flawless, yet ripe.", -3),
        ("The palate is ripe without being sticky.", 2),
        ("Aromas of plum and cedar.", 0),
    ],
)
def test_a_denial_holds_over_its_whole_list_and_no_further(text: str, score: int) -> None:
    assert score_description(text) == score


@given(st.lists(st.sampled_from(sorted(WORTH)), min_size=1))
def test_denying_a_list_turns_its_worth_round(words: list[str]) -> None:
    listed = ", ".join(words)
    assert score_description(f"Far from {listed}.") == -score_description(f"The wine is {listed}.")


def test_the_same_words_and_word_pairs_in_another_order_score_otherwise() -> None:
    one = "The nose is firm and soft and long. The core is never dull and stale and long."
    other = "The nose is firm and stale and long. The core is never dull and soft and long."
    pairs = [Counter(pairwise(re.findall(r"[a-z]+", text.lower()))) for text in (one, other)]
    assert pairs[0] == pairs[1]
    assert (score_description(one), score_description(other)) == (3, 1)


def test_every_sentence_pulls_one_way(frame: pd.DataFrame) -> None:
    sentences = {s for text in frame["description"][:500] for s in text.split(".")}
    for sentence in sentences:
        weight = sum(abs(WORTH.get(word, 0)) for word in re.findall(r"[a-z]+", sentence.lower()))
        assert abs(score_description(sentence)) == weight, sentence


def test_points_follow_the_order_of_the_words_more_than_the_words(frame: pd.DataFrame) -> None:
    some = frame[:2000]
    points = some["points"]
    assert np.corrcoef(some["description"].map(score_description), points)[0, 1] > 0.97
    assert np.corrcoef(some["description"].map(worth_regardless_of_order), points)[0, 1] < 0.6


def test_the_command_line_writes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["demo_reviews", "20", str(tmp_path / "a.csv"), "--seed", "5"])
    demo_reviews.main()
    write_demo_csv(tmp_path / "b.csv", 20, seed=5)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize(
    ("rows", "name", "reason"),
    [("-3", "a.csv", "rows is -3"), ("3", "missing/a.csv", "missing")],
)
def test_the_command_line_says_what_is_wrong(
    rows: str,
    name: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["demo_reviews", "--", rows, str(tmp_path / name)])
    with pytest.raises(SystemExit, match="2"):
        demo_reviews.main()
    assert reason in capsys.readouterr().err
