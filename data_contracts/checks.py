"""Checks a delivery by the contract's rules, with Great Expectations.

Great Expectations silently drops an unknown expectation from a suite, calls an empty suite a
success, and counts a failed warning as a failure. So this module builds each expectation by itself
and compares the results with the rules; `judgement.py` decides by severity.
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

from data_contracts.constraints import AS_WRITTEN
from data_contracts.contract import Contract
from data_contracts.expectations import VOCABULARIES
from data_contracts.findings import Finding, read_results
from data_contracts.profile import References
from data_contracts.rules import HISTOGRAMS, Rule
from data_contracts.unreadable import RULE, UNREADABLE

DELIVERY = "delivery"
NO_COLUMN = "the file has no column "
NO_ERROR = "fewer than 50 reviews are new to the champion, or its model cannot be loaded"
ABSENT = {"last": "there is no earlier file to compare with", "champion": "there is no champion"}


class Checked(NamedTuple):
    """The results of a check.

    Attributes:
        findings: one for each rule, in the contract's order.
        suite: the expectations that were checked.
        results: Great Expectations' results, one for each validation.
        breaches: by failed critical rule about rows, which rows break it.
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
    """Check a delivery by every rule of the contract.

    Args:
        contract: the rules.
        columns: the file's columns in order, under the contract's names where they match.
        reviews: `row_number`, the contract's columns, the columns `as_written`, and `UNREADABLE`.
        references: what the delivery is compared with.
        absent: by `last` and `champion`, why there is no such reference.

    Raises:
        RuntimeError: an expectation did not run.
        great_expectations.exceptions.ExpectationNotFoundError: there is no such expectation.
    """
    reasons = {name: why for name, why in absent.items() if name not in references}
    findings = _unchecked(contract, columns, references, reasons)
    rules = [rule for rule in contract.rules if rule.name not in findings]
    expectations_by_rule = make_expectations(rules, contract, references)
    results: list[Any] = []
    breaches: dict[str, pd.Series] = {}
    definition = _define_batch()
    for batch, frame in _batches(rules, columns, reviews, contract):
        results.append(_validate(definition, [expectations_by_rule[r.name] for r in batch], frame))
        checked, broken = read_results(batch, results[-1], frame)
        findings |= checked
        critical = {n: rows for n, rows in broken.items() if checked[n].severity == "critical"}
        # Some frames lack the rows that could not be read.
        every = reviews.index
        breaches |= {n: rows.reindex(every, fill_value=False) for n, rows in critical.items()}
    suite = ExpectationSuite(name=contract.name, expectations=[*expectations_by_rule.values()])
    return Checked([findings[rule.name] for rule in contract.rules], suite, results, breaches)


def _validate(definition: Any, expectations: list[Any], frame: pd.DataFrame) -> Any:
    # Batch.validate does the same, but makes the batch twice and hashes its rows each time.
    validator = Validator(
        batch_definition=definition,
        batch_parameters={"dataframe": frame},
        # Only COMPLETE lists all unexpected rows. The query would list them again, as a text.
        result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
    )
    suite = ExpectationSuite(name=DELIVERY, expectations=expectations)
    return validator.validate_expectation_suite(suite)


def _batches(
    rules: list[Rule], columns: Sequence[str], reviews: pd.DataFrame, contract: Contract
) -> Iterator[tuple[list[Rule], pd.DataFrame]]:
    """Group the rules by column, each group with a frame of the columns that it uses.

    All rules but one see only the rows that could be read.

    Great Expectations copies all columns of its frame for each rule about rows; small frames halve
    the time of the whole check.
    """
    header_rules = [rule for rule in rules if rule.expectation.startswith("expect_table_columns")]
    yield header_rules, pd.DataFrame(columns=list(columns))
    if RULE in rules:
        yield [RULE], reviews[["row_number", UNREADABLE]]
        readable = reviews[UNREADABLE].isna()
        reviews = reviews if readable.all() else reviews[readable]
    apart = [*header_rules, RULE]
    yield [rule for rule in rules if rule.column is None and rule not in apart], reviews
    for column in contract.schema.names:
        if column_rules := [rule for rule in rules if rule.column == column]:
            used = set().union(*(rule.columns for rule in column_rules))
            needed = {"row_number", *used, *(f"{AS_WRITTEN}{name}" for name in used)}
            yield column_rules, reviews[[name for name in reviews.columns if name in needed]]


