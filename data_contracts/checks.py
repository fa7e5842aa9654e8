"""Runs the contract's rules over a delivery, with Great Expectations.

Great Expectations drops an unknown expectation from a suite in silence, counts a failed warning as
a failure, and calls an empty suite a success. So each rule is made an expectation by itself, what
ran must be what was asked, and the verdict is reached elsewhere, by severity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import great_expectations as gx
import pandas as pd
import pyarrow as pa
from great_expectations.core import ExpectationSuite
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.registry import get_expectation_impl
from great_expectations.validator.v1_validator import Validator

from data_contracts import expectations
from data_contracts.constraints import AS_WRITTEN
from data_contracts.contract import Contract
from data_contracts.findings import Finding, read_results
from data_contracts.profile import References
from data_contracts.rules import Rule

SUITE = "wine_reviews"
NO_COLUMN = "the file has no column "
ABSENT = {"last": "there is no earlier file to compare with", "champion": "there is no champion"}


class Checked(NamedTuple):
    """A delivery, checked.

    Attributes:
        findings: one per rule, in the contract's order.
        suite: the expectations that were asked.
        results: Great Expectations' own results, lot by lot.
        breaches: by critical rule about rows that failed, which rows break it.
    """

    findings: list[Finding]
    suite: ExpectationSuite
    results: list[Any]
    breaches: dict[str, pd.Series]


def check_reviews(
    contract: Contract,
    columns: Sequence[str],
    reviews: pd.DataFrame,
    references: References,
    absent: Mapping[str, str] = ABSENT,
) -> Checked:
    """Ask every rule about a delivery.

    Args:
        contract: whose rules they are.
        columns: the file's columns in order, by the contract's names where it knows them.
        reviews: the rows with the contract's columns, `row_number`, and the columns `as_written`.
        references: what it is compared with.
        absent: by `last` and `champion`, why there is nothing to compare with.

    Raises:
        RuntimeError: an expectation did not run, or there is none.
        great_expectations.exceptions.ExpectationNotFoundError: there is no such expectation.
    """
    lacking = {name: why for name, why in absent.items() if name not in references}
    findings = _unasked(contract, columns, lacking)
    asked = [rule for rule in contract.rules if rule.name not in findings]
    if not asked:
        raise RuntimeError("the contract has no rule to ask, and nothing is accepted unasked")
    made = make_expectations(asked, contract, references)
    results: list[Any] = []
    breaches: dict[str, pd.Series] = {}
    source = _open_source()
    for number, (rules, frame) in enumerate(_batches(asked, columns, reviews, contract)):
        asset = source.add_dataframe_asset(f"lot_{number}")
        results.append(_validate(asset, [made[rule.name] for rule in rules], frame))
        found, broken = read_results(rules, results[-1], frame)
        findings |= found
        breaches |= {n: rows for n, rows in broken.items() if found[n].severity == "critical"}
    suite = ExpectationSuite(name=SUITE, expectations=list(made.values()))
    return Checked([findings[rule.name] for rule in contract.rules], suite, results, breaches)


def _validate(asset: Any, made: list[Any], frame: pd.DataFrame) -> Any:
    # As Batch.validate does, which takes a batch twice: each time its rows are hashed.
    validator = Validator(
        batch_definition=asset.add_batch_definition_whole_dataframe("all"),
        batch_parameters={"dataframe": frame},
        # Only COMPLETE names all unexpected rows; the query would be a text that names them again.
        result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
    )
    return validator.validate_expectation_suite(ExpectationSuite(name=SUITE, expectations=made))


def _batches(
    rules: list[Rule], columns: Sequence[str], reviews: pd.DataFrame, contract: Contract
) -> Iterator[tuple[list[Rule], pd.DataFrame]]:
    """Sort the rules by what they look at, each lot with a frame of just that.

    Great Expectations copies all columns of its frame for each rule about rows; on frames of a few
    columns the whole check takes half the time.
    """
    about_header = [rule for rule in rules if rule.expectation.startswith("expect_table_columns")]
    yield about_header, pd.DataFrame([[None] * len(columns)], columns=list(columns)).head(0)
    about_file = [rule for rule in rules if rule.column is None and rule not in about_header]
    yield about_file, reviews
    for column in contract.schema.names:
        lot = [rule for rule in rules if rule.column == column]
        looked_at = {column}.union(*(rule.columns for rule in lot))
        needed = {"row_number", *looked_at, *(f"{name}{AS_WRITTEN}" for name in looked_at)}
        if lot:
            yield lot, reviews[[name for name in reviews.columns if name in needed]]


def make_expectations(
    rules: Sequence[Rule], contract: Contract, references: References
) -> dict[str, Any]:
    """Make rules expectations, by name, with `$` texts replaced by what they stand for.

    Raises:
        great_expectations.exceptions.ExpectationNotFoundError: there is no such expectation.
    """
    values = _values(contract, references)
    return {rule.name: _expectation(rule, values) for rule in rules}


def is_missing(finding: Finding) -> bool:
    """Whether a rule could not be asked because the file lacks what it speaks of."""
    return (finding.not_asked or "").startswith(NO_COLUMN)


def _unasked(
    contract: Contract, columns: Sequence[str], lacking: Mapping[str, str]
) -> dict[str, Finding]:
    """Say of each rule that cannot be asked why not."""
    findings = {}
    for rule in contract.rules:
        missing = sorted(rule.columns - set(columns))
        reasons = [f"{NO_COLUMN}{', '.join(missing)}"] if missing else []
        reasons += [why for name, why in lacking.items() if name in rule.needs]
        if reasons:
            unasked = Finding(rule.name, rule.column, rule.severity, rule.meaning, None, reasons[0])
            findings[rule.name] = unasked
    return findings


def _values(contract: Contract, references: References) -> dict[str, Any]:
    """List what the `$` texts of the rules stand for."""
    values: dict[str, Any] = {"$columns": contract.schema.names}
    for name, known in references.items():
        profile = known.profile
        vocabulary = profile.vocabulary_digest
        expectations.VOCABULARIES[vocabulary] = pa.array(list(profile.tokens), pa.string())
        values |= {
            f"${name}.rows": profile.rows,
            f"${name}.null_fractions": profile.null_fractions,
            f"${name}.points": profile.points,
            f"${name}.vocabulary": vocabulary,
            f"${name}.accepted_before": known.accepted_before,
            f"${name}.price_bins": dict(enumerate(profile.price_bins)),
            f"${name}.token_bins": dict(enumerate(profile.token_bins)),
            f"${name}.unknown_by_chance": profile.unknown_by_chance,
            f"${name}.length_correlation": profile.length_correlation,
        }
    return values


def _expectation(rule: Rule, values: dict[str, Any]) -> Any:
    arguments = {
        key: values[value] if isinstance(value, str) and value.startswith("$") else value
        for key, value in rule.arguments.items()
    }
    ours = get_expectation_impl(rule.expectation).__module__.startswith("data_contracts.")
    return ExpectationConfiguration(
        type=rule.expectation,
        kwargs=arguments,
        severity=rule.severity,
        # Great Expectations words its own expectations; the contract words ours.
        description=rule.meaning if ours else None,
        notes=None if ours else rule.meaning,
        meta={"rule": rule.name},
    ).to_domain_obj()


def _open_source() -> Any:
    """Open a context that lives in memory alone, with a source for frames."""
    configuration = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(project_config=configuration, mode="ephemeral")
    return context.data_sources.add_pandas("wine_reviews")
