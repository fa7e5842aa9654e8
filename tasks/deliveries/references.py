"""References: what a delivery is compared with, and why where it is with nothing.

What settles and remembers them is in tasks/deliveries/acceptance.py: the checks depend on this
module alone, so that no change there runs them anew.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pydantic import Field

from tasks.configuration.errors import StoreError
from tasks.configuration.parameters import Parameters

if TYPE_CHECKING:
    from data_contracts.profile import Profile, References
    from tasks.storage.records import Records

FOLDER = "accepted"
"""The store's folder of the profiles that are kept."""

NO_FILE = "no file was accepted before"
NO_CHAMPION = "there is no champion"


class ProfileReference(Parameters):
    """A profile to compare with; its place is no part of what it means."""

    name: str
    """What it is, for people."""
    digest: str
    """SHA-256 of the profile's file."""
    accepted_before: str | None = None
    """When the delivery itself was accepted, if another one was since."""
    path: str = Field(default="", exclude=True)
    """Where the profile lies, relative to the store; empty: where the kept ones lie."""

    @property
    def place(self) -> str:
        """Path of the profile, relative to the store."""
        return self.path or place_of(self.digest)


class Comparison(Parameters):
    """All that a delivery is compared with."""

    last: ProfileReference | None = None
    """The file accepted last, or one of the caller's choice."""
    champion: ProfileReference | None = None
    """The champion's training data."""
    last_absent: str = NO_FILE
    """Why there is no `last`, where there is none."""
    champion_absent: str = NO_CHAMPION
    """Why there is no `champion`, where there is none."""


def place_of(digest: str) -> str:
    """Path of a kept profile, relative to the store."""
    return f"{FOLDER}/{digest}.json"


def read_references(records: Records, comparison: Comparison) -> tuple[References, dict[str, str]]:
    """Read the profiles of a comparison.

    Args:
        records: the store's.
        comparison: what was settled.

    Returns:
        What there is to compare with, and by `last` and `champion` why there is nothing.

    Raises:
        StoreError: a profile is damaged or missing.
    """
    from data_contracts.profile import Known

    found: References = {}
    absent: dict[str, str] = {}
    for key, reference, reason in (
        ("last", comparison.last, comparison.last_absent),
        ("champion", comparison.champion, comparison.champion_absent),
    ):
        if reference is None:
            absent[key] = reason
        elif profile := _read(records, reference):
            found[key] = Known(profile, reference.name, reference.accepted_before)
        else:
            absent[key] = f"the profile of {reference.name} is of another format"
    return found, absent


def _read(records: Records, reference: ProfileReference) -> Profile | None:
    """Read a profile; None where it is sound, and of another format."""
    from data_contracts.profile import read_profile

    try:
        content = records.read(reference.place)
        if content is None:
            raise FileNotFoundError("there is no such file")
        if hashlib.sha256(content).hexdigest() != reference.digest:
            raise ValueError("its bytes were changed")
        return read_profile(content)
    except (OSError, ValueError) as error:
        otherwise = (
            f"restore it from a backup, move {records.place(FOLDER)} away to begin without"
            " accepted files, or compare with nothing: --reference none"
        )
        advice = "run again" if reference.path else otherwise
        place = records.place(reference.place)
        raise StoreError(f"{place}: damaged or missing ({error}); {advice}") from error
