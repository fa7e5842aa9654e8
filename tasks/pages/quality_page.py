"""The data quality report as an HTML page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from data_contracts.judgement import REJECTS_LISTED_MAX
from data_contracts.profile import Profile
from tasks.pages.changes import (
    CATEGORIES_SHOWN_MAX,
    CATEGORY_CHANGE_MIN,
    NULLS_CHANGE_MIN,
    compare,
)
from tasks.pages.distributions import draw_histogram, draw_lengths, draw_nulls, draw_target
from tasks.pages.page import render_page, trust_markup
from tasks.pages.quality_content import (
    EXAMPLE_CHARACTERS,
    QualityContent,
    advise,
    group_examples,
    group_not_evaluated,
    sort_broken,
    write_headline,
)
from tasks.pages.wording import WORD_CHARACTERS, format_share, show_observed, show_text


def to_html(content: QualityContent) -> str:
    """Render the page."""
    known = content.references
    last, champion = (known[k].profile if k in known else None for k in ("last", "champion"))
    drawn = list(_draw_pictures(content, last, champion))
    return render_page(
        "data_quality.html",
        quality_macros="quality_macros.html",
        **content._asdict(),
        headline=write_headline(content),
        broken=sort_broken(content.findings),
        not_evaluated=group_not_evaluated(content.findings),
        advice={f.rule: advise(f, content.contract) for f in content.findings if f.passed is False},
        comparisons=compare(content),
        pictures={name: trust_markup(svg) for name, svg, _ in drawn if svg},
        captions={name: caption for name, _, caption in drawn},
        share=format_share,
        text=show_text,
        observed=show_observed,
        examples_of=partial(group_examples, files=content.files),
        nulls_change_min=NULLS_CHANGE_MIN,
        category_change_min=CATEGORY_CHANGE_MIN,
        categories_shown_max=CATEGORIES_SHOWN_MAX,
        rejects_listed_max=REJECTS_LISTED_MAX,
        word_characters=WORD_CHARACTERS,
        example_characters=EXAMPLE_CHARACTERS,
    )


def _draw_pictures(
    content: QualityContent, last: Profile | None, champion: Profile | None
) -> Iterator[tuple[str, str | None, str]]:
    """Yield the name of each picture, the picture if there is anything to draw, and its caption."""
    dataset, now = content.contract.dataset, content.profile
    target = dataset.target.name
    shares = "as shares of the reviews that have it"
    yield "target", draw_target(dataset.target, now, last, champion), f"{target}, {shares}."
    for column in dataset.slices:
        if column.histogram_edges:
            drawn = draw_histogram(column, now, last)
            yield f"histogram of {column.name}", drawn, f"{column.title}, {shares}."
    caption = (
        f"Length of {dataset.text} in tokens, which are separated by white space, without"
        " punctuation."
    )
    yield "lengths", draw_lengths(now, last), caption
    caption = "Share of empty values by column; columns below 0.1% are left out."
    yield "nulls", draw_nulls(now, last), caption
