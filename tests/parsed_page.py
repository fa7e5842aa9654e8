"""Pages as the tests read them."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """A page taken apart as a browser would: its elements, and its text outside of the head."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.parts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag in ("td", "th", "dt", "dd", "br"):
            self.parts.append((tag, " "))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "head" not in self.open:
            self.parts.append((self.open[-1] if self.open else "", data))

    @property
    def text(self) -> str:
        return " ".join("".join(data for _, data in self.parts).split())

    def texts_of(self, tag: str) -> list[str]:
        """The text that stands directly in each element of this name, blanks left out."""
        return [" ".join(data.split()) for inside, data in self.parts if inside == tag]


def read(markup: str) -> Page:
    page = Page()
    page.feed(markup)
    page.close()
    return page
