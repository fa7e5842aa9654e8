"""References to the profiles that a delivery is compared with.

The validation depends only on this module. tasks/deliveries/acceptance.py, which chooses the
references, is separate, so that an edit of it does not change the validation's cache key.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pydantic import Field

from tasks.configuration.base_parameters import Parameters
from tasks.configuration.errors import StoreError
from tasks.configuration.system_errors import explain_system_error
from tasks.sources.reading.showing import list_files

if TYPE_CHECKING:
    from data_contracts.profile import ChampionError, Profile, References
    from tasks.storage.artifacts import Artifact
    from tasks.storage.records import Records
    from tasks.storage.workspace import Workspace

ERROR = "champion_error.json"
"""File with the champion's error on a delivery, or null."""
WAYS_OUT = {
    "last": "If the change is meant, add --reference none, or --reference and another file.",
    "champion": "If the change is meant, add --reference none.",
}
"""What to do if a delivery is meant to differ from a reference."""
FOLDER = "accepted"
"""Folder of the profiles in the store."""

NO_FILE = "there is no earlier file of this source to compare with"
NO_CHAMPION = "there is no champion"


class ProfileReference(Parameters):
    """A profile to compare with; its path does not enter cache keys."""

    name: str
    """Description for people."""
    digest: str
    """SHA-256 of the profile's file."""
    accepted_before: str | None = None
    """Date on which the delivery itself was accepted, if another delivery was accepted later."""
    path: str = Field(default="", exclude=True)
    """Path relative to the store; empty for a profile in the folder of accepted files."""

    @property
    def place(self) -> str:
        """Path of the profile, relative to the store."""
        return self.path or place_of(self.digest)


class ChampionReference(Parameters):
    """A champion whose error on a delivery is measured; its paths do not enter cache keys."""

    version: str
    """Version of the model."""
    folder: str = Field(default="", exclude=True)
    """Folder of its files, relative to the store."""


class Comparison(Parameters):
    """The profiles that a delivery is compared with."""

    last: ProfileReference | None = None
    """The last accepted file, or a file that the caller chose."""
    champion: ProfileReference | None = None
    """The champion's training data."""
    champion_model: ChampionReference | None = None
    """The champion itself."""
    last_absent: str = NO_FILE
    """The reason if `last` is None."""
    champion_absent: str = NO_CHAMPION
    """The reason if `champion` is None."""
    files_gone: tuple[str, ...] = ()
    """Files of the last accepted delivery of the source that this delivery lacks."""

    @property
    def notes(self) -> list[str]:
        """What a person should know of how the files changed, in sentences."""
        if not self.files_gone:
            return []
        return [
            f"Warning: missing since the last accepted delivery: {list_files(self.files_gone)}."
        ]


def place_of(digest: str) -> str:
    """Return the path of a profile in the folder of accepted files, relative to the store."""
    return f"{FOLDER}/{digest}.json"


def read_references(
    records: Records, comparison: Comparison, champion_error: ChampionError | None = None
) -> tuple[References, dict[str, str]]:
    """Read the profiles of a comparison.

    Args:
        records: of the store.
        comparison: refers to the profiles.
        champion_error: the champion's error on the delivery, if it was measured.

    Returns:
        The profiles by `last` and `champion`, and the reasons for missing ones by the same keys.

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
            error = champion_error if key == "champion" else None
            known = Known(profile, reference.name, reference.accepted_before, error, WAYS_OUT[key])
            found[key] = known
        else:
            absent[key] = f"the profile of {reference.name} is of another format"
    return found, absent


def read_champion_error(workspace: Workspace, measured: Artifact | None) -> ChampionError | None:
    """Read the champion's error on a delivery; None if it was not measured."""
    from data_contracts.profile import ChampionError

    figures = workspace.read_json(measured, ERROR) if measured else None
    return ChampionError(**figures) if figures else None


def _read(records: Records, reference: ProfileReference) -> Profile | None:
    """Read a profile; return None if it is undamaged but has another format version."""
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
        place, why = records.place(reference.place), explain_system_error(error)
        raise StoreError(f"{place}: damaged or missing ({why}); {advice}") from error
