from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tasks.pages.markdown import escape_markdown
from tasks.storage.store import Store
from tests.parsed_page import read
from tests.reported_runs import NASTY, put_together_nastily, report


def test_nothing_in_a_review_comes_alive_in_markdown(store: Store) -> None:
    text = (report(store, put_together_nastily(store)) / "report.md").read_text(encoding="utf-8")
    # GitHub's and Prefect's Markdown make links of bare addresses too.
    assert not re.search(r"https?://|www\.|\w@\w", text)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    kinds = {t.type for token in tokens for t in [token, *(token.children or [])]}
    assert "table_open" in kinds
    assert kinds.isdisjoint(
        {"html_block", "html_inline", "link_open", "image", "code_inline", "em_open"}
    )
    cells = ["".join(t.content for t in token.children or []) for token in tokens]
    assert sum(" ".join(NASTY.split()) in cell for cell in cells) == 2 + 4
    rows = [line for line in text.splitlines() if "evil" in line]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [8, 8, 10]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_escaped_markdown_shows_the_text_itself(text: str) -> None:
    page = read(MarkdownIt("commonmark", {"html": True}).render(f"Start {escape_markdown(text)}"))
    assert (
        "".join(data for _, data in page.parts).strip() == f"Start {' '.join(text.split())}".strip()
    )
    assert {tag for tag, _ in page.elements} == {"p"}
