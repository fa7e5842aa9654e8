"""Rendering of the HTML pages: self-contained files with escaped values."""

from __future__ import annotations

from pathlib import Path

import jinja2
import markupsafe

BASE, MACROS = "page.html", "macros.html"


def render_page(template: str, /, **values: object) -> str:
    """Render a template of this folder.

    Templates get the names of other templates as values. Only files that the code names enter cache
    keys, so that a template that only another template names could change without a cache miss.

    Args:
        template: name of the file.
        **values: the values of the page; text is escaped, unless `trust_markup` marked it.

    Raises:
        jinja2.TemplateError: the template uses a missing value.
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
    """Mark this project's own markup, such as a drawn figure, as safe."""
    return markupsafe.Markup(markup)  # noqa: S704 - only figures drawn by matplotlib come here
