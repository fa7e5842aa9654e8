"""The report's pictures: what they say, and that they can stand in any page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from data_contracts.dataset import Target
from tasks.pages.drawing import COLOURS
from tasks.pages.figures import (
    draw_epochs,
    draw_errors,
    draw_learning_curve,
    draw_predictions,
    draw_scores,
)
from tests.contracts import SHARE, WINE

HISTORY = [
    {"loss": 2.5, "validation_mae": 1.9},
    {"loss": 1.5, "validation_mae": 1.625},
    {"loss": 1.25, "validation_mae": 1.75},
]
CURVE = [
    {"rows": 250, "network": 2.4, "ridge": 2.2},
    {"rows": 500, "network": 2.1, "ridge": 2.0},
    {"rows": 1_000, "network": 1.875, "ridge": 1.75},
]
TARGET = WINE.dataset.target
POINTS = np.array([80, 80, 80, 90, 90, 100])
PREDICTED = np.array([82.0, 83.0, 84.0, 89.0, 91.0, 97.0])
SCORES = {"Network": (1.25, 1.5), "Ridge <on> words & more": (1.75, None), "Median": (2.5, 2.5)}

DRAWINGS: dict[str, Callable[[], str]] = {
    "epochs": lambda: draw_epochs(HISTORY, 2, TARGET),
    "curve": lambda: draw_learning_curve(CURVE, TARGET),
    "predictions": lambda: draw_predictions(POINTS, PREDICTED, TARGET),
    "errors": lambda: draw_errors(POINTS, PREDICTED - POINTS, TARGET),
    "scores": lambda: draw_scores(SCORES, TARGET),
}


def texts_of(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)  # noqa: S314 - of our own making
    return ["".join(e.itertext()) for e in root.iter("{http://www.w3.org/2000/svg}text")]


def label_of(svg: str) -> str:
    root = ElementTree.fromstring(svg)  # noqa: S314 - of our own making
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == title.text
    return root.attrib["aria-label"]


def test_the_epochs_name_the_best_one() -> None:
    svg = DRAWINGS["epochs"]()
    assert label_of(svg) == (
        "Training over 3 epochs. The training loss goes from 2.50 to 1.25; the"
        " validation MAE is lowest, 1.625, in epoch 2."
    )
    assert {"1", "2", "3", "epoch", "validation MAE (points)", "training loss"} <= set(
        texts_of(svg)
    )


def test_the_learning_curve_names_both_models_and_their_ends() -> None:
    svg = DRAWINGS["curve"]()
    assert label_of(svg) == (
        "Learning curve from 250 to 1,000 training reviews. The validation MAE of the model goes"
        " from 2.400 to 1.875, that of ridge from 2.200 to 1.750."
    )
    texts = {"training reviews", "validation MAE (points)", "model", "ridge", "0"}
    assert texts <= set(texts_of(svg))


def test_ring_and_line_stand_at_the_best_epoch() -> None:
    """The line and the ring are the only marks that move with the best epoch."""
    places = []
    for best in (1, 2, 3):
        svg = draw_epochs(HISTORY, best, TARGET)
        (line,) = re.findall(r'd="M ([\d.]+) [\d.]+ \nL \1 [\d.]+ \n"[^>]*stroke-dasharray', svg)
        places.append(float(line))
        ring = re.findall(rf'<use [^>]*x="{line}"', svg)
        assert len(ring) >= 3  # of both curves and of the ring; more where a tick stands there
    assert places[1] - places[0] == pytest.approx(places[2] - places[1])
    assert places[0] < places[1]


def test_predictions_tell_the_middle_of_the_lowest_and_the_highest() -> None:
    svg = DRAWINGS["predictions"]()
    assert label_of(svg) == (
        "Predicted against actual points. The middle prediction is 83.000 where it is 80 and 97.000"
        " where it is 100."
    )
    assert {"actual points", "predicted points", "exact", "90"} <= set(texts_of(svg))


def test_errors_tell_the_mean_of_the_lowest_and_the_highest() -> None:
    svg = DRAWINGS["errors"]()
    assert label_of(svg) == (
        "Error by actual points. The mean error goes from +3.000 where it is 80 to -3.000 where"
        " it is 100."
    )
    assert {"actual points", "predicted − actual (points)"} <= set(texts_of(svg))


def test_scores_name_every_model_and_figure() -> None:
    svg = DRAWINGS["scores"]()
    assert label_of(svg) == (
        "MAE on the test set (points): Network 1.250; Ridge <on> words & more 1.750; Median 2.500."
    )
    shown = [
        text for text in texts_of(svg) if text in {*SCORES} or re.fullmatch(r"\d\.\d{3}", text)
    ]
    assert shown == [
        "1.250",
        "1.500",
        "Network",
        "1.750",
        "Ridge <on> words & more",
        "2.500",
        "2.500",
        "Median",
    ]


def test_bars_are_as_long_as_their_figures() -> None:
    bars = re.findall(
        r'd="M ([\d.]+) [\d.]+ \nL ([\d.]+) [\d.]+ \n[^"]*z\n"[^>]*(?:fill|opacity)[^>]*opacity',
        DRAWINGS["scores"](),
    )
    lengths = [float(end) - float(start) for start, end in bars]
    assert np.divide(lengths, lengths[0]) == pytest.approx([1, 1.2, 1.4, 2, 2], rel=1e-4)


@pytest.mark.parametrize("name", DRAWINGS)
def test_picture_takes_colours_from_the_page_and_keeps_to_itself(name: str) -> None:
    svg = DRAWINGS[name]()
    assert not set(COLOURS) & set(re.findall(r"#[0-9a-f]{6}", svg.lower()))
    assert "fill: currentColor" in svg
    assert "var(--accent" in svg
    # White would glare on a dark page, and a style sheet would reach the page's other parts.
    assert not re.search(r"#ffffff|<style|<metadata|<script|<!DOCTYPE|<\?xml", svg)
    addresses = re.findall(r"\w+://[^\"'\s]*", svg)
    assert set(addresses) == {"http://www.w3.org/2000/svg"}


def test_pictures_of_one_page_share_no_ids() -> None:
    together = "".join(draw() for draw in DRAWINGS.values())
    ids = re.findall(r'\bid="([^"]+)"', together)
    assert len(ids) == len(set(ids)) > 50
    targets = re.findall(r'(?:href="|url\()#([^")]+)', together)
    assert targets
    assert set(targets) <= set(ids)


def test_pictures_of_one_value_can_be_drawn() -> None:
    one, zero = np.array([88]), np.array([0.0])
    assert "over 1 epoch." in label_of(draw_epochs(HISTORY[:1], 1, TARGET))
    assert "88.000 where it is 88" in label_of(draw_predictions(one, one.astype(float), TARGET))
    assert "+0.000 where it is 88" in label_of(draw_errors(one, zero, TARGET))
    assert "Network 0.000" in label_of(draw_scores({"Network": (0.0, None)}, TARGET))


def test_a_target_with_a_step_has_a_box_for_each_of_its_values() -> None:
    stars = Target(name="stars", unit="", minimum=1, maximum=5, step=0.5)
    actual = np.array([1.0, 1.5, 1.5, 4.5])
    predicted = np.array([1.5, 2.0, 3.0, 4.0])
    svg = draw_predictions(actual, predicted, stars)
    assert label_of(svg) == (
        "Predicted against actual stars. The middle prediction is 1.500 where it is 1.0 and 4.000"
        " where it is 4.5."
    )
    assert {"actual stars", "predicted stars"} <= set(texts_of(svg))
    svg = draw_errors(actual, predicted - actual, stars)
    assert "from +0.500 where it is 1.0 to -0.500 where it is 4.5." in label_of(svg)
    assert {"actual stars", "predicted − actual"} <= set(texts_of(svg))
    assert "MAE" in texts_of(draw_scores(SCORES, stars))
    assert "validation MAE" in texts_of(draw_epochs(HISTORY, 1, stars))


def test_values_between_steps_are_drawn_in_bins() -> None:
    """Of a target without a step each bin is a fortieth of the scale."""
    actual = np.array([0.49, 0.5, 0.51, 0.9])
    predicted = np.array([0.25, 0.5, 0.75, 1.0])
    label = label_of(draw_predictions(actual, predicted, SHARE))
    assert "prediction is 0.5000 where it is 0.500 and 1.0000 where it is 0.900." in label
    label = label_of(draw_errors(actual, predicted - actual, SHARE))
    assert "from +0.0000 where it is 0.500 to +0.1000 where it is 0.900." in label


def test_names_with_dollar_signs_are_no_formulas() -> None:
    target = TARGET.model_copy(update={"name": "$^$", "unit": "$^$ "})
    assert "actual $^$ ($^$ )" in texts_of(draw_predictions(POINTS, PREDICTED, target))
    assert "MAE ($^$ )" in texts_of(draw_scores(SCORES, target))


def test_nothing_global_is_read_or_changed() -> None:
    before = dict(matplotlib.rcParams)
    expected = DRAWINGS["epochs"]()
    assert dict(matplotlib.rcParams) == before
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        assert DRAWINGS["epochs"]() == expected


@pytest.mark.slow
def test_bytes_are_the_same_in_another_process(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nlines.linewidth: 9\n")
    program = (
        "import sys; from tests.tasks.pages.test_figures import DRAWINGS;"
        "sys.stdout.write(''.join(draw() for draw in DRAWINGS.values()));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "MPLCONFIGDIR": str(tmp_path)}
    environment |= {"SOURCE_DATE_EPOCH": "86400", "TZ": "Asia/Tokyo"}
    root = Path(__file__).parents[3]
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, env=environment, cwd=root
    )
    assert other.stdout.decode() == "".join(draw() for draw in DRAWINGS.values())
