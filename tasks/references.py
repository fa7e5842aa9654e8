"""References: what a delivery is compared with, and the memory of accepted ones.

    STORE/accepted/
        accepted.json        the accepted deliveries, newest last
        DIGEST.json          the profile of one of them, or of a champion's training data

A delivery that is accepted already is compared with what it was accepted under: looked at again, it
is found, whatever became the champion meanwhile. Made-up and real reviews are never compared.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from tasks.engine.artifacts import Artifact, Frozen, canonical_json, digest_file
from tasks.engine.run import Run
from tasks.engine.store import write_atomically
from tasks.errors import StoreError
from tasks.modelling.champion import PROFILE, ChampionRoom
from tasks.parameters import Parameters

if TYPE_CHECKING:
    from data_contracts.profile import References

FOLDER = "accepted"
LAST = "last"
NONE = "none"


class Reference(Parameters):
    """A profile to compare with; its place is no part of what it means."""

    name: str
    """What it is, for people."""
    digest: str
    """SHA-256 of the profile's file."""
    accepted_before: str | None = None
    """When the delivery itself was accepted, if another one was since."""
    path: str = Field(default="", exclude=True)
    """Where the profile lies, relative to the store."""


class Comparison(Parameters):
    """All that a delivery is compared with."""

    last: Reference | None = None
    """The file accepted last, or one of the caller's choice."""
    champion: Reference | None = None
    """The champion's training data."""


class Acceptance(Frozen):
    """The record of an accepted delivery.

    Attributes:
        delivery: digest of the ingested reviews.
        source: where they came from, as people named it.
        accepted: when, in ISO 8601, UTC.
        profile: SHA-256 of the profile's file.
        comparison: what it was accepted under.
    """

    delivery: str
    source: str
    accepted: str
    profile: str
    comparison: Comparison


def read_references(root: Path, comparison: Comparison) -> References:
    """Read the profiles of a comparison.

    Raises:
        StoreError: one is damaged or missing.
    """
    from data_contracts.profile import Known, Profile

    found: References = {}
    for key in ("last", "champion"):
        reference: Reference | None = getattr(comparison, key)
        if reference is None:
            continue
        path = root / (reference.path or _place_of(reference.digest))
        try:
            if digest_file(path) != reference.digest:
                raise ValueError("its bytes were changed")
            profile = Profile.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{path}: damaged or missing ({error}); restore it from a backup, or compare with"
                " nothing: --reference none"
            ) from error
        found[key] = Known(profile, reference.name, reference.accepted_before)
    return found


def settle_comparison(
    run: Run, reviews: Artifact, chosen: Reference | Literal["last", "none"]
) -> Comparison:
    """Settle what a delivery is compared with.

    Args:
        run: for its store and the name of its source.
        reviews: the ingested delivery.
        chosen: the file accepted last of this source, or of any where this one is new; nothing, not
            even the champion's training data; or a profile of the caller's choice.

    Raises:
        StoreError: the memory of accepted deliveries, or the champion, is damaged.
    """
    if chosen == NONE:
        return Comparison()
    champion, history = _champion_of(run), _history_of(run)
    if isinstance(chosen, Reference):
        return Comparison(last=chosen, champion=champion)
    if not history:
        return Comparison(champion=champion)
    newest = history[-1]
    if newest.delivery == reviews.digest:
        return newest.comparison
    before = [entry.accepted for entry in history if entry.delivery == reviews.digest]
    last = Reference(
        name=f"the file accepted on {newest.accepted[:10]} ({newest.source})",
        digest=newest.profile,
        accepted_before=before[-1][:10] if before else None,
    )
    return Comparison(last=last, champion=champion)


def remember_acceptance(
    run: Run, reviews: Artifact, checked: Artifact, comparison: Comparison
) -> None:
    """Remember an accepted delivery, with copies of the profiles that comparing it needs."""
    with run.store.lock(FOLDER):
        history = _history_of(run)
        if history and history[-1].delivery == reviews.digest:
            return
        profiles = [f"{checked.path}/{PROFILE}"]
        profiles += [r.path for r in (comparison.last, comparison.champion) if r and r.path]
        for path in profiles:
            content = (run.store.root / path).read_bytes()
            write_atomically(
                run.store.root / _place_of(digest_file(run.store.root / path)), content
            )
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        entry = Acceptance(
            delivery=reviews.digest,
            source=run.source,
            accepted=now,
            profile=checked.files[PROFILE].sha256,
            comparison=comparison,
        )
        entries = [*_read_history(run), entry]
        content = canonical_json([e.model_dump(mode="json") for e in entries])
        write_atomically(run.store.root / FOLDER / "accepted.json", content)
        _forget_profiles(run.store.root, entries)


def profile_of(checked: Artifact, name: str) -> Reference:
    """Refer to the profile of a delivery that was checked."""
    record = checked.files.get(PROFILE)
    digest = record.sha256 if record else checked.digest
    return Reference(name=name, digest=digest, path=f"{checked.path}/{PROFILE}")


def _forget_profiles(root: Path, entries: list[Acceptance]) -> None:
    """Remove the profiles that nothing will be compared with again."""
    newest = {entry.source: entry for entry in entries}.values()
    compared = [e.comparison for e in newest]
    needed = {entry.profile for entry in newest}
    needed |= {r.digest for c in compared for r in (c.last, c.champion) if r}
    for path in (root / FOLDER).glob("*.json"):
        if path.stem not in {"accepted", *needed}:
            path.unlink()


def _place_of(digest: str) -> str:
    return f"{FOLDER}/{digest}.json"


def _champion_of(run: Run) -> Reference | None:
    room = ChampionRoom(run.store)
    champion = room.current()
    if champion is None or champion.lineage["demo"] != run.demo or PROFILE not in champion.files:
        return None
    path = room.path_of(champion, PROFILE).relative_to(run.store.root)
    return Reference(
        name=f"the training data of the champion {champion.version}",
        digest=champion.files[PROFILE].sha256,
        path=str(path),
    )


def _history_of(run: Run) -> list[Acceptance]:
    """The acceptances of the run's source, or of all where it has none; of its kind only."""
    kind = [entry for entry in _read_history(run) if (entry.source == "demo") == run.demo]
    return [entry for entry in kind if entry.source == run.source] or kind


def _read_history(run: Run) -> list[Acceptance]:
    path = run.store.root / FOLDER / "accepted.json"
    try:
        content: list[Any] = json.loads(path.read_bytes())
        return [Acceptance.model_validate(entry) for entry in content]
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise StoreError(
            f"{path}: damaged; restore it from a backup, or move it away to begin without accepted"
            " files"
        ) from error
