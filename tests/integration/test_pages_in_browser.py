"""The pages in a real browser, filled with what strangers could write into a review."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from data_contracts.profile import Known
from tasks.pages.metrics_page import to_html as metrics_to_html
from tasks.pages.page import trust_markup
from tasks.pages.quality_page import to_html
from tasks.pages.wording import show_text
from tasks.storage.opening import open_store
from tests.browser import OVERFLOWING, Visit, needs_chromium, visit
from tests.contracts import POINTS
from tests.reported_runs import NASTY, put_together_nastily, report
from tests.tasks.pages.profiles import NOW, THEN
from tests.tasks.pages.quality_contents import CONTRACT, KEPT, MOVED, nasty_content, render
from tests.tasks.pages.retrainings import fifteen, nasty_retrainings

pytestmark = [pytest.mark.slow, needs_chromium]

PAGES = ("report", "accepted", "rejected", "metrics")
STICKING_OUT = """() => [...document.querySelectorAll("figure svg")].flatMap(svg => {
    const edges = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < edges.left - 1 || box.right > edges.right + 1
            || box.top < edges.top - 1 || box.bottom > edges.bottom + 1;
    }).map(text => text.textContent);
})"""
"""Texts that are cut at a picture's edge."""
COLOURS = "e => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor]"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    store = open_store(str(folder / "store"))
    store.create()
    paths = {"report": report(store, put_together_nastily(store)) / "report.html"}
    for name, reasons in (("accepted", []), ("rejected", [f"Found: {NASTY} {'x' * 900}"])):
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(to_html(nasty_content(reasons)), encoding="utf-8")
    paths["metrics"] = folder / "metrics.html"
    paths["metrics"].write_text(metrics_to_html(nasty_retrainings(), POINTS), encoding="utf-8")
    return paths


def visit_unguarded(browser: Browser, path: Path) -> tuple[Visit, str]:
    """Open a page as if it had no content security policy; returns what happened and its text."""
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        return visit(page, path), page.inner_text("body")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_and_nothing_is_fetched(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    visited, text = visit_unguarded(browser, pages[name])
    assert visited == Visit(pwned=False, dialogs=[], requests=[pages[name].as_uri()])
    shown = NASTY if name == "report" else show_text(NASTY)
    # The report quotes: source, two slices, the title to text of the worst and of three examples.
    # The page about the data: source, what was found, both names and when one was accepted; the
    # names of the pictures' sides; a note; the files of three rows; why a rule was not evaluated;
    # and the reason.
    # The page of metrics: verdict and champion in the lead, the figures and the table; a column.
    counts = {"report": 1 + 2 + 4 * 4, "accepted": 12, "rejected": 13, "metrics": 6}
    assert text.count(shown) == counts[name]


def test_the_browser_would_run_what_is_not_escaped(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "unescaped.html"
    page.write_text(
        render([KEPT], contract=CONTRACT._replace(version=trust_markup(NASTY))), encoding="utf-8"
    )
    visited, text = visit_unguarded(browser, page)
    assert visited.pwned
    assert visited.dialogs == ["1"]
    assert visited.requests == [page.as_uri(), (tmp_path / "x").as_uri()]
    assert NASTY not in text


def test_the_policy_stops_even_what_is_not_escaped(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "unescaped.html"
    script = trust_markup("<script>window.pwned=1</script>")
    path.write_text(render([KEPT], contract=CONTRACT._replace(version=script)), encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert page.locator("script").count() == 1
        assert page.evaluate("window.pwned") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_everything_can_be_reached_at_every_width(
    browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    with browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    ) as context:
        page = context.new_page()
        page.goto(pages[name].as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert page.evaluate("innerWidth") == width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(OVERFLOWING) == []
        for selector in ("body", "h1", ".quiet", ".badge:not(.full)", "a", "figcaption", "summary"):
            check_contrast(page, selector, dark=scheme == "dark")


@pytest.mark.parametrize("width", [390, 1280])
def test_pictures_and_changes_are_seen_whole(browser: Browser, tmp_path: Path, width: int) -> None:
    path = tmp_path / "page.html"
    now = NOW.model_copy(update={"null_fractions": {"taster_twitter_handle": 0.35}})
    last = Known(THEN.model_copy(update={"null_fractions": {}}), "the file before")
    page_content = render([MOVED, KEPT], profile=now, references={"last": last, "champion": last})
    path.write_text(page_content, encoding="utf-8")
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert page.locator("figure svg").count() == 4
        assert page.evaluate(STICKING_OUT) == []
        region = page.locator("[aria-label='Changes against the file before']").first
        assert region.evaluate("e => e.scrollWidth <= e.clientWidth")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_curve_is_seen_whole(browser: Browser, tmp_path: Path, width: int) -> None:
    path = tmp_path / "metrics.html"
    for runs in (fifteen(), fifteen()[:2], (fifteen() * 4)[:50]):
        path.write_text(metrics_to_html(runs, POINTS), encoding="utf-8")
        with browser.new_context(viewport={"width": width, "height": 800}) as context:
            page = context.new_page()
            page.goto(path.as_uri())
            assert page.locator("figure svg").count() == 1
            assert page.evaluate(STICKING_OUT) == []


def check_contrast(page: Page, selector: str, dark: bool) -> None:
    """Check by WCAG 2.2 (1.4.3) that a text can be read on the page's ground."""
    for element in page.locator(selector).all()[:1]:
        text, ground = (luminance(colour) for colour in element.evaluate(COLOURS))
        assert (ground < 0.1) == dark
        assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5, selector


def luminance(colour: str) -> float:
    """Relative luminance of a colour as a browser writes it, rgb(r, g, b)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", ["report", "accepted", "metrics"])
def test_pictures_take_the_colours_of_the_scheme(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    fills = {}
    for scheme in ("light", "dark"):
        with browser.new_context(color_scheme="dark" if scheme == "dark" else "light") as context:
            page = context.new_page()
            page.goto(pages[name].as_uri())
            label = page.locator("svg text").first
            fills[scheme] = luminance(label.evaluate("e => getComputedStyle(e).fill"))
    assert fills["light"] < 0.1
    assert fills["dark"] > 0.7


def test_printed_page_is_light_and_shows_what_is_folded(
    browser: Browser, pages: dict[str, Path]
) -> None:
    with browser.new_context(
        color_scheme="dark", viewport={"width": 700, "height": 900}
    ) as context:
        page = context.new_page()
        page.goto(pages["report"].as_uri())
        folded = page.locator("details th").last
        assert not folded.is_visible()
        page.emulate_media(media="print", color_scheme="dark")
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )
        assert folded.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
