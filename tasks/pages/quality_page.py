"""The data quality report as an HTML page."""

from __future__ import annotations

from data_contracts.judgement import REJECTS_LISTED_MAX
from tasks.pages.changes import (
    COUNTRIES_SHOWN_MAX,
    COUNTRY_CHANGE_MIN,
    NULLS_CHANGE_MIN,
    compare,
)
from tasks.pages.distributions import draw_lengths, draw_nulls, draw_points, draw_prices
from tasks.pages.page import render_page, trust_markup
from tasks.pages.quality_content import (
    EXAMPLE_CHARACTERS,
    QualityContent,
    advise,
    group_examples,
    group_not_asked,
    sort_broken,
    write_headline,
)
from tasks.pages.wording import WORD_CHARACTERS, format_share, show_observed, show_text


def to_html(content: QualityContent) -> str:
    """Render the page."""
    known = content.references
    last, champion = (known[k].profile if k in known else None for k in ("last", "champion"))
    pictures = {
        "points": draw_points(content.profile, last, champion),
        "prices": draw_prices(content.profile, last),
        "lengths": draw_lengths(content.profile, last),
        "nulls": draw_nulls(content.profile, last),
    }
    return render_page(
        "data_quality.html",
        quality_macros="quality_macros.html",
        **content._asdict(),
        headline=write_headline(content),
        broken=sort_broken(content.findings),
        not_asked=group_not_asked(content.findings),
        advice={f.rule: advise(f) for f in content.findings if f.passed is False},
        comparisons=compare(content.profile, content.references, content.findings),
        pictures={name: trust_markup(svg) for name, svg in pictures.items() if svg},
        share=format_share,
        text=show_text,
        observed=show_observed,
        examples_of=group_examples,
        nulls_change_min=NULLS_CHANGE_MIN,
        country_change_min=COUNTRY_CHANGE_MIN,
        countries_shown_max=COUNTRIES_SHOWN_MAX,
        rejects_listed_max=REJECTS_LISTED_MAX,
        word_characters=WORD_CHARACTERS,
        example_characters=EXAMPLE_CHARACTERS,
    )
