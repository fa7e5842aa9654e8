from __future__ import annotations

import pyarrow as pa
import pytest

from tasks.modelling.texts import mark_fair, normalize_text


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Firm Wine", "firm wine"),
        ("STRASSE straße", "strasse strasse"),
        ("½ ﬁrm", "1⁄2 firm"),
        (" firm \t\n wine\u00a0", "firm wine"),
        ("Rosé", "rosé"),
    ],
)
def test_texts_that_read_the_same_have_one_form(text: str, form: str) -> None:
    assert normalize_text(text) == form


def test_a_row_is_fair_if_its_text_is_new_and_stands_there_for_the_first_time() -> None:
    digests = pa.chunked_array([[b"new", b"seen", b"twice"], [b"twice", b"seen", b"last"]])
    fair = mark_fair(digests, pa.array([b"seen", b"elsewhere"]))
    assert fair.to_pylist() == [True, False, True, False, False, True]
