"""The look that all pages share: one self-contained HTML file, every value escaped."""

from __future__ import annotations

from pathlib import Path

import jinja2
import markupsafe

BASE, MACROS = "page.html", "macros.html"


def render_page(template: str, /, **values: object) -> str:
    """Render one of the templates beside this module.

    Templates name each other by values from the code, never by themselves: a file that the code
    does not name is no part of a stage's address, and a change of it would not remake the page.

    Args:
        template: the file's name.
        **values: what it shows; text is escaped, unless `trust_markup` marked it.

    Raises:
        jinja2.TemplateError: the template names a value that was not given.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(base=BASE, macros=MACROS, **values)


def trust_markup(markup: str) -> markupsafe.Markup:
    """Mark markup of our own making, such as a drawn figure, as not to be escaped."""
    return markupsafe.Markup(markup)  # noqa: S704 - only figures drawn by matplotlib come here
