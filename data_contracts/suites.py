"""Makes Great Expectations' expectations from a contract's rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.registry import get_expectation_impl

from data_contracts.contract import Contract
from data_contracts.expectations import VOCABULARIES
from data_contracts.profile import References
from data_contracts.rules import HISTOGRAMS, Rule


def make_expectations(
    rules: Sequence[Rule], contract: Contract, references: References
) -> dict[str, Any]:
    """Make the expectation of each rule, by the rule's name, with values for its `$` arguments.

    Raises:
        great_expectations.exceptions.ExpectationNotFoundError: there is no such expectation.
    """
    values = _values(contract, references)
    return {rule.name: _expectation(rule, values | _values_of(rule, values)) for rule in rules}


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
