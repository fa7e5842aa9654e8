"""Great Expectations' Data Docs of one validation, as two pages that load nothing.

Great Expectations' renderers choose the content; `data_docs_view.py` turns it into HTML.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from great_expectations.core import (
    ExpectationSuite,
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.core.expectation_validation_result import (
    expectationSuiteValidationResultSchema,
)
from great_expectations.render import RenderedBulletListContent, RenderedDocumentContent
from great_expectations.render.renderer import (
    ExpectationSuitePageRenderer,
    ValidationResultsPageRenderer,
)
from great_expectations.validator.validation_statistics import calc_validation_statistics

from data_contracts.data_docs_view import render_page, show_columns

VALIDATION, EXPECTATIONS = "index.html", "expectations.html"
PAGES = {VALIDATION: "Validation", EXPECTATIONS: "Expectations"}
TABLE = "Table-Level Expectations"
"""Great Expectations' name of the section of expectations that are not about one column."""
SEVERITIES = ("critical", "warning", "info")


def write_data_docs(
    suite: ExpectationSuite, results: Sequence[ExpectationValidationResult], folder: Path
) -> None:
    """Write the Data Docs of one validation: `index.html` and `expectations.html`.

    The pages hold no time and no random id: the same results give the same bytes.

    Args:
        suite: all expectations, including those without a result.
        results: of the expectations.
        folder: where the pages go; it is made if it is missing.
    """
    validation = _collect(suite, results)
    failed = [result.expectation_config for result in validation.results if not result.success]
    pages = {
        VALIDATION: render_page(
            _validation_document(validation),
            title=f"Validation of {suite.name}",
            summary=_summarize(len(validation.results), failed),
            failures=Counter(show_columns(_section(one)) for one in failed),
            pages=PAGES,
            this_page=VALIDATION,
        ),
        EXPECTATIONS: render_page(
            _expectations_document(suite),
            title=f"Expectations of {suite.name}",
            summary="What each delivery is checked for.",
            failures={},
            pages=PAGES,
            this_page=EXPECTATIONS,
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for file, page in pages.items():
        (folder / file).write_text(page, encoding="utf-8", errors="replace", newline="\n")


def _summarize(checked: int, failed: Sequence[Any]) -> str:
    if not failed:
        return f"✓ All {checked} expectations passed."
    counts = Counter(map(_severity, failed))
    listed = ", ".join(f"{counts[name]} {name}" for name in SEVERITIES if counts[name])
    return f"✗ {len(failed)} of {checked} expectations failed: {listed}."


def _collect(
    suite: ExpectationSuite, results: Sequence[ExpectationValidationResult]
) -> ExpectationSuiteValidationResult:
    statistics = calc_validation_statistics(results)
    validation = ExpectationSuiteValidationResult(
        success=statistics.success,
        results=list(results),
        suite_name=suite.name,
        statistics=statistics._asdict(),
        meta={"batch_spec": {"data_asset_name": suite.name}},
    )
    # The renderers fail on NumPy's numbers, and Great Expectations' own stores on NumPy's booleans.
    stored = json.dumps(validation.to_json_dict(), default=lambda scalar: scalar.item())
    return expectationSuiteValidationResultSchema.loads(stored)


def _validation_document(validation: ExpectationSuiteValidationResult) -> RenderedDocumentContent:
    document = ValidationResultsPageRenderer(run_info_at_end=True).render(validation)
    overview, *sections, _run_info = document.sections
    document.sections = [overview, *sections]
    subheader = overview.content_blocks[0].subheader.string_template
    subheader["styling"]["params"]["expectation_suite_name"]["attributes"]["href"] = EXPECTATIONS
    results = _by_section((result.expectation_config, result) for result in validation.results)
    for section in sections:
        header, table = section.content_blocks
        for row, result in zip(table.table, results[section.section_name], strict=True):
            verdict = "passed" if result.success else "failed"
            row[0] = [row[0], verdict, _severity(result.expectation_config)]
        _show_name(section, header)
    return document


def _expectations_document(suite: ExpectationSuite) -> RenderedDocumentContent:
    document = ExpectationSuitePageRenderer().render(suite)
    overview, *columns = document.sections
    expectations = _by_section((one.configuration, one) for one in suite.expectations)
    _add_severities(overview, expectations[TABLE])
    for section in columns:
        _add_severities(section, expectations[section.section_name])
        _show_name(section, section.content_blocks[0])
    return document


def _by_section(values: Iterable[tuple[Any, Any]]) -> dict[str, list[Any]]:
    """Group values by the section that shows them, from pairs of a configuration and a value."""
    sections = defaultdict(list)
    for configuration, value in values:
        sections[_section(configuration)].append(value)
    return sections


def _section(configuration: Any) -> str:
    return str(configuration.kwargs.get("column", TABLE))


def _severity(configuration: Any) -> str:
    return str(getattr(configuration.severity, "value", configuration.severity))


def _show_name(section: Any, header: Any) -> None:
    """Give a section and its heading the name of its column for people."""
    section.section_name = show_columns(section.section_name)
    # Great Expectations would double the dollar signs in a column's name.
    named = {"template": "$column", "params": {"column": section.section_name}}
    header.header.string_template |= named


def _add_severities(section: Any, expectations: list[Any]) -> None:
    """Write each severity where Great Expectations draws a line below the expectation."""
    lines = [
        bullet.string_template
        for block in section.content_blocks
        if isinstance(block, RenderedBulletListContent)
        for bullet in block.bullet_list
        if getattr(bullet, "string_template", {}).get("tag") == "hr"
    ]
    for line, expectation in zip(lines, expectations, strict=True):
        line |= {
            "tag": "span",
            "template": "$severity",
            "params": {"severity": _severity(expectation)},
            "styling": {"classes": ["severity"]},
        }
