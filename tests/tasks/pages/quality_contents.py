"""What the data quality page shows, from findings made by hand."""

from __future__ import annotations

from typing import Any

from data_contracts.findings import Finding
from data_contracts.profile import Known
from tasks.deliveries.partitions import DeliveredFile
from tasks.modelling.leakage import Leakage
from tasks.pages.quality_content import QualityContent
from tasks.pages.quality_page import to_html
from tests.contracts import WINE
from tests.parsed_page import Page
from tests.reported_runs import NASTY
from tests.tasks.pages.profiles import NOTHING, NOW, THEN

KEPT = Finding("points_required", "points", "critical", "points: is never empty.", True)
KEPT = KEPT._replace(unexpected_count=0, unexpected_fraction=0.0)
TOLERATED = KEPT._replace(
    rule="price_nulls",
    column="price",
    severity="warning",
    meaning="Most have a price.",
    unexpected_count=1234,
    unexpected_fraction=0.07,
)
WHOLE_FILE = Finding("row_count", None, "critical", "A delivery is not small.", True)
NOT_EVALUATED = Finding("country_nulls", "country", "warning", "Nearly every wine has one.", None)
NOT_EVALUATED = NOT_EVALUATED._replace(not_evaluated="the file has no column country")
BROKEN = Finding("points_range", "points", "critical", "points: from 80 to 100.", False)
BROKEN = BROKEN._replace(
    unexpected_count=1002, unexpected_fraction=0.0501, examples=((7, "105"), (1007, ""))
)
FEW = BROKEN._replace(rule="points_type", unexpected_count=1, unexpected_fraction=1e-6)
FEW = FEW._replace(meaning="points: reads as an integer.", examples=((3, "?"),))
COLUMNS = Finding(
    "columns", None, "critical", "It has these columns.", False, observed="missing: country"
)
LOOSE = Finding("title_nulls", "title", "warning", "Every review has a title.", False)
LOOSE = LOOSE._replace(unexpected_count=20000, unexpected_fraction=1.0)
MOVED = Finding("points_against_last", "points", "warning", "Distributed as before.", False)
MOVED = MOVED._replace(observed="0.123456", measured=0.123456)
STRANGE = Finding("description_vocabulary_last", "description", "warning", "No new words.", True)
STRANGE = STRANGE._replace(observed="0.0625", measured=0.0625)
FAR = Finding("points_far_from_champion", "points", "critical", "The same scale.", False)
FAR = FAR._replace(observed="0.7", measured=0.7)
LEAKAGE = Leakage(
    train_rows=16000,
    validation_rows=2000,
    test_rows=2000,
    validation_seen_rows=150,
    test_seen_rows=1,
    repeated_rows=1500,
)
CONTRACT = WINE._replace(version="1.2.3")
LAST = Known(THEN, "the file accepted on 2025-06-02 (old.csv)")
CHAMPION = Known(THEN.model_copy(update={"tokens": {"the": 9}}), "the champion's training data")


def render(findings: list[Finding], reasons: list[str] | None = None, **facts: Any) -> str:
    return to_html(put_together(findings, reasons, **facts))


def put_together(
    findings: list[Finding], reasons: list[str] | None = None, **facts: Any
) -> QualityContent:
    given: dict[str, Any] = {
        "source": "reviews.csv",
        "form": "CSV in UTF-8, with semicolons between fields",
        "verdict": "DataRejected" if reasons else "Accepted",
        "reasons": reasons or [],
        "rows": 20000,
        "rejected": 0,
        "contract": CONTRACT,
        "notes": [],
        "findings": findings,
        "profile": NOTHING,
        "references": {},
        "leakage": LEAKAGE,
        "files": [DeliveredFile("", 0, 20_000, [20_000])],
    }
    return QualityContent(**given | facts)


def section(page: Page, heading: str) -> str:
    """The text from a second-level heading to the next one."""
    titles = page.texts_of("h2")
    text = page.text.split(f" {heading} ", 1)[1]
    after = titles[titles.index(heading) + 1 :]
    return text.split(f" {after[0]} ")[0] if after else text


def nasty_content(reasons: list[str] | None = None) -> QualityContent:
    """What strangers could write, in every place where it could stand."""
    long = "x" * 900
    findings = [
        KEPT,
        BROKEN._replace(examples=((1, NASTY), (2, long))),
        COLUMNS._replace(observed=f"['{NASTY}', '{long}']"),
        FEW._replace(examples=((3, f'points: "{NASTY}"'),)),
        LOOSE._replace(rule="long_" * 60, column="column_" * 40),
        MOVED,
        NOT_EVALUATED._replace(not_evaluated=NASTY),
    ]
    tokens = {NASTY: 9, long: 8, "\u202e": 7, "fine": 2}
    countries = {NASTY: 5, long: 3}
    nasty = NOW.model_copy(update={"tokens": tokens, "categories": {"country": countries}})
    gone = THEN.model_copy(update={"tokens": {f"gone {NASTY}": 9}, "categories": {"country": {}}})
    references = {"last": Known(gone, NASTY, NASTY), "champion": Known(THEN, f"{NASTY} {long}")}
    return put_together(
        findings,
        reasons,
        rejected=4,
        source=NASTY,
        profile=nasty,
        references=references,
        notes=[NASTY],
        files=[DeliveredFile(NASTY, 0, 2, [2]), DeliveredFile(f"{NASTY}.csv", 2, 20_000, [20_000])],
    )
