"""Scoring by a real champion, though one that was never trained."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts.contract import Contract
from data_contracts.dataset import Target
from tasks.champions.served_champion import find_champion
from tasks.configuration.errors import StoreError
from tasks.configuration.parameters import IngestParameters
from tasks.engine.run import Run
from tasks.score import Scores, rejects_path, score
from tasks.sources import fetched_bytes
from tasks.storage.artifacts import digest_file
from tasks.storage.store import Store
from tests.contracts import SHARE, STARS_COLUMNS, WINE, column, critical, make_contract
from tests.served_champions import install_again, install_champion, write_texts

pytestmark = pytest.mark.heavy

GOOD = "A firm and bright wine with a soft finish."
ODD = [
    "",
    "🍷" * 30,
    "x" * 100_000,
    "نبيذ رائع وطويل جدا في الفم",
    "\u202etfel ot thgir morf eniw A",
    "!?.,;:-()[]{}'\"",
    "=cmd|' /C calc'!A0 is a firm wine",
    "tab\tand line\nbreak in a wine",
    "firm wine " * 400,
    "a firm wine \0 of some length",
]


def run_score(
    store: Store,
    source: Path,
    output: Path,
    contract: Contract = WINE,
    keep: Sequence[str] = (),
    **options: Any,
) -> Scores:
    run = Run(store, source.name, contract=contract)
    digest = digest_file(source)
    fetched = fetched_bytes.publish(
        store, digest, lambda target: target.write_bytes(source.read_bytes())
    )
    parameters = IngestParameters(**options)
    return score(run, fetched, find_champion(store, contract), output, contract, parameters, keep)


def read_rejects(output: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10**6)
    with rejects_path(output).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_row_is_scored_or_rejected_by_name_in_the_files_order(
    served: Store, tmp_path: Path
) -> None:
    source = write_texts(tmp_path / "new.csv", [GOOD, *ODD, GOOD])
    output = tmp_path / "made" / "scores.parquet"
    ended = run_score(served, source, output)
    table, rejects = pq.read_table(output), read_rejects(output)
    assert table["row_number"].to_pylist() == [0, 2, 4, 5, 7, 8, 9, 11]
    assert [(r["row_number"], r["rule"]) for r in rejects] == [
        ("1", "description_required"),
        ("3", "description_length"),
        ("6", "description_has_a_token"),
        ("10", "description_control_characters"),
    ]
    assert (ended.scored, ended.rejected, ended.reasons) == (8, 4, [])
    predicted = Counter(f"{value:.0f}" for value in table["predicted_points"].to_pylist())
    assert ended.counts == predicted
    first, *_, last = table.to_pylist()
    assert first == last | {"row_number": 0}
    assert sorted(p.name for p in output.parent.iterdir()) == [
        "scores.parquet",
        "scores.rejects.csv",
    ]


def test_the_file_says_what_its_columns_hold_and_where_they_come_from(
    served: Store, tmp_path: Path
) -> None:
    source = write_texts(tmp_path / "new.csv", [GOOD])
    run_score(served, source, output := tmp_path / "scores.parquet")
    schema = pq.read_schema(output)
    bounds = ["lower_80", "upper_80", "lower_95", "upper_95"]
    assert schema.names == ["row_number", "predicted_points", *bounds, "model_version"]
    assert schema.field("row_number").type == pa.int64()
    assert {schema.field(n).type for n in schema.names[1:-1]} == {pa.float64()}
    assert schema.field("model_version").type == pa.dictionary(pa.int32(), pa.string())
    told: dict[bytes, bytes] = pq.read_metadata(output).metadata
    assert told[b"model_version"] == b"v1"
    assert told[b"source_sha256"].decode() == digest_file(source)
    assert told[b"rejects_sha256"].decode() == digest_file(rejects_path(output))
    assert told[b"contract_version"].count(b".") == 2
    (row,) = pq.read_table(output).to_pylist()
    assert row["model_version"] == "v1"
    assert row["upper_80"] - row["lower_80"] == pytest.approx(3.0)
    # Wider than the scale, which ends the interval.
    assert (row["lower_95"], row["upper_95"]) == (80, 100)


@pytest.mark.parametrize("target", ["stars", "share"])
def test_the_target_of_another_contract_is_predicted_under_its_name(
    store: Store, tmp_path: Path, target: str
) -> None:
    columns = [column(n, "integer") for n in ("id",)] + STARS_COLUMNS[-2:]
    if target == "share":
        options = {"minimum": 0, "maximum": 1}
        columns[1] = critical(column("share", "number", options, role="target"))
    contract = make_contract(tmp_path, columns)
    asked: Target = contract.dataset.target
    assert target == "stars" or asked == SHARE
    store = store.scoped(contract.scope)
    install_champion(store, "v1", widths={"80": asked.range / 10, "95": None}, target=asked)
    source, output = tmp_path / "new.csv", tmp_path / "scores.parquet"
    source.write_text("Text,other\nA firm wine,x\n,y\nA dull finish,z\n")
    ended = run_score(store, source, output, contract)
    table = pq.read_table(output)
    assert table.column_names[:4] == ["row_number", f"predicted_{target}", "lower_80", "upper_80"]
    assert table["row_number"].to_pylist() == [0, 2]
    predicted = table[f"predicted_{target}"].to_pylist()
    widths = [row["upper_80"] - row["lower_80"] for row in table.to_pylist()]
    assert widths == pytest.approx([asked.range / 5] * 2)
    assert {(r["lower_95"], r["upper_95"]) for r in table.to_pylist()} == {asked.scale}
    assert len(set(predicted)) == 2 or target == "stars"
    if target == "stars":
        assert all(value % 0.5 == 0 for value in predicted)
    assert (ended.scored, ended.rejected) == (2, 1)
    binned = [round(value / asked.bin) * asked.bin for value in sorted(predicted)]
    assert [float(key) for key in ended.counts for _ in range(ended.counts[key])] == binned
    assert all(len(key) <= 6 for key in ended.counts)


def test_unknown_and_double_columns_beside_the_text_change_nothing(
    served: Store, tmp_path: Path
) -> None:
    source, output = tmp_path / "new.csv", tmp_path / "scores.parquet"
    source.write_text(f"colour,colour,Description\nred,blue,{GOOD}\n")
    assert run_score(served, source, output).scored == 1


def test_an_empty_line_is_an_empty_review_and_moves_no_number(
    served: Store, tmp_path: Path
) -> None:
    source, output = tmp_path / "new.csv", tmp_path / "scores.parquet"
    source.write_text(f"description\n{GOOD}\n\n{GOOD}\n")
    run_score(served, source, output)
    assert pq.read_table(output)["row_number"].to_pylist() == [0, 2]
    assert [(r["row_number"], r["rule"]) for r in read_rejects(output)] == [
        ("1", "description_required")
    ]


def test_rows_that_cannot_be_read_are_rejects_with_their_reasons(
    served: Store, tmp_path: Path
) -> None:
    source, output = tmp_path / "new.csv", tmp_path / "scores.parquet"
    source.write_text(f',description\n0,{GOOD}\n1\n,\n3,NaN\n4,{GOOD}\n5,"A firm')
    ended = run_score(served, source, output)
    assert pq.read_table(output)["row_number"].to_pylist() == [0, 4]
    assert [(r["row_number"], r["rule"], r["value"]) for r in read_rejects(output)] == [
        ("1", "rows_readable", '1 field where the header names 2: "1"'),
        ("3", "description_required", ""),
        ("5", "rows_readable", 'the file ends within a field of this line: "5,"A firm"'),
    ]
    assert (ended.scored, ended.rejected) == (2, 3)
    assert ended.notes == (
        "Warning: the file looks truncated: it ends in the middle of its last line.",
        "1 row holds no value and was skipped.",
        "NaN and <NA> count as empty: 1 in description.",
    )


def test_the_same_reviews_get_the_same_scores_from_every_kind_of_file(
    served: Store, tmp_path: Path
) -> None:
    reviews = [GOOD, "A crème of a wine, dull and soft.", "short"]
    table = pa.table({"country": ["Italy"] * 3, "description": reviews})
    lines = "".join(f"{json.dumps(row)}\n" for row in table.to_pylist())
    rows = "".join(f'Italy;"{review}"\n' for review in reviews)
    (tmp_path / "a.csv").write_bytes(f"country;description\n{rows}".encode("cp1252"))
    (tmp_path / "b.jsonl").write_text(lines)
    pq.write_table(table, tmp_path / "c.parquet")
    found = []
    for name in ("a.csv", "b.jsonl", "c.parquet"):
        options = {"encoding": "cp1252", "delimiter": "semicolon"} if name == "a.csv" else {}
        ended = run_score(served, tmp_path / name, tmp_path / "scores.parquet", **options)
        assert (ended.scored, ended.rejected) == (2, 1)
        found.append(pq.read_table(tmp_path / "scores.parquet").to_pylist())
    assert found[0] == found[1] == found[2]


texts = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
        st.lists(st.sampled_from(["firm", "wine", "dull", "!", "🍷"]), max_size=30).map(" ".join),
    ),
    min_size=1,
    max_size=30,
)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_texts=texts, seed=st.integers(0, 99))
def test_in_any_order_each_text_gets_the_same_prediction_or_the_same_rejection(
    served: Store, tmp_path: Path, given_texts: list[str], seed: int
) -> None:
    order = list(range(len(given_texts)))
    random.Random(seed).shuffle(order)
    found: list[dict[int, Any]] = []
    for name, rows in (("a", range(len(order))), ("b", order)):
        source = write_texts(tmp_path / f"{name}.csv", [given_texts[row] for row in rows])
        output = tmp_path / f"{name}.parquet"
        output.unlink(missing_ok=True)
        rejects_path(output).unlink(missing_ok=True)
        run_score(served, source, output)
        scored = pq.read_table(output).to_pylist() if output.exists() else []
        said: dict[int, Any] = {rows[r["row_number"]]: r["predicted_points"] for r in scored}
        for reject in read_rejects(output):
            said.setdefault(rows[int(reject["row_number"])], "")
            said[rows[int(reject["row_number"])]] += reject["rule"]
        assert sorted(said) == sorted(rows)
        found.append(said)
    assert found[0] == {row: pytest.approx(said, abs=1e-4) for row, said in found[1].items()}


def test_after_a_change_of_champion_and_back_the_first_one_predicts_again(
    store: Store, tmp_path: Path
) -> None:
    source = write_texts(tmp_path / "new.csv", [GOOD, "Dull and soft, the finish is dull."])
    with pytest.raises(
        StoreError, match="there is no champion of the contract wine_reviews; retrain"
    ):
        run_score(store, source, tmp_path / "none.parquet")
    predicted = []
    for turn, install in enumerate([install_champion, install_champion, install_again]):
        install(store, *(("v1",), ("v2", 1), ("v1",))[turn])
        output = tmp_path / f"{turn}.parquet"
        run_score(store, source, output)
        predicted.append(pq.read_table(output).drop_columns(["row_number"]).to_pylist())
    assert predicted[0] == predicted[2]
    # The bounds have decimals, where whole points may be the same by chance.
    assert predicted[0][0]["lower_80"] != predicted[1][0]["lower_80"]
    assert [p[0]["model_version"] for p in predicted] == ["v1", "v2", "v1"]
