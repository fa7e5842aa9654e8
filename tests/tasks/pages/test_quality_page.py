"""The page about the data, rendered from findings made by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data_contracts.findings import Finding
from data_contracts.profile import Known
from tasks.modelling.leakage import Leakage
from tasks.pages.quality_markdown import to_markdown
from tasks.pages.quality_page import to_html
from tasks.pages.wording import show_text
from tests.contracts import STARS_COLUMNS, column, make_contract
from tests.parsed_page import read
from tests.reported_runs import NASTY
from tests.tasks.pages.profiles import NOW
from tests.tasks.pages.quality_contents import (
    BROKEN,
    CHAMPION,
    COLUMNS,
    FEW,
    KEPT,
    LAST,
    LOOSE,
    MOVED,
    NOT_EVALUATED,
    TOLERATED,
    WHOLE_FILE,
    nasty_content,
    put_together,
    render,
    section,
)

pytestmark = pytest.mark.heavy


def test_accepted_file_without_a_flaw() -> None:
    page = read(render([KEPT, WHOLE_FILE]))
    assert page.text.startswith(
        "Data quality report · wine_reviews · contract 1.2.3"
        " The file is accepted with all its rows. Accepted No rule of the contract is broken."
        " The reviews come from reviews.csv (CSV in UTF-8, with semicolons between fields)."
        " Each rule with its parameters is in the Data Docs."
        " Rows in the file 20,000 Rows left out 0 Rules kept 2 of 2 none broken"
    )
    assert page.texts_of("h2") == [
        "Broken rules",
        "What changed",
        "Distributions",
        "Leakage",
        "Rules that passed",
        "Rules not evaluated",
    ]
    assert section(page, "Broken rules") == "None."
    assert page.text.endswith("Rules not evaluated All rules were evaluated.")
    links = [a["href"] for tag, a in page.elements if tag == "a"]
    assert links == ["data_docs/index.html"]


def test_accepted_file_with_rows_left_out() -> None:
    page = read(render([KEPT, BROKEN, LOOSE], rejected=1002))
    assert "The file is accepted; 1,002 rows are left out. Accepted" in page.text
    assert "The contract tolerates the number of rejected rows" in page.text
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
    ("reasons", "rejected", "said"),
    [
        ([], 5_001, "each row that breaks a critical rule in rejects.csv."),
        (["Why."], 5_000, "each row that breaks a critical rule in rejects.csv."),
        (["Why."], 5_001, "the first 5,000 rows that break each critical rule in rejects.csv."),
        (["Why."], 0, "Each rule with its parameters is in the Data Docs. The champion"),
    ],
)
def test_page_says_which_rows_are_listed(reasons: list[str], rejected: int, said: str) -> None:
    references = {"champion": CHAMPION}
    assert said in read(render([BROKEN], reasons, rejected=rejected, references=references)).text


def test_page_does_not_say_how_the_vectorizer_of_a_run_splits() -> None:
    text = read(render([KEPT], profile=NOW)).text
    assert "tokens, which are separated by white space, without punctuation." in text
    assert "vectorizer" not in text


def test_page_says_how_many_values_are_shown() -> None:
    text = read(render([KEPT], references={"last": LAST})).text
    expected = (
        "up to 5 of the most frequent values of each sliced column: those whose share changed most,"
        " by 1 pp"
    )
    assert expected in text


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


def test_advice_shows_its_commands_whole() -> None:
    page = read(render([MOVED]))
    commands = [text for text in page.texts_of("code") if text.startswith("--")]
    assert commands == ["--reference", "--reference none"]


def test_pictures_stand_with_the_names_of_what_they_compare() -> None:
    references = {"last": LAST, "champion": CHAMPION}
    page = read(render([], profile=NOW, references=references))
    labels = [str(a["aria-label"]).split()[0] for tag, a in page.elements if tag == "svg"]
    assert labels == ["points.", "price.", "Length", "Empty"]
    assert (
        "Bars: this file. Outline: the file accepted on 2025-06-02 (old.csv). Dotted: the champion"
    ) in page.text


def test_columns_may_have_the_names_of_other_pictures(tmp_path: Path) -> None:
    edges = {"sliceEdges": [1], "unit": "<b>"}
    named = [column(name, "number", **edges) for name in ("lengths", "nulls", "target", "x y")]
    contract = make_contract(tmp_path, [*named, *STARS_COLUMNS[-2:]])
    histograms = {name: [1, 2] for name in ("lengths", "nulls", "target", "x y")}
    now = NOW.model_copy(update={"histograms": histograms, "categories": {}})
    html = render([], profile=now, contract=contract)
    page = read(html)
    labels = [str(a["aria-label"]).split(". ")[0] for tag, a in page.elements if tag == "svg"]
    assert labels == ["stars", "lengths", "nulls", "target", "x y", *labels[-2:]]
    assert [label.split()[0] for label in labels[-2:]] == ["Length", "Empty"]
    assert "stars, as shares of the reviews that have it." in page.text
    assert "Length of text in tokens" in page.text
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_notes_say_how_the_file_was_read() -> None:
    notes = ["`Points` was read as points.", "A <b>name</b>."]
    content = put_together([KEPT], notes=notes)
    page = read(to_html(content))
    assert "How the file was read `Points` was read as points. A <b>name</b>." in page.text
    assert not [tag for tag, _ in page.elements if tag == "b"]
    assert "was read as points" in to_markdown(content)


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
    assert "Validation rows also in the training set 0 of 0 none" in page.text
    assert "nan" not in page.text + to_markdown(content)
    assert not references or "points, mean 85.000 – –" in page.text


def test_leakage_is_told_for_both_kinds_of_split() -> None:
    text = section(read(render([KEPT])), "Leakage")
    assert text.startswith("1,500 rows repeat the text of an earlier row (7.50% of the file).")
    assert (
        "Validation rows also in the training set 150 of 2,000 (7.50%) none"
        " Test rows also in the training or validation set 1 of 2,000 (0.05%) none"
    ) in text
    assert "by position, as in the preset notebook, trains on the first 16,000 rows." in text
    assert "by text, as in all other presets, keeps equal texts on one side." in text


def test_passed_rules_are_listed_and_folded() -> None:
    page = read(render([KEPT, TOLERATED, WHOLE_FILE, NOT_EVALUATED]))
    assert section(page, "Rules that passed") == (
        "3 rules; some tolerate a share of rows that break them"
        " Rule Column Severity Broken rows Share"
        " points: is never empty. points_required points critical 0 0%"
        " Most have a price. price_nulls price warning 1,234 7.00%"
        " A delivery is not small. row_count the whole file critical – –"
    )
    assert [tag for tag, _ in page.elements].count("details") == 2
    assert "none broken; 1 not evaluated" in page.text


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([KEPT, WHOLE_FILE], "The severity of all is critical. No row breaks any of them. Rule"),
        ([TOLERATED], "The severity of all is warning. Rule Column Broken rows Share Most have"),
        (
            [KEPT, WHOLE_FILE._replace(severity="warning")],
            "No row breaks any of them. Rule Column Severity points: is",
        ),
    ],
)
def test_a_column_that_is_equal_in_every_row_is_said_once(
    findings: list[Finding], said: str
) -> None:
    assert said in section(read(render(findings)), "Rules that passed")


def test_rules_not_evaluated_stand_by_reason() -> None:
    other = NOT_EVALUATED._replace(
        rule="rows_near_last", not_evaluated="no file was accepted before"
    )
    again = NOT_EVALUATED._replace(rule="country_pattern")
    page = read(render([NOT_EVALUATED, other, again]))
    assert section(page, "Rules not evaluated") == (
        "2 rules: the file has no column country"
        " Nearly every wine has one. country_nulls Nearly every wine has one. country_pattern"
        " 1 rule: no file was accepted before Nearly every wine has one. rows_near_last"
    )


def test_nothing_in_the_data_comes_alive() -> None:
    page = read(to_html(nasty_content([NASTY])))
    assert {"script", "img"}.isdisjoint(tag for tag, _ in page.elements)
    links = [a["href"] for tag, a in page.elements if tag == "a"]
    assert links == ["data_docs/index.html", "rejects.csv"]
    # The reason, the source, the note, what was found, the names twice and when it was accepted,
    # not asked, and the files of three rows.
    assert page.text.count(show_text(NASTY)) == 1 + 1 + 1 + 1 + 2 * 2 + 1 + 1 + 3
    assert "\u202e" not in page.text


def test_same_findings_give_the_same_page() -> None:
    def make() -> str:
        references = {"last": LAST._replace(name="the file before"), "champion": CHAMPION}
        findings = [KEPT, BROKEN, NOT_EVALUATED]
        return render(findings, ["Why."], profile=NOW, references=references)

    assert make() == make()
    assert not re.search(r"\b20\d\d-\d\d", make())
