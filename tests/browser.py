"""A page in a real browser: what happened while it was open, and what of it cannot be reached."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed (apt install chromium)"
)

OVERFLOWING = """() => [...document.body.querySelectorAll("*")]
    .filter(e => !e.closest("svg") && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
    .filter(e => !["auto", "scroll"].includes(getComputedStyle(e).overflowX))
    .map(e => e.outerHTML.slice(0, 120))"""
"""Elements whose content sticks out without a way to scroll to it."""


class Visit(NamedTuple):
    """What happened while a page was open."""

    pwned: bool
    dialogs: list[str]
    requests: list[str]


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A headless Chromium; while it runs, no flow can run in the same process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def visit(page: Page, path: Path) -> Visit:
    """Open a file, everything that is folded unfolded."""
    dialogs: list[str] = []
    requests: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    page.wait_for_timeout(200)
    return Visit(page.evaluate("window.pwned === 1"), dialogs, requests)
