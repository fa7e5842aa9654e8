"""The champion as a SavedModel, of contracts with names that TensorFlow does not allow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tasks.champions.saved_model import SIGNATURE, export_champion
from tasks.champions.served_champion import ServedChampion
from tasks.storage.store import Store
from tests.contracts import column, critical, make_contract
from tests.served_champions import install_champion

pytestmark = pytest.mark.heavy

TEXTS = ["A firm wine.", "", "dull and soft", "é ☃"]


@pytest.mark.parametrize(
    ("text", "name", "target", "step"),
    [
        ("text", "text", "stars", 0.5),
        ("größe", "gr__e", "a.b, c", None),
        ("100g", "text_100g", "größe", 0.5),
        ("текст", "text______", "100g", 1),
    ],
)
def test_it_predicts_what_a_scoring_predicts(
    store: Store, tmp_path: Path, text: str, name: str, target: str, step: float | None
) -> None:
    import tensorflow as tf

    options = {"minimum": 1, "maximum": 5} | ({"multipleOf": step} if step else {})
    columns = [
        critical(column(target, "number", options, role="target")),
        critical(column(text, role="text")),
    ]
    dataset = make_contract(tmp_path, columns).dataset
    champion = install_champion(store, "v1", widths={"80": 0.3, "95": None}, target=dataset.target)
    served = ServedChampion(store, champion, dataset)
    export_champion(served, tmp_path / "exported")
    answer = tf.saved_model.load(str(tmp_path / "exported")).signatures[SIGNATURE]
    assert set(answer.structured_input_signature[1]) == {name}
    found = answer(**{name: tf.constant(TEXTS)})
    expected = served.score(np.arange(len(TEXTS)), TEXTS).drop_columns("row_number")
    assert set(found) == set(expected.column_names)
    assert f"predicted_{target}" in found
    for column_name in expected.column_names:
        values = expected[column_name].to_pylist()
        if column_name == "model_version":
            assert found[column_name].numpy().tolist() == [b"v1"] * len(TEXTS)
        else:
            np.testing.assert_allclose(found[column_name].numpy(), values, atol=1e-5)
