"""Lists what a person should review in a contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from data_contracts.contract import Contract, parse_contract
from data_contracts.document import read_document
from data_contracts.properties import list_unread
from data_contracts.wording import join_names

if TYPE_CHECKING:
    from open_data_contract_standard.model import OpenDataContractStandard

UNWRITTEN = "To be written."


def review_contract(content: bytes, shown: str) -> str:
    """Describe a contract, and list what a person should review.

    Args:
        content: the document.
        shown: its path or URL.

    Raises:
        ValueError: the contract is not valid; see `parse_contract`.
    """
    contract, document = parse_contract(content, shown), read_document(content)
    dataset, critical = contract.dataset, [r for r in contract.rules if r.severity == "critical"]
    target = dataset.target
    step = "any value between" if target.step is None else f"in steps of {target.step:g}"
    described = [
        f"{shown}: valid, {contract.id} {contract.version}",
        f"  text: {dataset.text}",
        f"  target: {target.title}, {target.minimum:g} to {target.maximum:g}, {step}",
        f"  slices: {join_names(dataset.slice_kinds) or 'none'}",
        f"  auxiliary targets: {join_names(c.name for c in dataset.auxiliary_targets) or 'none'}",
        f"  rules: {len(contract.rules)}, {len(critical)} of them critical; up to"
        f" {contract.rejected_fraction_max:.1%} of the rows may be rejected",
    ]
    lines = [f"  - {line}" for line in _list_open(document, contract)]
    return "\n".join([*described, "review:" if lines else "nothing to review", *lines])


def _list_open(document: OpenDataContractStandard, contract: Contract) -> Iterator[str]:
    yield from _list_unwritten(document)
    target = contract.dataset.target
    if not target.unit:
        yield f"{target.name}: name its unit, if it has one (custom property unit)"
    yield (
        f"{target.name}: is every value from {target.minimum:g} to {target.maximum:g} possible, and"
        " none beyond? Predictions are clipped to this scale"
    )
    for column in (document.schema_ or [])[0].properties or []:
        if str(column.description or "Observed: ").startswith("Observed: "):
            yield f"{column.name}: say what it means ({column.description or 'not described'})"
    yield from list_unread(document)
    for rule in contract.rules:
        if "(observed: " in rule.meaning:
            yield f"{rule.name}, {rule.severity}: {rule.meaning}"


def _list_unwritten(document: OpenDataContractStandard) -> Iterator[str]:
    if document.status == "draft":
        yield "status is draft: set it to active when the rest of this list is settled"
    about = document.description
    if about is None or UNWRITTEN in (about.usage, about.limitations) or not about.purpose:
        yield "description: write what the data are for, and their limits"
    licence = {e.property: e.value for e in document.customProperties or []}.get("license")
    if licence in (None, "unknown"):
        yield "customProperties.license: name the licence of the reviews"
