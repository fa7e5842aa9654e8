"""The documentation's links lead somewhere, and its commands are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from docs import generate_options
from docs.pictures import draw
from flows.wine_points import COMMANDS
from tasks.configuration.presets import SIZES
from tests.commands import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = ROOT / "docs/decisions"
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def read_tokens(page: Path) -> Iterator[Token]:
    for token in MarkdownIt().enable("table").parse(page.read_text()):
        yield token
        yield from token.children or []


def list_anchors(page: Path) -> set[str]:
    """Name a page's headings as GitHub does."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    names = {"link_open": "href", "image": "src"}
    links = [t.attrGet(names[t.type]) for t in read_tokens(page) if t.type in names]
    for link in map(str, links):
        if link.startswith("https://"):
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.is_file(), link
        assert not anchor or anchor in list_anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_there(page: Path) -> None:
    written = [
        token.content for token in read_tokens(page) if token.type in ("fence", "code_inline")
    ]
    for text in written:
        assert not re.search(r"/wine-points [a-z]", text), "the environment is activated"
        for command in re.findall(r"^wine-points ([a-z]+)", text, re.MULTILINE):
            assert command in COMMANDS, text
        for target in re.findall(r"^make ([a-z-]+)", text, re.MULTILINE):
            assert target in TARGETS, text
        for module in re.findall(r"python -m ((?:flows|tests)[\w.]*)", text):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), text


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), {ROOT / "README.md"}
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = re.findall(r"\]\(([^)#]+\.md)", page.read_text())
        waiting |= {(page.parent / link).resolve() for link in links if "://" not in link} - reached
    assert set(PAGES) <= reached


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_says_in_the_same_way_what_it_is(page: Path) -> None:
    fences = {token.info for token in read_tokens(page) if token.type == "fence"}
    assert fences <= {"", "sh", "sh runnable", "python", "python runnable", "yaml"}


def test_every_decision_has_its_three_parts_and_is_in_the_index() -> None:
    index = (DECISIONS / "README.md").read_text()
    for page in DECISIONS.glob("[!R]*.md"):
        pieces = re.split(r"^#+ (.+)\n\n", page.read_text(), flags=re.MULTILINE)
        title, *parts = pieces[1::2]
        assert parts == ["Context", "Decision", "Rejected"], page
        assert all(pieces[4::2]), page
        assert index.count(f"- [{title}]({page.name})\n") == 1, page


def test_the_options_are_those_of_the_code() -> None:
    names = [model.__name__.lower() for model in generate_options.MODELS]
    assert names == list(COMMANDS)
    assert generate_options.PAGE.read_text() == generate_options.describe_commands(), "make docs"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 180


def test_the_sizes_of_auto_are_those_of_the_code() -> None:
    page = (ROOT / "docs/explanation/presets.md").read_text(encoding="utf-8")
    for size in SIZES:
        assert f"| {' | '.join(f'{number:,}' for number in size)} |" in page


def test_the_layout_names_every_module_and_package() -> None:
    text = (ROOT / "docs/reference/layout.md").read_text()
    entries = re.findall(r"^ *(?:[\w.]+(?:/|\.\w+)(?:, )?)+", text, re.MULTILINE)
    listed = [name for entry in entries for name in entry.strip().split(", ")]
    packages = ("flows", "tasks", "data_contracts")
    paths = [p for name in packages for p in (ROOT / name).iterdir() if p.name[0] not in "_."]
    modules = {path.name for path in paths if path.suffix == ".py"}
    folders = {f"{path.name}/" for path in paths if path.is_dir()}
    assert modules | folders <= set(listed)
    assert {name for name in listed if name.endswith(".py")} <= modules


def test_the_pictures_show_the_present_pages() -> None:
    assert draw.DRAWN.read_text().strip() == draw.digest_content(), "python docs/pictures/draw.py"
    for name in ("run-page.png", "prefect-run.png"):
        assert (draw.HERE / name).stat().st_size < 200_000
