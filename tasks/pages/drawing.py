"""Drawing with matplotlib to SVG for HTML pages, in the colours of the page.

Equal numbers give equal bytes. matplotlib's global state is neither read nor changed.
"""

from __future__ import annotations

import contextlib
import html
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

# Placeholders for the colours of the page's style sheet, which replace them after drawing.
INK, QUIET, LINE, ACCENT = "#010203", "#010204", "#010205", "#010206"
COLOURS = {
    INK: "currentColor",
    QUIET: "var(--quiet, #655d60)",
    LINE: "var(--line, #ddd6d8)",
    ACCENT: "var(--accent, #86204a)",
}

WIDTH_INCHES, HEIGHT_INCHES = 4.8, 3.3
"""Narrow enough for legible text on a phone; a laptop shows two pictures side by side."""

STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "wine-points",
    "font.size": 11,
    "font.sans-serif": ["DejaVu Sans"],  # only measures; the page's own font is shown
    "text.parse_math": False,  # a name with dollar signs is no formula
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
}


class Margins(NamedTuple):
    """Distances in inches between the axes and the picture's edges."""

    left: float
    right: float
    bottom: float
    top: float


class Drawing:
    """A figure and its axes, and, after drawing, the SVG."""

    def __init__(self, height_inches: float, margins: Margins | None) -> None:
        self.figure = Figure(
            (WIDTH_INCHES, height_inches), layout=None if margins else "constrained"
        )
        self.axes: Axes = self.figure.subplots()
        self.svg = ""
        if margins:
            self.figure.subplots_adjust(
                margins.left / WIDTH_INCHES,
                margins.bottom / height_inches,
                1 - margins.right / WIDTH_INCHES,
                1 - margins.top / height_inches,
            )


@contextlib.contextmanager
def start_drawing(
    name: str, description: str, height: float = HEIGHT_INCHES, margins: Margins | None = None
) -> Iterator[Drawing]:
    """Draw in this project's style, whatever the machine's matplotlibrc says.

    Args:
        name: prefix of the picture's ids, which must be unique on a page.
        description: text alternative of the picture.
        height: in inches.
        margins: space for labels around the axes; None: matplotlib measures the labels, which
            doubles the time.
    """
    with matplotlib.style.context(["default", STYLE]):
        drawing = Drawing(height, margins)
        yield drawing
        file = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        drawing.figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    drawing.svg = _adapt_svg(file.getvalue(), name, html.escape(description))


def _adapt_svg(svg: str, name: str, description: str) -> str:
    """Adapt size, colours and ids of a saved SVG to the page."""
    box = re.search(r'viewBox="([^"]+)"', svg)
    if box is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    body = svg[svg.index(">", box.end()) + 1 :]
    # Its style sheet would apply to the whole page.
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r"url\(#", f"url(#{name}-", body)
    body = re.sub(r'xlink:href="#', f'href="#{name}-', body)
    for placeholder, colour in COLOURS.items():
        body = body.replace(placeholder, colour)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}" role="img"'
        f' aria-label="{description}" stroke-linejoin="round">\n<title>{description}</title>{body}'
    ).rstrip()


def whole_numbers() -> MaxNLocator:
    """Place the ticks of an axis at whole numbers."""
    return MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10])
