"""The page about the data, rendered from findings made by hand, and what all pages share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jinja2
import pytest

import tasks.pages.page
from data_contracts.checks import Finding
from tasks.pages.page import render_page, trust_markup
from tests.tasks.test_report import NASTY, Page

KEPT = Finding("points_required", "points", "critical", "points: is never empty.", True, 0, 0.0)
TOLERATED = Finding("price_nulls", "price", "warning", "Most have a price.", True, 1234, 0.07)
WHOLE_FILE = Finding("row_count", None, "critical", "A delivery is not small.", True)
NOT_RUN = Finding("country_nulls", "country", "warning", "Nearly every wine has one.", None)
BROKEN = Finding(
    "points_range",
    "points",
    "critical",
    "points: range lies between 80 and 100.",
    False,
    1002,
    0.0501,
    None,
    ((7, "105"), (1007, "")),
)
TYPES = Finding(
    "types", "unreadable", "critical", "Every value reads.", False, 1, 1e-6, None, ((3, "?"),)
)
COLUMNS = Finding("columns", None, "critical", "It has these columns.", False, observed="['a']")
LOOSE = Finding("title_nulls", "title", "warning", "Every review has a title.", False, 20000, 1.0)


def render(findings: list[Finding], reasons: list[str] | None = None, **facts: Any) -> str:
    given = {
        "verdict": "DataRejected" if reasons else "Accepted",
        "reasons": reasons or [],
        "rows": 20000,
        "rejected": 0,
        "contract_version": "1.2.3",
        "failures": [f._asdict() for f in findings if f.passed is False],
        "not_run": [f.rule for f in findings if f.passed is None],
    }
    return render_page("data_quality.html", findings=findings, **given | facts)


def read(markup: str) -> Page:
    page = Page()
    page.feed(markup)
    page.close()
    return page


def test_accepted_file_without_a_flaw() -> None:
    page = read(render([KEPT, WHOLE_FILE]))
    assert page.text.startswith(
        "Data quality report · wine reviews · contract 1.2.3"
        " The file is accepted, every row of it. Accepted Rows in the file 20,000"
    )
    assert "Rules kept 2 of 2 0 broken, 0 of them critical Row 0 is the first" in page.text
    assert "Broken rules None. Rules that passed" in page.text
    assert page.text.endswith("Rules not run None: every rule of the contract was asked.")
    assert not [tag for tag, _ in page.elements if tag == "a"]


def test_accepted_file_with_rows_left_out() -> None:
    page = read(render([KEPT, BROKEN, LOOSE], rejected=1002))
    assert "The file is accepted; 1,002 rows are left out. Accepted" in page.text
    assert "Rows that break a critical rule 1,002 5.01% of the file" in page.text
    assert "2 broken, 1 of them critical" in page.text
    assert "The other rows go on." in page.text
    assert [a["href"] for tag, a in page.elements if tag == "a"] == ["rejects.csv"]
    assert "1 row is left out" in read(render([BROKEN], rejected=1)).text


def test_rejected_file_says_why_first() -> None:
    page = read(
        render([COLUMNS, BROKEN], ["Columns are missing.", "5% are broken."], rejected=1002)
    )
    assert (
        "The file is rejected: nothing was trained on it. DataRejected"
        " Why Columns are missing. 5% are broken. Rows in the file"
    ) in page.text
    assert "The other rows go on." not in page.text


def test_broken_rules_stand_by_severity_with_counts_and_examples() -> None:
    page = read(render([LOOSE, KEPT, BROKEN, COLUMNS, TYPES]))
    broken = page.text.split("Broken rules ")[1].split(" Rules that passed")[0]
    critical, warning = broken.split(" Warning – ")
    assert critical.startswith("Critical – rows that break one are left out")
    assert (
        "points: range lies between 80 and 100. points_range · points · 1,002 rows, 5.01%"
        " row 7: 105 row 1,007: (empty) and 1,000 more"
    ) in critical
    assert "It has these columns. columns · the whole file found: ['a']" in critical
    # A millionth is not nothing, and "unreadable" is no column of the file.
    assert "Every value reads. types · any column · 1 row, < 0.01% row 3: ?" in critical
    assert critical.endswith("row 3: ?")
    assert warning.endswith("Every review has a title. title_nulls · title · 20,000 rows, 100%")
    assert "Info" not in broken


def test_passed_and_not_run_rules_are_listed() -> None:
    page = read(render([KEPT, TOLERATED, WHOLE_FILE, NOT_RUN]))
    passed, not_run = page.text.split("Rules that passed ")[1].split(" Rules not run ")
    assert passed == (
        "Rule Column Severity Broken rows Share"
        " points: is never empty. points_required points critical 0 0%"
        " Most have a price. price_nulls price warning 1,234 7.00%"
        " A delivery is not small. row_count the whole file critical – –"
    )
    assert not_run.endswith("Nearly every wine has one. country_nulls")
    assert "3 of 4 0 broken, 0 of them critical; 1 not run" in page.text


@pytest.mark.parametrize(
    ("fraction", "shown"), [(0.00004, "< 0.01%"), (0.99996, "> 99.99%"), (0.5, "50.00%"), (0, "0%")]
)
def test_a_share_is_never_rounded_to_none_or_all(fraction: float, shown: str) -> None:
    finding = TOLERATED._replace(unexpected_fraction=fraction)
    assert f"price warning 1,234 {shown} Rules not run" in read(render([finding])).text


def test_file_without_rows_can_be_shown() -> None:
    assert "Rows in the file 0" in read(render([COLUMNS], ["It is empty."], rows=0)).text


def test_nothing_in_the_data_comes_alive() -> None:
    page = read(
        render(
            [BROKEN._replace(examples=((1, NASTY),)), COLUMNS._replace(observed=NASTY)],
            [NASTY],
            rejected=1,
        )
    )
    assert {"script", "img"}.isdisjoint(tag for tag, _ in page.elements)
    assert [a["href"] for tag, a in page.elements if tag == "a"] == ["rejects.csv"]
    assert page.text.count(NASTY) == 3


def test_same_findings_give_the_same_page() -> None:
    findings = [KEPT, BROKEN, NOT_RUN]
    assert render(findings, ["Why."]) == render(list(findings), ["Why."])
    assert not re.search(r"\b20\d\d-\d\d", render(findings, ["Why."]))


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="contract_version"):
        render_page("data_quality.html", findings=[], failures=[], verdict="Accepted", reasons=[])


def test_only_trusted_markup_is_not_escaped() -> None:
    shown = render([KEPT], ["<b>a</b>", trust_markup("<i>b</i>")])
    assert "&lt;b&gt;a&lt;/b&gt;" in shown
    assert "<i>b</i>" in shown


def test_pages_fetch_nothing_and_run_nothing() -> None:
    page = read(render([KEPT, BROKEN], rejected=1))
    policy = [a for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy[0]["content"]).startswith("default-src 'none'; style-src 'unsafe-inline';")
    folder = Path(tasks.pages.page.__file__).parent
    for path in folder.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"://|<script|javascript:|@import|url\(|\bon\w+=|\|\s*safe\b", text)
    html = [attributes for tag, attributes in page.elements if tag == "html"]
    assert html == [{"lang": "en"}]
    assert [a["content"] for tag, a in page.elements if a.get("name") == "viewport"]
