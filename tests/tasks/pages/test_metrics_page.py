"""The page of the metrics over runs, its curve, and the same as Markdown."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from tasks.pages.metrics_content import (
    pick_figures,
    tabulate,
    to_markdown,
    write_headline,
    write_lead,
)
from tasks.pages.metrics_curve import DATES_MAX, draw_metrics
from tasks.pages.metrics_page import to_html
from tasks.reporting.run_records import ReigningChampion, Retrainings
from tasks.storage.run_names import RUNS_SHOWN
from tests.contracts import POINTS
from tests.parsed_page import read
from tests.tasks.pages.retrainings import fifteen, nasty_retrainings, retraining
from tests.tasks.pages.test_figures import label_of, texts_of


def test_the_curve_says_in_words_what_it_shows() -> None:
    assert label_of(draw_metrics(fifteen(), POINTS)) == (
        "Test MAE over 15 retrainings. The candidates' goes from 1.710 to 1.190; the least is"
        " 1.190. The champion's was 1.200 when it was promoted."
    )


@pytest.mark.parametrize(("maximum", "shown"), [(81, "1.2346"), (100, "1.235"), (180, "1.23")])
def test_errors_have_the_decimals_of_the_run_page(maximum: float, shown: str) -> None:
    target = POINTS.model_copy(update={"maximum": maximum})
    mae = 1.2345678
    champion = ReigningChampion(version="a", test_mae=mae)
    runs = [retraining(0, "KeptChampion", mae, metrics={"test_mae": mae}, champion=champion)]
    assert target.format_error(mae) == shown
    assert f"test MAE was {shown} when" in write_headline(runs, target)
    assert f"is {shown}. The champion's was {shown} when" in label_of(draw_metrics(runs, target))
    assert [figure for _, figure, _ in pick_figures(runs, target)] == [shown, shown]
    assert [row["its MAE"] for row in tabulate(runs, target)] == [shown]
    markdown = to_markdown(Retrainings(runs, "", 0), None, target).replace("\\", "")
    assert markdown.count(f" {shown} ") == 3


def test_lines_verdicts_and_some_of_the_days_are_named() -> None:
    texts = texts_of(draw_metrics(fifteen(), POINTS))
    lines = ["candidate", "candidate, unseen", "champion, when promoted", "ridge"]
    verdicts = ["Promoted", "KeptChampion", "NotPromoted", "DataRejected"]
    assert [text for text in texts if text in (*lines, *verdicts)] == [*lines, *verdicts]
    assert texts.count("2026") == DATES_MAX
    assert "13 Apr" in texts


def test_the_runs_of_a_single_day_are_told_apart_by_their_hours() -> None:
    first = retraining(0, "KeptChampion", 1.5)
    later = first.model_copy(update={"finished": first.finished + timedelta(hours=3)})
    texts = texts_of(draw_metrics([first, later], POINTS))
    assert [f"{run.finished:%H:%M}" in texts for run in (first, later)] == [True, True]
    assert f"{first.finished:%Y}" not in texts


@pytest.mark.parametrize(
    ("verdict", "count"),
    [("Promoted", 4), ("KeptChampion", 7), ("NotPromoted", 1), ("DataRejected", 3)],
)
def test_each_run_has_the_mark_of_its_verdict(verdict: str, count: int) -> None:
    runs = fifteen()
    unmarked = [
        run.model_copy(update={"verdict": "?"}) if run.verdict == verdict else run for run in runs
    ]
    with_marks, without = (draw_metrics(drawn, POINTS).count("<use ") for drawn in (runs, unmarked))
    # One more stands in the legend.
    assert with_marks - without == count + 1


def test_the_champions_line_is_a_step_at_each_change() -> None:
    champion = ReigningChampion(version="a", test_mae=1.4)
    better = ReigningChampion(version="b", test_mae=1.2)
    steady = [retraining(n, "KeptChampion", 1.5, champion=champion) for n in range(4)]
    changed = [*steady[:2], *(run.model_copy(update={"champion": better}) for run in steady[2:])]
    back = [*changed[:3], steady[3]]
    unknown = [run.model_copy(update={"champion": None}) for run in steady]
    drawn = [draw_metrics(runs, POINTS) for runs in (steady, changed, back, unknown)]
    assert len(set(drawn)) == 4
    assert ["champion, when promoted" in svg for svg in drawn] == [True, True, True, False]


@pytest.mark.parametrize("verdict", ["Promoted", "NotPromoted"])
def test_one_run_is_a_picture_too(verdict: str) -> None:
    page = read(to_html([retraining(0, verdict, 1.42)], POINTS))
    assert page.text.startswith(
        "Metrics over runs There is no champion yet 1 retraining of this store:"
        f" 1 {verdict}. Runs that found nothing new are left out."
    )
    assert sum(tag == "svg" for tag, _ in page.elements) == 1


def test_without_a_measured_model_there_is_no_curve() -> None:
    page = read(to_html([retraining(0, "DataRejected", None)], POINTS))
    assert "No run has measured a model yet." in page.text
    assert all(tag != "svg" for tag, _ in page.elements)
    assert "2026-01-05 04:03 DataRejected – – 100,000 – 0 of 3" in page.text


def test_the_table_shows_every_run_the_newest_first() -> None:
    runs = fifteen()
    page = read(to_html(runs, POINTS))
    ended = [f"{run.finished:%Y-%m-%d %H:%M}" for run in reversed(runs)]
    assert [text for text in page.texts_of("th") if text][-15:] == ended
    assert (
        "2026-04-13 04:03 KeptChampion 1.190 1.220 2.700 1.520 000000000000000c 1.200 135,000"
        " +2,500 0 of 10 https://example.org/deliveries/reviews.csv"
    ) in page.text
    markdown = to_markdown(Retrainings(runs, "runs/1", 3), "s3://wine/runs/metrics.html", POINTS)
    assert markdown.startswith("The whole page: `s3://wine/runs/metrics.html`\n\n# ")
    assert "Since the newest of these 3 found nothing new." in markdown
    assert markdown.count(r"| 2026\-") == 15


def test_demo_reviews_are_named_where_there_are_no_others() -> None:
    demo = retraining(0, "Promoted", 1.4, source="demo")
    assert "made-up reviews" in to_html([demo], POINTS)
    assert "made-up reviews" not in to_html([demo, retraining(1, "Promoted", 1.4)], POINTS)


def test_records_of_an_older_version_are_shown() -> None:
    old = retraining(0, "Promoted", 1.4, flow="", rows=None, new_rows=None, stages=0)
    page = read(to_html([old], POINTS))
    assert page.text.startswith("Metrics over runs Metrics over runs 1 retraining")
    assert "2026-01-05 04:03 Promoted 1.400 1.430 2.700 1.500 – – – – – https" in page.text


def test_only_the_newest_are_called_so() -> None:
    runs = [retraining(n, "Promoted", 1.4) for n in range(RUNS_SHOWN)]
    assert write_lead(runs).startswith(f"The newest {RUNS_SHOWN} retrainings of this store: ")
    assert write_lead(runs[1:]).startswith(f"{RUNS_SHOWN - 1} retrainings of this store: ")


def test_no_text_of_a_record_comes_alive() -> None:
    runs = nasty_retrainings()
    # The lead, two figures, the name of a column; verdict, champion and source in the table.
    page = read(to_html(runs, POINTS))
    assert not {tag for tag, _ in page.elements} & {"script", "img", "a"}
    assert page.text.count("<script>") == 7
    markdown = to_markdown(Retrainings(runs, "runs/1", 0), "`x`\n# <script>", POINTS)
    assert "<script>" not in markdown.split("\n\n", 1)[1]
    assert markdown.startswith("The whole page: `?x?")


@pytest.mark.heavy
def test_what_a_run_shows_loads_nothing_heavy() -> None:
    program = (
        "import sys, tasks.reporting.prefect_artifacts;"
        "print(sorted({'matplotlib', 'jinja2', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    asked = [sys.executable, "-c", program]
    shown = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
