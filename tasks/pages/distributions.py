"""Pictures of a file's distributions and those of its references.

They show shares and not counts, because the files differ in size.
"""

from __future__ import annotations

import numpy as np

from data_contracts.bands import name_bands
from data_contracts.dataset import Column, Target
from data_contracts.profile import TOKEN_EDGES, TOKENS_PER_BIN, Profile
from tasks.pages.bars import draw_bars, draw_rows, start_comparison
from tasks.pages.drawing import whole_numbers
from tasks.pages.shares import (
    CHAMPION,
    FILE,
    REFERENCE,
    find_middle,
    mean_level,
    place_bars,
    share_bins,
    share_levels,
)

NULLS_SHOWN_MIN = 0.001
NAME_MAX = 24


def draw_target(
    target: Target, now: Profile, last: Profile | None, champion: Profile | None
) -> str | None:
    """Draw the target of this file, of the reference and of the champion's training data.

    Returns:
        The picture, or None if no review of this file has a target.
    """
    counts = {FILE: now.target_counts}
    counts |= {REFERENCE: last.target_counts} if last else {}
    counts |= {CHAMPION: champion.target_counts} if champion else {}
    counts = {side: levels for side, levels in counts.items() if levels}
    if FILE not in counts:
        return None
    edges = place_bars(list(counts.values()))
    shares = {side: share_levels(levels, edges) for side, levels in counts.items()}
    description = f"{target.name}. " + " ".join(
        f"{_naming(side).capitalize()} has a mean of"
        f" {mean_level(levels) * target.bin:.{target.mean_digits}f}, and"
        f" most often {max(levels, key=lambda level: levels[level]) * target.bin:.15g}."
        for side, levels in counts.items()
    )
    outside = 1 - float(shares[FILE].sum())
    label = target.title + (f" ({outside:.1%} of this file lie outside)" if outside > 1e-6 else "")
    with start_comparison("target", description, shares) as drawing:
        draw_bars(drawing, edges * target.bin, shares)
        drawing.axes.set_xlabel(label)
        if target.step == 1:
            drawing.axes.xaxis.set_major_locator(whole_numbers())
    return drawing.svg


def draw_histogram(column: Column, now: Profile, last: Profile | None) -> str | None:
    """Draw the share of each band of a column of numbers, if it has any values."""
    before = last.histograms.get(column.name) if last else None
    shares = share_bins(now.histograms[column.name], before)
    if FILE not in shares:
        return None
    edges = column.histogram_edges or ()
    described = name_bands(edges, column.unit)
    description = f"{column.name}. " + " ".join(
        f"In {_naming(side)} the middle value is {described[find_middle(part)]}."
        for side, part in shares.items()
    )
    # A name may hold characters that an id must not.
    name = f"histogram-{column.name.encode().hex()}"
    return draw_rows(name, description, name_bands(edges), shares)


def draw_lengths(now: Profile, last: Profile | None) -> str | None:
    """Draw the share of the reviews of each length in tokens, if there are any."""
    shares = share_bins(now.token_bins, last.token_bins if last else None)
    if FILE not in shares:
        return None
    bands = name_bands(TOKEN_EDGES, "tokens")
    description = "Length of the reviews. " + " ".join(
        f"In {_naming(side)} the middle review has {bands[find_middle(part)]}."
        for side, part in shares.items()
    )
    shown = 1 + max(int(np.flatnonzero(part)[-1]) for part in shares.values())
    edges = np.arange(shown + 1.0) * TOKENS_PER_BIN
    with start_comparison("lengths", description, shares) as drawing:
        draw_bars(drawing, edges, {side: part[:shown] for side, part in shares.items()})
        longest = " (the last bar: or more)" if shown == len(bands) else ""
        drawing.axes.set_xlabel(f"tokens, {TOKENS_PER_BIN} to a bar{longest}")
        drawing.axes.xaxis.set_major_locator(whole_numbers())
    return drawing.svg


def draw_nulls(now: Profile, last: Profile | None) -> str | None:
    """Draw the share of empty values of each column with any, in this file or the reference."""
    before = last.null_fractions if last and last.rows else {}
    fractions = now.null_fractions if now.rows else {}
    shown = [n for n in fractions if max(fractions[n], before.get(n, 0)) >= NULLS_SHOWN_MIN]
    if not shown:
        return None
    shares = {FILE: np.array([fractions[name] for name in shown])}
    if before:
        shares[REFERENCE] = np.array([before.get(name, 0) for name in shown])
    described = [
        f"{name} {fractions[name]:.1%}"
        + (f", in the reference {before[name]:.1%}" if name in before else "")
        for name in shown
    ]
    description = f"Empty values by column. {'; '.join(described)}."
    names = [n if len(n) <= NAME_MAX else f"{n[: NAME_MAX - 1]}…" for n in shown]
    return draw_rows("nulls", description, names, shares)


def _naming(side: str) -> str:
    return side if side == FILE else f"the {side}"
