"""The bounds of the promotion rule that depend on the dataset."""

from __future__ import annotations

import functools
import logging
from typing import NamedTuple

from data_contracts.dataset import Dataset
from data_contracts.wording import join_names
from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import PromotionParameters

log = logging.getLogger(__name__)

LENGTH = "length"
"""Old name of the slices by text length, which are called like the text's column now."""


def rename_slices(parameters: PromotionParameters, dataset: Dataset) -> PromotionParameters:
    """Replace the old name of the slices by text length, and log a warning."""
    kinds = parameters.slices or ()
    if LENGTH not in kinds or LENGTH in dataset.slice_kinds or not dataset.text_edges:
        return parameters
    _announce(dataset.text)
    renamed = tuple(dataset.text if kind == LENGTH else kind for kind in kinds)
    return parameters.model_copy(update={"slices": renamed})


@functools.cache  # a command may settle its bounds twice, for what is stored and for the flow
def _announce(kind: str) -> None:
    log.warning(
        "promotion.slices: %s is called %s now; the next release refuses the old name", LENGTH, kind
    )


class PromotionBounds(NamedTuple):
    """The bounds of the promotion rule that depend on the dataset, in units of the target.

    Attributes:
        margin: how much larger the MAE of a candidate on newer data may be.
        slice_loss_max: how much larger the MAE of a slice may surely be.
        reproduction_tolerance: how much predictions of the saved model may differ.
        slices: kinds of slices that can deny a promotion.
        digits: number of decimals with which errors are shown.
    """

    margin: float
    slice_loss_max: float
    reproduction_tolerance: float
    slices: tuple[str, ...]
    digits: int

    @classmethod
    def of(cls, parameters: PromotionParameters, dataset: Dataset) -> PromotionBounds:
        """Return the bounds that the settings state, or those for the target's scale.

        Raises:
            UsageError: the settings name a kind of slices that the contract does not have.
        """
        scale, kinds = dataset.target.range, dataset.slice_kinds
        if unknown := sorted(set(parameters.slices or ()) - set(kinds)):
            raise UsageError(
                f"promotion.slices: the contract has no slices by {join_names(unknown)}, only by"
                f" {join_names(kinds) or 'nothing'}"
            )

        def settle(bound: float | None, default: float) -> float:
            return default if bound is None else bound

        return cls(
            margin=settle(parameters.margin, scale / 2_000),
            slice_loss_max=settle(parameters.slice_loss_max, scale / 200),
            reproduction_tolerance=settle(parameters.reproduction_tolerance, scale / 2_000),
            slices=kinds if parameters.slices is None else parameters.slices,
            digits=dataset.target.error_digits,
        )
