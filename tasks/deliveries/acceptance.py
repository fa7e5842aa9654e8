"""Acceptance: choose the profiles that a delivery is compared with, and record accepted deliveries.

A delivery is compared with the last accepted file of its source. Files with a date in their names
are sources of their own. If the delivery itself was accepted last, it is compared with the same
profiles as then: its output is cached even if the champion changed. Made-up and real reviews are
never compared.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import Any, NamedTuple, Self

from tasks.champions.champion import Champion, ChampionRegistry, folder_of
from tasks.champions.copies import PROFILE
from tasks.champions.scales import major_of
from tasks.configuration.errors import StoreError
from tasks.deliveries.accepted_files import Acceptance, history_of, name_source, note_use, remember
from tasks.deliveries.references import (
    FOLDER,
    NO_CHAMPION,
    ChampionReference,
    Comparison,
    ProfileReference,
    place_of,
)
from tasks.engine.run import Run
from tasks.sources.many_files import FileList
from tasks.storage.artifacts import Artifact

LAST = "last"
NONE = "none"

NOT_EVALUATED = "the run asked for no comparison"
UNCOMPARED = Comparison(last_absent=NOT_EVALUATED, champion_absent=NOT_EVALUATED)


class DeliveryId(NamedTuple):
    """What identifies a delivery.

    Attributes:
        digest: SHA-256 of the unpacked files, which does not depend on the compression. For an
            uncompressed file this is the digest of the fetched bytes. In a dry run, in which the
            ingested reviews may be missing, it is always the digest of the fetched bytes.
        files: the digests of the fetched files by their names, if there are several.
    """

    digest: str
    files: dict[str, str]

    @classmethod
    def of(cls, run: Run, fetched: Artifact, raw: Artifact) -> Self:
        """Identify the delivery of a run by its fetched bytes and ingested reviews."""
        listed = FileList.read(run.store, fetched).files
        files = {file.name: file.digest for file in listed if file.name}
        return cls(str(raw.facts.get("delivery", fetched.digest)), files)

    def lacks(self, earlier: dict[str, str]) -> tuple[str, ...]:
        """Name the files of an earlier delivery that are gone, and not only renamed."""
        gone = (name for name, digest in earlier.items() if digest not in self.files.values())
        return tuple(name for name in gone if name not in self.files)


def settle_comparison(run: Run, delivery: DeliveryId, chosen: ProfileReference | str) -> Comparison:
    """Choose the profiles that a delivery is compared with.

    Args:
        run: the run, for its store and its source.
        delivery: the delivery.
        chosen: `last` for the last accepted file; `none` for no comparison, not even with the
            champion's training data; or a profile.

    Raises:
        StoreError: the list of accepted deliveries, or the champion, is damaged.
    """
    if chosen == NONE:
        return UNCOMPARED
    with run.store.explain_errors():
        if run.planning:
            return _choose_references(run, delivery, chosen)
        with run.store.lock(FOLDER):
            comparison = _choose_references(run, delivery, chosen)
            references = (comparison.last, comparison.champion)
            newest = [entry.profile for entry in history_of(run)[-1:]]
            note_use(run, [*newest, *(r.digest for r in references if r)])
            return comparison


def remember_acceptance(
    run: Run, delivery: DeliveryId, checked: Artifact, comparison: Comparison
) -> None:
    """Add a delivery to the accepted ones, and copy the profiles that its comparison needs.

    Raises:
        StoreError: the list is damaged or cannot be written, or a profile changed.
    """
    with run.store.explain_errors(), run.store.lock(FOLDER):
        history = history_of(run)
        if history and history[-1].delivery == delivery.digest:
            return
        own = profile_of(checked, run.source)
        for reference in (own, comparison.last, comparison.champion):
            if reference and reference.path:
                _keep_profile(run, reference)
        entry = Acceptance(
            delivery=delivery.digest,
            source=name_source(run),
            major=major_of(run.contract.version),
            accepted=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            profile=own.digest,
            comparison=comparison,
            files=delivery.files,
        )
        remember(run, entry)


def profile_of(checked: Artifact, name: str) -> ProfileReference:
    """Return a reference to the profile of a validated delivery."""
    record = checked.files.get(PROFILE)
    digest = record.sha256 if record else checked.digest
    return ProfileReference(name=name, digest=digest, path=f"{checked.folder}/{PROFILE}")


def _choose_references(
    run: Run, delivery: DeliveryId, chosen: ProfileReference | str
) -> Comparison:
    about = _champion_of(run)
    if isinstance(chosen, ProfileReference):
        return Comparison(last=chosen, **about)
    history = history_of(run)
    if not history:
        return Comparison(**about)
    newest = history[-1]
    if newest.delivery == delivery.digest:
        return _locate_champion(run, newest.comparison)
    before = [entry.accepted for entry in history if entry.delivery == delivery.digest]
    last = ProfileReference(
        name=f"the file accepted on {newest.accepted[:10]} ({newest.source})",
        digest=newest.profile,
        accepted_before=before[-1][:10] if before else None,
    )
    return Comparison(last=last, files_gone=delivery.lacks(newest.files), **about)


def _locate_champion(run: Run, comparison: Comparison) -> Comparison:
    """Add the folder of the champion's files, which the record of an acceptance does not hold."""
    model, registry = comparison.champion_model, ChampionRegistry(run.store)
    if model is None:
        return comparison
    installed = (e for e in reversed(registry.history()) if e.version == model.version and e.folder)
    for champion in filter(registry.is_intact, map(Champion.from_event, installed)):
        located = model.model_copy(update={"folder": _folder_of(registry, champion)})
        return comparison.model_copy(update={"champion_model": located})
    return comparison


def _folder_of(registry: ChampionRegistry, champion: Champion) -> str:
    """Return the path of the folder of a champion's files, relative to the store."""
    return registry.records.path(folder_of(champion))


def _champion_of(run: Run) -> dict[str, Any]:
    """Return the fields of a comparison about the champion, or the reason why there are none."""
    registry = ChampionRegistry(run.store)
    champion = registry.current()
    if champion is None:
        return {"champion_absent": NO_CHAMPION}
    if champion.lineage["demo"] != run.demo:
        kind = "real" if run.demo else "made-up"
        return {"champion_absent": f"the champion was trained on {kind} reviews"}
    version = str(champion.lineage.get("contract_version") or run.contract.version)
    if major_of(version) != major_of(run.contract.version):
        reason = f"the champion was trained under version {version} of the contract"
        return {"champion_absent": reason}
    if PROFILE not in champion.files:
        return {"champion_absent": "the champion keeps no profile"}
    folder = _folder_of(registry, champion)
    profile = ProfileReference(
        name=f"the training data of the champion {champion.version}",
        digest=champion.files[PROFILE].sha256,
        path=f"{folder}/{PROFILE}",
    )
    model = ChampionReference(version=champion.version, folder=folder)
    return {"champion": profile, "champion_model": model}


def _keep_profile(run: Run, reference: ProfileReference) -> None:
    """Copy a profile to the folder of accepted files, after checking its digest."""
    records = run.store.records
    content = records.read(reference.place)
    if content is not None and hashlib.sha256(content).hexdigest() == reference.digest:
        return records.write(place_of(reference.digest), content)
    place = records.place(reference.place)
    raise StoreError(f"{place}: replaced or damaged since it was read; run again")
