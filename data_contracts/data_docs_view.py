"""Great Expectations' view of Data Docs, with every value escaped and nothing loaded.

Its own pages print many values as HTML, and load scripts, styles and pictures from other servers.
"""

from __future__ import annotations

import functools
import html
import re
from pathlib import Path
from typing import Any

import jinja2
from great_expectations.render import RenderedDocumentContent
from great_expectations.render.view import DefaultJinjaPageView

from data_contracts.constraints import AS_WRITTEN
from data_contracts.unreadable import UNREADABLE

HERE = Path(__file__).parent

VALUE_CHARACTERS_MAX = 200
"""A page quotes up to twenty values per expectation, and one review can be a whole file."""

SENTENCES = frozenset({"template", "markdown"})
"""Keys of a document with sentences and notes, which are shown in full."""

CONDITION = "condition_content"
"""Key of a document that says which rows an expectation is about."""
WITHOUT_NUMBER = re.compile(f"{AS_WRITTEN}(.+?)(?=$| IS )")

# These replace Great Expectations' templates of the same names, which need scripts.
TEMPLATES = {
    "collapse.j2": """<details>
<summary>{{ content_block["collapse_toggle_link"] | render_content_block }}</summary>
{% for block in content_block["collapse"] %}
{{ block | render_content_block(content_block_id=content_block_id ~ "-" ~ loop.index) }}
{% endfor %}</details>""",
    "graph.j2": "",
}


class DataDocsView(DefaultJinjaPageView):  # type: ignore[misc]
    """Great Expectations' view of documents whose values are escaped already."""

    def __init__(self) -> None:
        """Put our templates before Great Expectations' own."""
        super().__init__()
        ours = [jinja2.DictLoader(TEMPLATES), jinja2.FileSystemLoader(HERE)]
        self.env.loader = jinja2.ChoiceLoader([*ours, self.env.loader])
        # A note is text; as Markdown it could hold a link to anywhere.
        self.env.filters["render_markdown"] = str

    @staticmethod
    def _escape_template_param_value(value: Any) -> Any:
        return value


@functools.cache
def _page_template() -> jinja2.Template:
    template: jinja2.Template = DataDocsView().env.get_template("data_docs.html")
    return template


def render_page(document: RenderedDocumentContent, **values: Any) -> str:
    """Write a document of Great Expectations' renderers as HTML.

    Args:
        document: the content, not escaped.
        values: the other variables of `data_docs.html`.
    """
    sections = document.to_json_dict()["sections"]
    page = _page_template().render(
        style=(HERE / "data_docs.css").read_text(encoding="utf-8"),
        contents=[section["section_name"] for section in sections],
        sections=escape(sections),
        **values,
    )
    # Great Expectations begins with headings of the fifth level; the page's title is an <h1>.
    return re.sub(r"(</?)h([56])\b", lambda tag: f"{tag[1]}h{int(tag[2]) - 3}", page)


def show_columns(text: str) -> str:
    """Replace the names of the pipeline's own columns in a name or a condition by plain words."""
    return WITHOUT_NUMBER.sub(r"\1 (no number)", text).replace(UNREADABLE, "unreadable rows")


def escape(content: Any, key: str = "") -> Any:
    """Escape every text of a document's content, and cut long values.

    Args:
        content: texts, numbers, and lists and dictionaries of them.
        key: the content's key in its dictionary.
    """
    match content:
        case dict():
            # Tooltips repeat what is on the page, and only a mouse shows them.
            return {k: escape(v, k) for k, v in content.items() if k != "tooltip"}
        case list() | tuple():
            return [escape(item, key) for item in content]
        case None | bool() | int() | float():
            return content
    text = str(content)
    if key in DefaultJinjaPageView._TRUSTED_HTML_PARAMS:
        return text
    if key == CONDITION:
        text = show_columns(text)
    if key not in SENTENCES and len(text) > VALUE_CHARACTERS_MAX:
        text = f"{text[:VALUE_CHARACTERS_MAX]} …"
    return html.escape(text)
