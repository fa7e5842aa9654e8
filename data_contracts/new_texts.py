"""How many texts of a delivery are new, compared with another one.

A profile keeps the lowest of the 64-bit hashes of its different texts: a random sample, and the
same texts in each delivery that has them (bottom-k sketch, Cohen and Kaplan 2007). Of up to
SAMPLE_MAX texts it has all.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from data_contracts.counts import VALUE, Counts

SAMPLE_MAX = 4_096
"""An estimated share of new texts then has a standard error of at most 0.8 percentage points."""


class Sampled(Protocol):
    """The texts of a delivery; see `Profile`."""

    @property
    def texts(self) -> int: ...  # noqa: D102
    @property
    def text_sample(self) -> list[int]: ...  # noqa: D102


class NewTexts(NamedTuple):
    """The texts that only one of two deliveries has.

    Attributes:
        new: number of texts that the later delivery alone has.
        gone: number of texts that the earlier delivery alone has.
        exact: whether they were counted, and not estimated.
    """

    new: int
    gone: int
    exact: bool

    def describe(self) -> str:
        """Return both numbers in words; estimates with two digits."""
        if self.exact:
            return f"{self.new:,} new, {self.gone:,} gone"
        new, gone = (f"about {float(f'{number:.2g}'):,.0f}" for number in (self.new, self.gone))
        return f"{new} new, {gone} gone"


def sample_texts(hashes: Counts) -> list[int]:
    """Return the lowest hashes, ascending.

    Args:
        hashes: the counts of the texts' hashes, sorted by the hashes.
    """
    lowest: list[int] = hashes[VALUE].slice(0, SAMPLE_MAX).to_pylist()
    return lowest


def compare_texts(now: Sampled, then: Sampled) -> NewTexts | None:
    """Count or estimate the texts that are new, and those that are gone.

    Args:
        now: of the later delivery.
        then: of the earlier delivery.

    Returns:
        None if a profile has no sample, as those of older versions.
    """
    if not now.text_sample or not then.text_sample:
        return None
    # A cut sample does not show which texts there are beyond its end.
    ends = [p.text_sample[-1] for p in (now, then) if p.texts > len(p.text_sample)]
    later, earlier = (
        {number for number in profile.text_sample if number <= min(ends, default=number)}
        for profile in (now, then)
    )
    new = round(now.texts * len(later - earlier) / max(len(later), 1))
    gone = round(then.texts * len(earlier - later) / max(len(earlier), 1))
    return NewTexts(new, gone, not ends)
