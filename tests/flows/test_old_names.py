from __future__ import annotations

from flows.old_names import replace_old_names


def test_words_without_an_old_name_stay_as_they_are() -> None:
    for words in ([], ["--preset", "demo"], ["--network.auxiliary-targets"]):
        assert replace_old_names(words) == words
