"""Acceptance: choose the profiles that a delivery is compared with, and record accepted deliveries.

A delivery is compared with the last accepted file of its source. Files with a date in their names
are sources of their own. If the delivery itself was accepted last, it is compared with the same
profiles as then: its output is cached even if the champion changed. Made-up and real reviews are
never compared.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

from tasks.champions.champion import Champion, ChampionRegistry, folder_of
from tasks.champions.copies import PROFILE
from tasks.configuration.errors import StoreError
from tasks.configuration.parameters import IngestParameters
from tasks.deliveries.accepted_files import Acceptance, history_of, name_source, note_use, remember
from tasks.deliveries.references import (
    FOLDER,
    NO_CHAMPION,
    ChampionReference,
    Comparison,
    ProfileReference,
    place_of,
)
from tasks.engine.run import PENDING, Run
from tasks.sources.fetched_bytes import SOURCE
from tasks.storage.artifacts import Artifact

LAST = "last"
NONE = "none"

NOT_EVALUATED = "the run asked for no comparison"
UNCOMPARED = Comparison(last_absent=NOT_EVALUATED, champion_absent=NOT_EVALUATED)


def identify_delivery(
    run: Run, fetched: Artifact, raw: Artifact, parameters: IngestParameters
) -> str:
    """Return the SHA-256 of the unpacked file, which does not depend on the compression.

    For an uncompressed source this is the digest of the fetched bytes. Unpacking takes about a
    second for 100 MB.

    Args:
        run: the run, for its store and its contract.
        fetched: the fetched bytes.
        raw: the ingested reviews. In a dry run they or the bytes may be missing; then the result is
            the digest of `fetched`.
        parameters: of the ingest.
    """
    from tasks.sources.reading.expected import ExpectedColumns
    from tasks.sources.reading.source_table import open_bytes
    from tasks.sources.reading.unpack import MAGIC_BYTES, is_packed

    path = run.store.path_of(fetched, SOURCE)
    if run.planning and (raw.digest == PENDING or not path.exists()):
        return fetched.digest
    with path.open("rb") as file:
        if not is_packed(file.read(MAGIC_BYTES)):
            return fetched.digest
    digest = hashlib.sha256()
    with open_bytes(path, ExpectedColumns.of(run.contract), parameters) as unpacked:
        while chunk := unpacked.read(1024**2):
            digest.update(chunk)
    return digest.hexdigest()


def settle_comparison(run: Run, delivery: str, chosen: ProfileReference | str) -> Comparison:
    """Choose the profiles that a delivery is compared with.

    Args:
        run: the run, for its store and its source.
        delivery: see `identify_delivery`.
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


def remember_acceptance(run: Run, delivery: str, checked: Artifact, comparison: Comparison) -> None:
    """Add a delivery to the accepted ones, and copy the profiles that its comparison needs.

    Raises:
        StoreError: the list is damaged or cannot be written, or a profile changed.
    """
    with run.store.explain_errors(), run.store.lock(FOLDER):
        history = history_of(run)
        if history and history[-1].delivery == delivery:
            return
        own = profile_of(checked, run.source)
        for reference in (own, comparison.last, comparison.champion):
            if reference and reference.path:
                _keep_profile(run, reference)
        entry = Acceptance(
            delivery=delivery,
            source=name_source(run),
            accepted=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            profile=own.digest,
            comparison=comparison,
        )
        remember(run, entry)


def profile_of(checked: Artifact, name: str) -> ProfileReference:
    """Return a reference to the profile of a validated delivery."""
    record = checked.files.get(PROFILE)
    digest = record.sha256 if record else checked.digest
    return ProfileReference(name=name, digest=digest, path=f"{checked.folder}/{PROFILE}")


def _choose_references(run: Run, delivery: str, chosen: ProfileReference | str) -> Comparison:
    about = _champion_of(run)
    if isinstance(chosen, ProfileReference):
        return Comparison(last=chosen, **about)
    history = history_of(run)
    if not history:
        return Comparison(**about)
    newest = history[-1]
    if newest.delivery == delivery:
        return _locate_champion(run, newest.comparison)
    before = [entry.accepted for entry in history if entry.delivery == delivery]
    last = ProfileReference(
        name=f"the file accepted on {newest.accepted[:10]} ({newest.source})",
        digest=newest.profile,
        accepted_before=before[-1][:10] if before else None,
    )
    return Comparison(last=last, **about)


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
    if version.partition(".")[0] != run.contract.version.partition(".")[0]:
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
