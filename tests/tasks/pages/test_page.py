"""The page about the data, rendered from findings made by hand, and what all pages share."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import jinja2
import pytest
from markdown_it import MarkdownIt

import tasks.pages.page
from data_contracts.findings import Finding
from data_contracts.profile import Known
from tasks.engine.caching import reached_code
from tasks.leakage import Leakage
from tasks.pages.page import render_page, trust_markup
from tasks.pages.quality_page import (
    QualityContent,
    advise,
    compare,
    format_share,
    group_examples,
    show_observed,
    show_text,
    to_html,
    to_markdown,
)
from tests.tasks.pages.test_distributions import NOTHING, NOW, THEN
from tests.tasks.test_report import NASTY, Page

TEMPLATES = Path(tasks.pages.page.__file__).parent

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
NOT_ASKED = Finding("country_nulls", "country", "warning", "Nearly every wine has one.", None)
NOT_ASKED = NOT_ASKED._replace(not_asked="the file has no column country")
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
LAST = Known(THEN, "the file accepted on 2025-06-02 (old.csv)")
CHAMPION = Known(THEN.model_copy(update={"tokens": {"the": 9}}), "the champion's training data")


def render(findings: list[Finding], reasons: list[str] | None = None, **facts: Any) -> str:
    return to_html(put_together(findings, reasons, **facts))


def put_together(
    findings: list[Finding], reasons: list[str] | None = None, **facts: Any
) -> QualityContent:
    given: dict[str, Any] = {
        "source": "reviews.csv",
        "verdict": "DataRejected" if reasons else "Accepted",
        "reasons": reasons or [],
        "rows": 20000,
        "rejected": 0,
        "contract_version": "1.2.3",
        "findings": findings,
        "profile": NOTHING,
        "references": {},
        "leakage": LEAKAGE,
    }
    return QualityContent(**given | facts)


def read(markup: str) -> Page:
    page = Page()
    page.feed(markup)
    page.close()
    return page


def section(page: Page, heading: str) -> str:
    """The text from a second-level heading to the next one."""
    titles = page.texts_of("h2")
    text = page.text.split(f" {heading} ", 1)[1]
    after = titles[titles.index(heading) + 1 :]
    return text.split(f" {after[0]} ")[0] if after else text


def test_accepted_file_without_a_flaw() -> None:
    page = read(render([KEPT, WHOLE_FILE]))
    assert page.text.startswith(
        "Data quality report · wine reviews · contract 1.2.3"
        " The file is accepted, every row of it. Accepted No rule of the contract is broken."
        " The reviews come from reviews.csv. Each rule with its parameters stands in the Data Docs."
        " Rows in the file 20,000 Rows left out 0 Rules kept 2 of 2 none broken"
    )
    assert page.texts_of("h2") == [
        "Broken rules",
        "What changed",
        "Distributions",
        "Leakage",
        "Rules that passed",
        "Rules not asked",
    ]
    assert section(page, "Broken rules") == "None."
    assert page.text.endswith("Rules not asked None: every rule of the contract was asked.")
    links = [a["href"] for tag, a in page.elements if tag == "a"]
    assert links == ["data_docs/index.html"]


def test_accepted_file_with_rows_left_out() -> None:
    page = read(render([KEPT, BROKEN, LOOSE], rejected=1002))
    assert "The file is accepted; 1,002 rows are left out. Accepted" in page.text
    assert "few enough for the contract" in page.text
    assert "1 warning is worth a look." in page.text
    assert "Rows left out 1,002 5.01% of the file" in page.text
    assert "2 broken, 1 of them critical" in page.text
    links = [a["href"] for tag, a in page.elements if tag == "a"]
    assert links == ["data_docs/index.html", "rejects.csv"]
    assert "1 row is left out" in read(render([BROKEN], rejected=1)).text


def test_rejected_file_says_why_first() -> None:
    page = read(
        render(
            [COLUMNS, BROKEN],
            ["Columns are missing.", "5% are broken."],
            rejected=1002,
            references={"champion": CHAMPION},
        )
    )
    assert (
        "The file is rejected: nothing is trained on it. DataRejected"
        " Why Columns are missing. 5% are broken. The reviews come from"
    ) in page.text
    assert "The champion stays as it is." in page.text
    assert "Rows that break a critical rule 1,002" in page.text
    assert "Critical – mend this and deliver the file again" in page.text
    assert "columns · the whole file · rejects the file by itself" in page.text


@pytest.mark.parametrize(
    ("source", "says"), [("demo", True), ("reviews.csv", False), (None, False)]
)
def test_made_up_reviews_are_called_so(source: str | None, says: bool) -> None:
    content = put_together([KEPT], source=source)
    assert ("Demo data: made-up reviews." in read(to_html(content)).text) == says
    assert ("Demo data: made-up reviews." in to_markdown(content)) == says


def test_broken_rules_stand_by_severity_the_gravest_first() -> None:
    page = read(render([LOOSE, FEW, KEPT, BROKEN, COLUMNS]))
    critical, warning = section(page, "Broken rules").split(" Warning – ")
    assert re.findall(r"\b(columns|points_\w+) ·", critical) == [
        "columns",
        "points_range",
        "points_type",
    ]
    assert (
        "points: from 80 to 100. points_range · points · 1,002 rows, 5.01%"
        " row 7: 105 row 1,007: (empty) and 1,000 rows more"
    ) in critical
    assert "found: missing: country" in critical
    # A millionth is not nothing.
    assert "points_type · points · 1 row, < 0.01% row 3: ?" in critical
    assert "Every review has a title. title_nulls · title · 20,000 rows, 100%" in warning
    assert "Info" not in critical + warning


def test_rows_with_one_value_stand_together_and_long_texts_make_no_wall() -> None:
    texts = [letter * 100 for letter in "abcd"]
    finding = LOOSE._replace(examples=((1, "x"), (2000, "x"), *enumerate(texts, 3000), (4000, "")))
    assert group_examples(finding) == [
        ("rows 1, 2,000", "x"),
        ("row 3,000", texts[0]),
        ("row 3,001", texts[1]),
        ("rows 3,002, 3,003", None),
        ("row 4,000", ""),
    ]


@pytest.mark.parametrize(
    ("finding", "says"),
    [
        (MOVED, "another `--reference`, or with `--reference none`"),
        (FAR, "run again with `--reference none`"),
        (MOVED._replace(rule="points_against_champion"), "the new measure"),
        (COLUMNS, None),
        (BROKEN, None),
        (BROKEN._replace(rule="of another contract"), None),
    ],
)
def test_advice_says_what_the_severity_does_not(finding: Finding, says: str | None) -> None:
    advice = advise(finding)
    assert (advice is None) == (says is None)
    assert (says or "") in (advice or "")


def test_advice_shows_its_commands_whole() -> None:
    page = read(render([MOVED]))
    commands = [text for text in page.texts_of("code") if text.startswith("--")]
    assert commands == ["--reference", "--reference none"]


def test_nothing_to_compare_with_is_said_in_a_sentence() -> None:
    page = read(render([KEPT], profile=NOW))
    assert section(page, "What changed") == (
        "There is no file to compare with: none was accepted before, or the run was asked for none."
    )
    assert "There is nothing to compare with." in to_markdown(put_together([KEPT]))


def test_changes_stand_then_now_change() -> None:
    page = read(render([MOVED, STRANGE], profile=NOW, references={"last": LAST}))
    changed = section(page, "What changed")
    assert changed.startswith(
        "Against the file accepted on 2025-06-02 (old.csv) Figure Then Now Change"
        " Rows 1,000 10 −99.0%"
        " Points, mean 85.00 87.80 +2.80 Points, standard deviation 1.00 1.60 +0.60"
        " Points, divergence in nats 0.1235 Words unknown to it 6.25%"
        " Nulls in price 7.00% 60.00% +53.0 pp Nulls in title – 20.00% – Nulls in gone 50.00% – –"
        " From Italy 0.60% 60.00% +59.4 pp From US 0.40% 40.00% +39.6 pp"
    )
    assert "Nulls in points" not in changed
    assert "1,000 in the reference" in page.text


def test_countries_that_are_not_remembered_are_not_compared() -> None:
    many = {f"Country {letter}": 10 for letter in "abcdefghijklmno"}
    then = THEN.model_copy(update={"countries": many})
    (comparison,) = compare(NOW, {"last": Known(then, "it")}, [])
    shown = [change.figure for change in comparison.changes if "From" in change.figure]
    assert shown == [f"From Country {letter}" for letter in "abcde"]


def test_new_and_gone_words_stand_with_their_counts() -> None:
    then = THEN.model_copy(update={"tokens": {"the": 9, "plum": 1500, "fig": 7}})
    page = read(render([], profile=NOW, references={"last": Known(then, "it")}))
    changed = section(page, "What changed")
    assert "New words slate 3 Gone words plum 1,500 fig 7 pp:" in changed


def test_of_many_words_the_most_frequent_are_shown_at_once() -> None:
    tokens = {f"word{place}": 60_000 - place for place in range(50_000)}
    now = NOW.model_copy(update={"tokens": tokens})
    references = {"last": LAST, "champion": CHAMPION}
    content = put_together([], profile=now, references=references)
    begin = time.perf_counter()
    page = read(to_html(content))
    assert time.perf_counter() - begin < 5
    assert "New words – 50,000, the most frequent: word0 60,000 word1 59,999" in page.text
    assert "word14 " in page.text
    assert "word15 " not in page.text


def test_the_champion_is_compared_by_points_and_words_alone() -> None:
    references = {"last": LAST, "champion": CHAMPION}
    page = read(render([FAR], profile=NOW, references=references))
    text = section(page, "What changed").split("Against the champion's training data ")[1]
    assert text.startswith("Figure Then Now Change Rows 1,000 10 −99.0% Points, mean 85.00")
    assert "Points, divergence in nats 0.7000" in text
    assert "New words slate 3" in text
    assert "Nulls in" not in text.split("pp:")[0]


def test_a_champion_trained_on_the_reference_does_not_stand_twice() -> None:
    references = {"last": LAST, "champion": Known(THEN, "the champion's training data")}
    content = put_together([], profile=NOW, references=references)
    changed = section(read(to_html(content)), "What changed")
    assert (
        "Against the champion's training data It counts the same as the file accepted on 2025-06-02"
    ) in changed
    assert changed.count("Points, mean") == 1
    assert "data counts the same as the file accepted" in to_markdown(content)


def test_a_file_accepted_before_is_called_so() -> None:
    known = LAST._replace(accepted_before="2025-05-26")
    page = read(render([], profile=NOW, references={"last": known}))
    assert "This very file was accepted before (2025-05-26), and another one since." in page.text


def test_pictures_stand_with_the_names_of_what_they_compare() -> None:
    references = {"last": LAST, "champion": CHAMPION}
    page = read(render([], profile=NOW, references=references))
    labels = [str(a["aria-label"]).split()[0] for tag, a in page.elements if tag == "svg"]
    assert labels == ["Points.", "Prices.", "Length", "Empty"]
    assert (
        "Bars: this file. Outline: the file accepted on 2025-06-02 (old.csv). Dotted: the champion"
    ) in page.text


@pytest.mark.parametrize("references", [{}, {"last": LAST, "champion": CHAMPION}])
def test_file_without_rows_can_be_shown(references: dict[str, Known]) -> None:
    content = put_together(
        [COLUMNS],
        ["It is empty."],
        rows=0,
        references=references,
        leakage=Leakage(0, 0, 0, 0, 0, 0),
    )
    page = read(to_html(content))
    assert "Rows in the file 0" in page.text
    assert "There is nothing to draw." in page.text
    assert "Validation rows that also train 0 of 0 none" in page.text
    assert "nan" not in page.text + to_markdown(content)
    assert not references or "Points, mean 85.00 – –" in page.text


def test_leakage_is_told_for_both_kinds_of_split() -> None:
    text = section(read(render([KEPT])), "Leakage")
    assert text.startswith("1,500 rows repeat the text of an earlier row (7.50% of the file).")
    assert (
        "Validation rows that also train 150 of 2,000 (7.50%) none"
        " Test rows that also train or choose 1 of 2,000 (0.05%) none"
    ) in text
    assert "the first 16,000 rows train" in text


def test_passed_rules_are_listed_and_folded() -> None:
    page = read(render([KEPT, TOLERATED, WHOLE_FILE, NOT_ASKED]))
    assert section(page, "Rules that passed") == (
        "3 rules; some tolerate a share of rows that break them"
        " Rule Column Severity Broken rows Share"
        " points: is never empty. points_required points critical 0 0%"
        " Most have a price. price_nulls price warning 1,234 7.00%"
        " A delivery is not small. row_count the whole file critical – –"
    )
    assert [tag for tag, _ in page.elements].count("details") == 2
    assert "none broken; 1 not asked" in page.text


def test_rules_not_asked_stand_by_reason() -> None:
    other = NOT_ASKED._replace(rule="rows_near_last", not_asked="no file was accepted before")
    again = NOT_ASKED._replace(rule="country_pattern")
    page = read(render([NOT_ASKED, other, again]))
    assert section(page, "Rules not asked") == (
        "2 rules: the file has no column country"
        " Nearly every wine has one. country_nulls Nearly every wine has one. country_pattern"
        " 1 rule: no file was accepted before Nearly every wine has one. rows_near_last"
    )


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0.00004, "< 0.01%"), (0.99996, "> 99.99%"), (0.5, "50.00%"), (0, "0%"), (None, "–")],
)
def test_a_share_is_never_rounded_to_none_or_all(fraction: float | None, shown: str) -> None:
    assert format_share(fraction) == shown


def test_invisible_characters_are_shown_by_their_numbers() -> None:
    assert show_text("a\u200bb\u202e\x07\xad") == "a[U+200B]b[U+202E][U+0007][U+00AD]"
    assert show_text("two\nlines\tand é") == "two\nlines\tand é"
    assert show_text("x" * 50, 40) == "x" * 39 + "…"
    assert show_text("x" * 40, 40) == "x" * 40


@pytest.mark.parametrize(
    ("observed", "shown"),
    [
        ("98.5404323458767", "98.54"),
        ("129971", "129,971"),
        ("-0.25", "−0.25"),
        ("12345.678", "12,345.7"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("title from 0.0% to 20.6%", "title from 0.0% to 20.6%"),
    ],
)
def test_what_was_found_has_the_digits_that_people_read(observed: str, shown: str) -> None:
    assert show_observed(observed) == shown


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
        NOT_ASKED._replace(not_asked=NASTY),
    ]
    tokens = {NASTY: 9, long: 8, "\u202e": 7, "fine": 2}
    countries = {NASTY: 5, long: 3}
    nasty = NOW.model_copy(update={"tokens": tokens, "countries": countries})
    gone = THEN.model_copy(update={"tokens": {f"gone {NASTY}": 9}, "countries": {}})
    references = {"last": Known(gone, NASTY, NASTY), "champion": Known(THEN, f"{NASTY} {long}")}
    return put_together(
        findings, reasons, rejected=4, source=NASTY, profile=nasty, references=references
    )


def test_nothing_in_the_data_comes_alive() -> None:
    page = read(to_html(nasty_content([NASTY])))
    assert {"script", "img"}.isdisjoint(tag for tag, _ in page.elements)
    links = [a["href"] for tag, a in page.elements if tag == "a"]
    assert links == ["data_docs/index.html", "rejects.csv"]
    # The reason, the source, what was found, the names twice and when it was accepted, not asked.
    assert page.text.count(show_text(NASTY)) == 1 + 1 + 1 + 2 * 2 + 1 + 1
    assert "\u202e" not in page.text


def test_markdown_holds_what_must_be_known_first() -> None:
    references = {"last": LAST._replace(profile=CHAMPION.profile)}
    findings = [KEPT, BROKEN, MOVED, STRANGE, NOT_ASKED]
    markdown = to_markdown(
        put_together(findings, ["Too many."], rejected=1002, profile=NOW, references=references)
    )
    page = read(MarkdownIt().enable("table").render(markdown))
    assert page.text.startswith(
        "DataRejected: The file is rejected: nothing is trained on it. Too many."
        " 1,002 of 20,000 rows break a critical rule. Broken rules"
    )
    for expected in (
        "critical points: from 80 to 100. points_range 1,002 row 7: 105; row 1,007: (empty) –",
        "warning Distributed as before. points_against_last – 0.1235 If the change is meant",
        "Against the file accepted on 2025-06-02 (old.csv):",
        "Nulls in price 7.00% 60.00% +53.0 pp",
        "Words that are new: slate (3)",
        "Split by position, 150 of 2,000 validation rows would also train, and 1 of 2,000 test",
        "Rules not asked: the file has no column country (1).",
    ):
        assert expected in page.text
    assert "No rule is broken." in to_markdown(put_together([KEPT]))


def test_nothing_in_the_markdown_comes_alive() -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    page = read(parser.render(to_markdown(nasty_content([NASTY]))))
    assert {"script", "img", "a"}.isdisjoint(tag for tag, _ in page.elements)
    assert "\u202e" not in page.text


def test_same_findings_give_the_same_page() -> None:
    def make() -> str:
        references = {"last": LAST._replace(name="the file before"), "champion": CHAMPION}
        findings = [KEPT, BROKEN, NOT_ASKED]
        return render(findings, ["Why."], profile=NOW, references=references)

    assert make() == make()
    assert not re.search(r"\b20\d\d-\d\d", make())


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="references"):
        render_page("data_quality.html", findings=[], verdict="Accepted", reasons=[])


@pytest.mark.parametrize(
    ("stage", "own"),
    [
        ("tasks.report", {"run_report.html", "run_macros.html"}),
        ("tasks.validate", {"data_quality.html", "quality_macros.html"}),
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
    shown = render([KEPT], ["<b>a</b>"], contract_version=trust_markup("<i>b</i>"))
    assert "&lt;b&gt;a&lt;/b&gt;" in shown
    assert "<i>b</i>" in shown


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
