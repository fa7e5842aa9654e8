"""Great Expectations' Data Docs of one validation, as three pages that need nothing else.

Great Expectations' renderers decide what the pages say, the view in `data_docs_view.py` writes it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
from great_expectations.core.expectation_validation_result import (
    expectationSuiteValidationResultSchema,
)
from great_expectations.render import RenderedBulletListContent
from great_expectations.render.renderer import (
    ExpectationSuitePageRenderer,
    SiteIndexPageRenderer,
    ValidationResultsPageRenderer,
)
from great_expectations.validator.validation_statistics import calc_validation_statistics

from data_contracts.data_docs_view import data_docs_view, trust_markup

INDEX, VALIDATION, EXPECTATIONS = "index.html", "validation.html", "expectations.html"
PAGES = ((INDEX, "Data Docs"), (VALIDATION, "Validation"), (EXPECTATIONS, "Expectations"))
TABLE = "Table-Level Expectations"
"""What Great Expectations calls the section of expectations that are not about one column."""
SEVERITIES = ("critical", "warning", "info")
STYLE = Path(__file__).with_name("data_docs.css")


def write_data_docs(
    suite: ExpectationSuite, results: Sequence[ExpectationSuiteValidationResult], folder: Path
) -> None:
    """Write the Data Docs of one validation.

    The pages are `index.html`, `validation.html` and `expectations.html`. They hold no time and
    no random id: the same results give the same bytes.

    Args:
        suite: all expectations, those included that have no result.
        results: what `batch.validate` said of the suite's parts, shown as one validation.
        folder: where to; made if need be, files of the same names are replaced.
    """
    validation = _merge(suite, results)
    failed = [result.expectation_config for result in validation.results if not result.success]
    summary = _summary(len(validation.results), failed)
    failures = Counter(map(_section, failed))
    folder.mkdir(parents=True, exist_ok=True)
    for file, document, lead in (
        (INDEX, _index(suite, validation), summary),
        (VALIDATION, _validation_page(suite, validation), summary),
        (EXPECTATIONS, _expectations_page(suite), "What a delivery has to keep."),
    ):
        page = data_docs_view().render(
            document,
            style=trust_markup(STYLE.read_text(encoding="utf-8")),
            pages=PAGES,
            this_page=file,
            summary=lead,
            failures=failures if file == VALIDATION else {},
        )
        (folder / file).write_text(page, encoding="utf-8", errors="replace", newline="\n")


def _summary(asked: int, failed: Sequence[Any]) -> str:
    if not failed:
        return f"✓ All {asked} expectations passed."
    counts = Counter(map(_severity, failed))
    listed = ", ".join(f"{counts[name]} {name}" for name in SEVERITIES if counts[name])
    return f"✗ {len(failed)} of {asked} expectations failed: {listed}."


def _merge(
    suite: ExpectationSuite, results: Sequence[ExpectationSuiteValidationResult]
) -> ExpectationSuiteValidationResult:
    merged = [result for part in results for result in part.results]
    statistics = calc_validation_statistics(merged)
    validation = ExpectationSuiteValidationResult(
        success=statistics.success,
        results=merged,
        suite_name=suite.name,
        suite_parameters={k: v for part in results for k, v in part.suite_parameters.items()},
        statistics=statistics._asdict(),
        # What else a result's meta holds is the time and what belongs to this process.
        meta={"batch_spec": {"data_asset_name": suite.name}},
    )
    # The renderers expect what a store gives back, and fail on NumPy's numbers; stores themselves
    # fail on NumPy's booleans.
    stored = json.dumps(validation.to_json_dict(), default=lambda scalar: scalar.item())
    return expectationSuiteValidationResultSchema.loads(stored)


def _index(suite: ExpectationSuite, validation: ExpectationSuiteValidationResult) -> Any:
    link = {
        "expectation_suite_name": suite.name,
        "expectation_suite_filepath": EXPECTATIONS,
        "asset_name": validation.meta["batch_spec"]["data_asset_name"],
        "validation_success": validation.success,
    }
    document = SiteIndexPageRenderer.render(
        {
            "site_name": suite.name,
            "validations_links": [link | {"filepath": VALIDATION}],
            "expectations_links": [link | {"filepath": EXPECTATIONS}],
        }
    )
    # Its first block is a title; the page has one.
    document.sections[0].content_blocks.pop(0)
    document.page_title = f"Data Docs of {suite.name}"
    return document


def _validation_page(suite: ExpectationSuite, validation: ExpectationSuiteValidationResult) -> Any:
    document = ValidationResultsPageRenderer(run_info_at_end=True).render(validation)
    document.page_title = f"Validation of {suite.name}"
    overview, *sections, _run_info = document.sections
    document.sections = [overview, *sections]
    subheader = overview.content_blocks[0].subheader.string_template
    subheader["styling"]["params"]["expectation_suite_name"]["attributes"]["href"] = EXPECTATIONS
    asked = _by_section((result.expectation_config, result) for result in validation.results)
    for section in sections:
        header, table = section.content_blocks
        _show_name(header, section.section_name)
        for row, result in zip(table.table, asked[section.section_name], strict=True):
            verdict = "passed" if result.success else "failed"
            row[0] = [row[0], verdict, _severity(result.expectation_config)]
    return document


def _expectations_page(suite: ExpectationSuite) -> Any:
    document = ExpectationSuitePageRenderer().render(suite)
    document.page_title = f"Expectations of {suite.name}"
    asked = _by_section((one.configuration, one) for one in suite.expectations)
    for number, section in enumerate(document.sections):
        if number:
            _show_name(section.content_blocks[0], section.section_name)
        expectations = asked[section.section_name if number else TABLE]
        for block in section.content_blocks:
            if isinstance(block, RenderedBulletListContent):
                _add_severities(block.bullet_list, expectations)
    return document


def _by_section(configured: Iterable[tuple[Any, Any]]) -> dict[str, list[Any]]:
    sections = defaultdict(list)
    for configuration, value in configured:
        sections[_section(configuration)].append(value)
    return sections


def _section(configuration: Any) -> str:
    return str(configuration.kwargs.get("column", TABLE))


def _severity(configuration: Any) -> str:
    return str(getattr(configuration.severity, "value", configuration.severity))


def _show_name(header: Any, name: str) -> None:
    # Great Expectations doubles the dollar signs of a column's name, and then shows both.
    header.header.string_template |= {"template": "$column", "params": {"column": name}}


def _add_severities(bullets: list[Any], expectations: list[Any]) -> None:
    # Great Expectations draws a line below each expectation, and is silent about its severity.
    lines = [b for b in bullets if getattr(b, "string_template", {}).get("tag") == "hr"]
    for line, expectation in zip(lines, expectations, strict=True):
        line.string_template = {
            "template": "$severity",
            "params": {"severity": _severity(expectation)},
            "styling": {"classes": ["severity"]},
        }