def make_expectations(
    rules: Sequence[Rule], contract: Contract, references: References
) -> dict[str, Any]:
    """Make the expectation of each rule, by the rule's name, with values for its `$` arguments.

    Raises:
        great_expectations.exceptions.ExpectationNotFoundError: there is no such expectation.
    """
    values = _values(contract, references)
    return {rule.name: _expectation(rule, values | _values_of(rule, values)) for rule in rules}


def _unchecked(
    contract: Contract,
    columns: Sequence[str],
    references: References,
    absent: Mapping[str, str],
) -> dict[str, Finding]:
    """List the rules that cannot be checked, with the reason."""
    findings = {}
    champion = references.get("champion")
    bins = {
        c.name: len(c.histogram_edges) + 1 for c in contract.dataset.slices if c.histogram_edges
    }
    for rule in contract.rules:
        missing = sorted(rule.columns - {*columns, UNREADABLE})
        reasons = [f"{NO_COLUMN}{', '.join(missing)}"] if missing else []
        reasons += [why for name, why in absent.items() if name in rule.needs]
        if champion and champion.error is None and "$champion.error" in rule.values:
            reasons.append(NO_ERROR)
        reasons += [
            f"{known.name} was counted in other bins of {rule.column}"
            for name, known in references.items()
            if f"${name}.histogram" in rule.values
            and len(known.profile.histograms.get(str(rule.column), ())) != bins[str(rule.column)]
        ]
        if reasons:
            findings[rule.name] = Finding(
                rule.name, rule.column, rule.severity, rule.meaning, None, reasons[0]
            )
    return findings


def _values(contract: Contract, references: References) -> dict[str, Any]:
    """List the values of the `$` arguments."""
    dataset = contract.dataset
    values: dict[str, Any] = {
        "$columns": contract.schema.names,
        "$target_width": dataset.target.bin,
        "$edges": {c.name: c.histogram_edges for c in dataset.slices if c.histogram_edges},
    }
    for name, known in references.items():
        profile = known.profile
        vocabulary = profile.vocabulary_digest
        VOCABULARIES[vocabulary] = pa.array(list(profile.tokens), pa.string())
        values |= {
            f"${name}.rows": profile.rows,
            f"${name}.null_fractions": profile.null_fractions,
            f"${name}.target_counts": profile.target_counts,
            f"${name}.vocabulary": vocabulary,
            f"${name}.accepted_before": known.accepted_before,
            f"${name}.histogram": profile.histograms,
            f"${name}.token_bins": dict(enumerate(profile.token_bins)),
            f"${name}.unknown_by_chance": profile.unknown_by_chance,
            f"${name}.length_correlation": profile.length_correlation,
            f"${name}.error": known.error._asdict() if known.error else None,
        }
    return values


def _values_of(rule: Rule, values: dict[str, Any]) -> dict[str, Any]:
    """Select the values that depend on the rule's column."""
    own = {"$edges": list} | {value: lambda bins: dict(enumerate(bins)) for value in HISTOGRAMS}
    return {
        name: make(values[name][rule.column]) for name, make in own.items() if name in rule.values
    }


def _expectation(rule: Rule, values: dict[str, Any]) -> Any:
    given = {key: values[value] for key, value in rule.references.items()}
    ours = get_expectation_impl(rule.expectation).__module__.startswith("data_contracts.")
    return ExpectationConfiguration(
        type=rule.expectation,
        kwargs=rule.arguments | given,
        severity=rule.severity,
        # Great Expectations describes its own expectations; ours need the contract's description.
        description=rule.meaning if ours else None,
        notes=None if ours else rule.meaning,
        meta={"rule": rule.name},
    ).to_domain_obj()


def _define_batch() -> Any:
    """Make a batch definition for frames, in a context that exists in memory only."""
    configuration = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(project_config=configuration, mode="ephemeral")
    asset = context.data_sources.add_pandas(DELIVERY).add_dataframe_asset(DELIVERY)
    return asset.add_batch_definition_whole_dataframe(DELIVERY)
