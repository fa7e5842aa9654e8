"""Judgements of deliveries that are tables in memory."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from data_contracts.contract import Contract
from data_contracts.delivery import FrameDelivery
from data_contracts.judgement import Assessment, assess
from data_contracts.matching import Matching
from data_contracts.profile import References


def assess_table(
    contract: Contract,
    matching: Matching,
    reviews: pa.Table,
    references: References,
    *others: Any,
) -> Assessment:
    """Check the rows of a table and judge them."""
    return assess(contract, matching, FrameDelivery.of(reviews), references, *others)
