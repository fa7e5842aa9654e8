"""The page of a tuning."""

from __future__ import annotations

from typing import Any

from tasks.pages.page import render_page, trust_markup
from tasks.pages.tuning_content import KINDS, tabulate, write_headline
from tasks.pages.tuning_figures import draw_setting, draw_trials, rank_dimensions
from tasks.pages.wording import show_text
from tasks.trials.results import choose_best


def to_html(content: dict[str, Any]) -> str:
    """Render the page.

    Args:
        content: `trials`, `dimensions`, `base` (name of the preset), `preset` (text of the preset
            file; empty without one), `source`, `rows` and `target`.
    """
    trials, dimensions, target = content["trials"], content["dimensions"], content["target"]
    best = choose_best(trials)
    pictures = {}
    if best is not None:
        pictures["trials"] = trust_markup(draw_trials(trials, target))
        for dimension in rank_dimensions(trials, dimensions):
            pictures[dimension.name] = trust_markup(draw_setting(trials, dimension, target))
    return render_page(
        "tuning.html",
        headline=write_headline(trials, content["base"], target),
        kinds=KINDS,
        table_rows=tabulate(trials, dimensions, target),
        best=str(best.number) if best else "",
        pictures=pictures,
        preset=content["preset"],
        rows=content["rows"],
        chosen=content["base"],
        source=show_text(content["source"]),
        demo=content["source"] == "demo",
    )
