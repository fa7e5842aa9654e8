from __future__ import annotations

import pytest

from tasks.configuration.parameters import VectorizerParameters
from tasks.modelling.tokens import tokenize
from tasks.modelling.vectorizer import make_vectorizer

pytestmark = pytest.mark.heavy

KEEP = VectorizerParameters(vocabulary_size=100, sequence_length=12, punctuation="keep")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Firm, bright—and long.", ["firm", ",", "bright", "—", "and", "long", "."]),
        ("91–93. It's $20!", ["91", "–", "93", ".", "it's", "$", "20", "!"]),
        ("Château d’Yquem\u00a02009", ["château", "d’yquem", "2009"]),
        ("ÉLÉGANT 90pts", ["élégant", "90", "pts"]),
        ("e\u0301lan", ["e\u0301lan"]),
        ("\u202eright\u200bleft", ["right", "left"]),
        ("😀 日本", ["😀", "日本"]),
        ("", []),
    ],
)
def test_signs_and_numbers_are_tokens_of_their_own(text, tokens) -> None:
    assert tokenize([text], KEEP) == [tokens]
    vectorizer = make_vectorizer(KEEP, sorted(set(tokens)) or ["none"])
    numbers = vectorizer([text]).numpy()[0]
    names = vectorizer.get_vocabulary()
    assert [names[number] for number in numbers if number] == tokens


def test_bytes_that_are_no_utf_8_become_unknown_tokens() -> None:
    vectorizer = make_vectorizer(KEEP, ["firm"])
    assert vectorizer([b"\xff\xfe firm"]).numpy()[0, :4].tolist() == [1, 1, 2, 0]


def test_without_signs_the_notebooks_tokens_remain() -> None:
    assert tokenize(["Firm, FIRM 90-91!"], VectorizerParameters()) == [["firm", "firm", "9091"]]
