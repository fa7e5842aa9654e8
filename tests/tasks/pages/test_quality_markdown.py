from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from tasks.pages.quality_markdown import to_markdown
from tests.parsed_page import read
from tests.reported_runs import NASTY
from tests.tasks.pages.profiles import NOW
from tests.tasks.pages.quality_contents import (
    BROKEN,
    CHAMPION,
    KEPT,
    LAST,
    MOVED,
    NOT_EVALUATED,
    STRANGE,
    nasty_content,
    put_together,
)

pytestmark = pytest.mark.heavy


def test_markdown_holds_what_must_be_known_first() -> None:
    references = {"last": LAST._replace(profile=CHAMPION.profile)}
    findings = [KEPT, BROKEN, MOVED, STRANGE, NOT_EVALUATED]
    markdown = to_markdown(
        put_together(findings, ["Too many."], rejected=1002, profile=NOW, references=references)
    )
    page = read(MarkdownIt().enable("table").render(markdown))
    assert page.text.startswith(
        "DataRejected: The file is rejected: nothing is trained on it. Too many."
        " reviews.csv (CSV in UTF-8, with semicolons between fields): 1,002 of 20,000 rows break a"
        " critical rule. Broken rules"
    )
    for expected in (
        "critical points: from 80 to 100. points_range 1,002 row 7: 105; row 1,007: (empty) –",
        "warning Distributed as before. points_against_last – 0.1235 If the change is meant",
        "Against the file accepted on 2025-06-02 (old.csv):",
        "Nulls in price 7.00% 60.00% +53.0 pp",
        "Words that are new: slate (3)",
        "In a split by position, as in the preset notebook, 150 of 2,000 validation rows would",
        "in a split by text, as in all other presets, none.",
        "Rules not evaluated: the file has no column country (1).",
    ):
        assert expected in page.text
    assert "No rule is broken." in to_markdown(put_together([KEPT]))


def test_nothing_in_the_markdown_comes_alive() -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    page = read(parser.render(to_markdown(nasty_content([NASTY]))))
    assert {"script", "img", "a"}.isdisjoint(tag for tag, _ in page.elements)
    assert "\u202e" not in page.text
