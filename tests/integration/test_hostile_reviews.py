"""Reviews by somebody who means harm, through the whole gate and into a real browser."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.bad_inputs import demo_csv
from tests.browser import Visit, needs_chromium
from tests.commands import finish, start_check
from tests.integration.test_pages_in_browser import visit_unguarded

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("prefect_server"),
    needs_chromium,
]

ATTACKS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload="window.pwned=1">',
    "[click](javascript:window.pwned=1)",
    '=HYPERLINK("http://evil.example","x")',
    "$column ${column} {{7*7}}",
)
SPREADSHEET_STARTS = ("=", "+", "-", "@", "\t", "\r")


def attack(reviews: bytes, rows: int) -> bytes:
    """Put every attack into every column of the last rows."""
    table = list(csv.reader(io.StringIO(reviews.decode())))
    for place, row in enumerate(table[-rows:]):
        text = ATTACKS[place % len(ATTACKS)]
        row[1:] = [f"{text} {column}" for column in range(1, len(row))]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(table)
    return written.getvalue().encode()


@pytest.mark.parametrize("rows", [3, 12])
@pytest.mark.parametrize("header", [b"points", b"<script>window.pwned=1</script>"])
def test_nothing_comes_alive(tmp_path: Path, browser: Browser, rows: int, header: bytes) -> None:
    source = tmp_path / "<img src=x onerror=window.pwned=1>.csv"
    hostile = attack(demo_csv(tmp_path), rows)
    source.write_bytes(hostile.replace(b"points", header, 1))
    ended = finish(start_check(tmp_path / "store", f"--source={source}"))
    rejected = rows > 4 or header != b"points"
    assert ended.answer["verdict"] == ("DataRejected" if rejected else "Accepted")
    page, docs = Path(ended.answer["report"]), Path(ended.answer["data_docs"]).parent
    shown = ""
    for path in (page, *sorted(docs.glob("*.html"))):
        visited, text = visit_unguarded(browser, path)
        assert visited == Visit(pwned=False, dialogs=[], requests=[path.as_uri()])
        shown += text
    assert source.name in shown
    assert ATTACKS[0] in shown
    with Path(ended.answer["rejects"]).open(encoding="utf-8", newline="") as file:
        for line in csv.reader(file):
            assert not any(cell.startswith(SPREADSHEET_STARTS) for cell in line)
