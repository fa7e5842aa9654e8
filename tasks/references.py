"""References: what a delivery is compared with, and why where it is with nothing.

What settles and remembers them is in tasks/acceptance.py: the checks depend on this module alone,
so that no change there runs them anew.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from tasks.errors import StoreError
from tasks.parameters import Parameters

if TYPE_CHECKING:
    from data_contracts.profile import Profile, References

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


def read_references(root: Path, comparison: Comparison) -> tuple[References, dict[str, str]]:
    """Read the profiles of a comparison.

    Args:
        root: the store's folder.
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
        elif profile := _read(root, reference):
            found[key] = Known(profile, reference.name, reference.accepted_before)
        else:
            absent[key] = f"the profile of {reference.name} is of another format"
    return found, absent


def _read(root: Path, reference: ProfileReference) -> Profile | None:
    """Read a profile; None where it is sound, and of another format."""
    from data_contracts.profile import read_profile

    path = root / reference.place
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != reference.digest:
            raise ValueError("its bytes were changed")
        return read_profile(content)
    except (OSError, ValueError) as error:
        kept = (
            f"restore it from a backup, move {root / FOLDER} away to begin without accepted files,"
            " or compare with nothing: --reference none"
        )
        advice = "run again" if reference.path else kept
        raise StoreError(f"{path}: damaged or missing ({error}); {advice}") from error
