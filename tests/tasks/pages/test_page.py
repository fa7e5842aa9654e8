"""What all pages share."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest

import tasks.pages.page
from tasks.engine.caching import reached_code
from tasks.pages.page import render_page, trust_markup
from tests.parsed_page import read
from tests.tasks.pages.quality_contents import BROKEN, CONTRACT, KEPT, render

pytestmark = pytest.mark.heavy

TEMPLATES = Path(tasks.pages.page.__file__).parent


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="references"):
        render_page("data_quality.html", findings=[], verdict="Accepted", reasons=[])


@pytest.mark.parametrize(
    ("stage", "own"),
    [
        ("tasks.report", {"run_report.html", "run_macros.html"}),
        ("tasks.validate", {"data_quality.html", "quality_macros.html", "data_docs.html"}),
    ],
)
def test_a_change_of_any_template_of_a_page_makes_it_anew(stage: str, own: set[str]) -> None:
    code, _ = reached_code(stage)
    templates = {Path(path).name for path in code if path.endswith(".html")}
    assert templates == own | {"page.html", "macros.html"}


def test_no_template_names_another_that_the_code_does_not_name() -> None:
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"{%-?\s*(extends|from|import|include)\s+[^\w\s]", text), path


def test_only_trusted_markup_is_not_escaped() -> None:
    contract = CONTRACT._replace(version=trust_markup("<i>b</i>"), name="<u>c</u>")
    shown = render([KEPT], ["<b>a</b>"], contract=contract)
    assert "&lt;b&gt;a&lt;/b&gt;" in shown
    assert "<i>b</i>" in shown
    assert "&lt;u&gt;c&lt;/u&gt;" in shown
    assert "<u>" not in shown


def test_pages_fetch_nothing_and_run_nothing() -> None:
    page = read(render([KEPT, BROKEN], rejected=1))
    policy = [a for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy[0]["content"]).startswith("default-src 'none'; style-src 'unsafe-inline';")
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"://|<script|javascript:|@import|url\(|\bon\w+=|\|\s*safe\b", text)
    html = [attributes for tag, attributes in page.elements if tag == "html"]
    assert html == [{"lang": "en"}]
    assert [a["content"] for tag, a in page.elements if a.get("name") == "viewport"]
