"""Great Expectations' view of Data Docs, taught to escape and to need nothing but itself.

Its own templates print most values as they are, and load scripts, fonts and pictures from other
people's servers.
"""

from __future__ import annotations

import html
from functools import cache
from typing import Any

import jinja2
from great_expectations.render.view import DefaultJinjaPageView
from markupsafe import Markup

VALUE_CHARACTERS_MAX = 200
"""A page quotes up to twenty values per expectation, and one review can be a whole file."""

# The parts of a page that Great Expectations leaves to scripts, or loads from elsewhere.
TEMPLATES = {
    "page.j2": """<!doctype html>
<html lang="en">
<head>
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';
               form-action 'none'">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{{ page_title }}</title>
<style>{{ style }}</style>
</head>
<body>
<nav class="breadcrumb" aria-label="Data Docs">
{% for file, name in pages %}<a href="{{ file }}"
  {%- if file == this_page %} aria-current="page"{% endif %}>{{ name }}</a>
{% endfor %}</nav>
<h1>{{ page_title }}</h1>
<p class="lead">{{ summary }}</p>
{% if failures %}
<p><label class="filter"><input type="checkbox" id="failed-only"> Show only what failed</label></p>
{% endif %}
<div class="page">
{% if sections | length > 1 %}
<nav class="contents" aria-label="Columns"><ul>
{% for section in sections %}{% set failed = failures[section.section_name] %}
<li><a href="#section-{{ loop.index }}">{{ section.section_name }}</a>
{% if failed %}<span class="text-danger">✗ {{ failed }}</span>{% endif %}</li>
{% endfor %}</ul></nav>
{% endif %}
<main>
{% for section in sections %}{% set section_loop = loop %}{% include "section.j2" %}{% endfor %}
</main>
</div>
<footer>Data Docs by Great Expectations {{ ge_version }}</footer>
</body>
</html>
""",
    "tabs.j2": """{% for tab in content_block["tabs"] %}{% set id = loop.index %}
<h2>{{ tab["tab_name"] }}</h2>
{{ tab["tab_content"] | render_content_block(content_block_id=content_block_id ~ "-" ~ id) }}
{% endfor %}""",
    # The columns left out differ between two runs on the same file, or are always empty here.
    "bootstrap_table.j2": """
{% set unused = ["run_time", "run_name", "batch_identifier"] %}
{% set columns = content_block["table_columns"] | rejectattr("field", "in", unused) | list %}
<div class="table-responsive"><table class="table"><thead><tr>
{% for column in columns %}<th>{{ column["title"] }}</th>{% endfor %}
</tr></thead><tbody>
{% for row in content_block["table_data"] | render_bootstrap_table_data %}<tr>
{% for column in columns %}<td>{% if loop.first %}<a href="{{ row["_table_row_link_path"] }}">
{{- row[column["field"]] }} {{ row["_validation_success_text"] }}</a>{% else %}
{{- row[column["field"]] }}{% endif %}</td>{% endfor %}
</tr>{% endfor %}
</tbody></table></div>""",
    "collapse.j2": """<details>
<summary>{{ content_block["collapse_toggle_link"] | render_content_block }}</summary>
{% for block in content_block["collapse"] %}
{{ block | render_content_block(content_block_id=content_block_id ~ "-" ~ loop.index) }}
{% endfor %}</details>""",
    "graph.j2": "",
}


class DataDocsView(DefaultJinjaPageView):  # type: ignore[misc]
    """Great Expectations' view of a page, with every value escaped exactly once."""

    def __init__(self) -> None:
        """Put our templates before its own, and switch autoescape on."""
        super().__init__()
        self.env.loader = jinja2.ChoiceLoader([jinja2.DictLoader(TEMPLATES), self.env.loader])
        self.env.autoescape = True
        # A note is text; as Markdown it could hold a link to anywhere.
        self.env.filters["render_markdown"] = str

    @jinja2.pass_context
    def render_content_block(
        self, context: Any, content_block: Any, index: Any = None, content_block_id: Any = None
    ) -> Markup:
        """Render a part of a page, or escape what is no part but a value."""
        if isinstance(content_block, list):
            return Markup("").join(
                self.render_content_block(
                    context, part, number, content_block_id and f"{content_block_id}-{number}"
                )
                if isinstance(part, dict | list)
                else Markup("<span>{}</span>").format(_short(part))
                for number, part in enumerate(content_block)
            )
        if isinstance(content_block, dict) and "content_block_type" in content_block:
            return trust_markup(
                super().render_content_block(context, content_block, index, content_block_id)
            )
        return Markup.escape("" if content_block is None else _short(content_block))

    def render_string_template(self, template: Any) -> Any:
        """Render a text with its parameters, both escaped."""
        if not isinstance(template, dict):
            return template
        parameters = {
            name: value if name in self._TRUSTED_HTML_PARAMS else _short(value)
            for name, value in template.get("params", {}).items()
        }
        tag = template.get("tag", "span")
        safe = template | {
            "template": html.escape(template.get("template", ""), quote=False),
            "tag": {"h5": "h2", "h6": "h3"}.get(tag, tag),
            "params": parameters,
        }
        # Tooltips repeat what is on the page, unescaped, and only for a mouse.
        safe.pop("tooltip", None)
        return trust_markup(super().render_string_template(safe))

    def render_styling(self, styling: Any) -> Markup:
        """Render classes and attributes, which hold no value of the data."""
        return trust_markup(super().render_styling(styling))

    def attributes_dict_to_html_string(self, attributes_dict: Any, prefix: str = "") -> Markup:
        """Render attributes, which hold no value of the data."""
        return trust_markup(super().attributes_dict_to_html_string(attributes_dict, prefix))


def trust_markup(markup: str) -> Markup:
    """Mark markup that the view has written, or our style, as not to be escaped again."""
    return Markup(markup)  # noqa: S704 - only what the view has written, and our style, come here


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= VALUE_CHARACTERS_MAX else f"{text[:VALUE_CHARACTERS_MAX]} …"


@cache
def data_docs_view() -> DataDocsView:
    """Return the one view; making it compiles nothing twice."""
    return DataDocsView()
