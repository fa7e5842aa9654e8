"""Data Docs in a real browser: nothing runs, everything can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from data_contracts.data_docs import write_data_docs
from tests.browser import OVERFLOWING, Visit, needs_chromium, visit
from tests.data_contracts.validations import (
    ALL_NASTY,
    HEADER,
    MISSING,
    NASTY,
    PAGES,
    about_the_rows,
    one_line,
    parts,
    suite_of,
)

pytestmark = [pytest.mark.slow, needs_chromium]

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
FAINT = """() => {
    const parts = c => c.match(/[\\d.]+/g).map(Number);
    const linear = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = c => { const [r, g, b] = parts(c).map(linear);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ground = e => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor;
        if (parts(c)[3] !== 0) return c; } };
    return [...document.body.querySelectorAll("*")]
        .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
            || getComputedStyle(e, "::before").content !== "none")
        .map(e => [light(getComputedStyle(e).color), light(ground(e)), e.outerHTML.slice(0, 120)])
        .filter(([a, b]) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5); }"""
"""Elements whose text has less contrast than WCAG 2.2 (1.4.3) asks for."""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def without_policy(path: Path, folder: Path) -> Path:
    text, removed = POLICY.subn("", path.read_text(encoding="utf-8"))
    assert removed == 1
    copy = folder / path.name
    copy.write_text(text, encoding="utf-8")
    return copy


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_and_nothing_is_fetched_without_the_policy(
    page: Page, folders: dict[str, Path], tmp_path: Path, name: str
) -> None:
    path = without_policy(folders["nasty"] / name, tmp_path)
    assert visit(page, path) == Visit(pwned=False, dialogs=[], requests=[path.as_uri()])


def test_values_are_shown_as_they_are(page: Page, folders: dict[str, Path]) -> None:
    visit(page, folders["nasty"] / "index.html")
    assert set(NASTY) <= set(page.locator(".table-bordered td").all_text_contents())
    assert set(NASTY) <= set(page.locator(".badge").all_text_contents())
    for selector in ("h2", ".contents a"):
        assert {HEADER, MISSING} <= set(map(str.strip, page.locator(selector).all_text_contents()))
    text = one_line(page.inner_text("body"))
    assert one_line(f"Described: {ALL_NASTY}") in text
    assert f"Values in {HEADER} and plain must always be equal" in text
    visit(page, folders["nasty"] / "expectations.html")
    text = one_line(page.inner_text("body"))
    assert text.count(ALL_NASTY) >= 3  # the suite's note, an expectation's, a description
    notes = page.locator("details [id$='-body'] > div")
    assert set(NASTY) <= set(map(str.strip, notes.all_text_contents()))


def test_the_browser_would_run_what_is_not_escaped(
    page: Page, folders: dict[str, Path], tmp_path: Path
) -> None:
    path = without_policy(folders["nasty"] / "index.html", tmp_path)
    path.write_text(path.read_text().replace("&lt;", "<").replace("&gt;", ">"))
    visited = visit(page, path)
    assert visited.pwned
    assert len(visited.requests) > 1


def test_the_policy_stops_even_what_is_not_escaped(
    page: Page, folders: dict[str, Path], tmp_path: Path
) -> None:
    text = (folders["nasty"] / "index.html").read_text(encoding="utf-8")
    path = tmp_path / "unescaped.html"
    path.write_text(text.replace("&lt;", "<").replace("&gt;", ">"), encoding="utf-8")
    visited = visit(page, path)
    assert not visited.pwned
    assert visited.dialogs == []
    assert page.locator("script").count() > 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["accepted", "rejected", "nasty"])
def test_everything_can_be_read_at_every_width(
    browser: Browser, folders: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    with browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    ) as context:
        for path in (folders[name] / page for page in PAGES):
            page = context.new_page()
            assert visit(page, path) == Visit(False, [], [path.as_uri()])
            assert page.evaluate("innerWidth") == width
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert page.evaluate(OVERFLOWING) == []
            assert page.evaluate(FAINT) == []


def test_passed_and_failed_differ_in_more_than_colour(page: Page, folders: dict[str, Path]) -> None:
    for name, verdict, sign in (("accepted", "passed", "✓"), ("rejected", "failed", "✗")):
        visit(page, folders[name] / "index.html")
        cells = page.locator("[data-search] > tbody > tr > td:first-child")
        assert cells.count() == 11
        for cell in cells.all():
            assert verdict in cell.inner_text()
            icon = cell.locator("i")
            drawn = icon.evaluate("e => getComputedStyle(e, '::before').content")
            assert drawn == f'"{sign}"'


def test_what_passed_can_be_hidden(page: Page, tmp_path: Path) -> None:
    good, bad = parts("accepted")[1][1], parts("rejected")[1][0]
    write_data_docs(suite_of(*about_the_rows()), [*good, *bad], tmp_path)
    visit(page, tmp_path / "index.html")
    rows = page.locator("[data-search] > tbody > tr:visible")
    assert rows.count() == 11
    page.get_by_label("Show only what failed").check()
    assert rows.count() == 2
    assert page.locator("h2:visible").all_inner_texts() == ["Overview", "Table-Level Expectations"]
