"""Acceptance: what a delivery is compared with, and that it was accepted.

A delivery that is accepted already is compared with what it was accepted under: looked at again, it
is found, whatever became the champion meanwhile. The memory goes by source; a source of which it
holds nothing takes the newest file of any, and where each delivery has a name of its own, that is
the file before. Made-up and real reviews are never compared.
"""

from __future__ import annotations

import datetime
import hashlib

from tasks.champions.champion import ChampionRoom
from tasks.champions.copies import PROFILE
from tasks.configuration.errors import StoreError
from tasks.configuration.parameters import IngestParameters
from tasks.deliveries.accepted_files import Acceptance, history_of, note_use, read_history, remember
from tasks.deliveries.references import (
    FOLDER,
    NO_CHAMPION,
    NO_FILE,
    Comparison,
    ProfileReference,
    place_of,
)
from tasks.engine.run import PENDING, Run
from tasks.sources.fetched_bytes import SOURCE
from tasks.storage.artifacts import Artifact

LAST = "last"
NONE = "none"

NOT_ASKED = "the run asked for no comparison"
UNCOMPARED = Comparison(last_absent=NOT_ASKED, champion_absent=NOT_ASKED)


def identify_delivery(
    run: Run, fetched: Artifact, raw: Artifact, parameters: IngestParameters
) -> str:
    """Return the SHA-256 of the reviews as text: the same, however they are packed.

    No library's version enters it. To unpack them again takes a second for some 100 MB; reviews
    that are not packed are known by the digest of the fetched bytes.

    Args:
        run: for its store.
        fetched: the bytes of the source.
        raw: the same ingested. In a dry run that, or the bytes, may not be there; then the bytes
            count as they are.
        parameters: of the ingest.
    """
    from tasks.sources.unpack import GZIP_MAGIC, ZIP_MAGIC, open_csv_text

    path = run.store.path_of(fetched, SOURCE)
    if run.planning and (raw.digest == PENDING or not path.exists()):
        return fetched.digest
    with path.open("rb") as file:
        if not file.read(4).startswith((GZIP_MAGIC, ZIP_MAGIC)):
            return fetched.digest
    digest = hashlib.sha256()
    with open_csv_text(path, parameters) as text:
        while chunk := text.read(1024**2):
            digest.update(chunk)
    return digest.hexdigest()


def settle_comparison(run: Run, delivery: str, chosen: ProfileReference | str) -> Comparison:
    """Settle what a delivery is compared with.

    Args:
        run: for its store and the name of its source.
        delivery: the delivery's identity.
        chosen: `last`, the file accepted last of this source, or of any where this one is new;
            `none`, not even the champion's training data; or a profile of the caller's choice.

    Raises:
        StoreError: the memory of accepted deliveries, or the champion, is damaged.
    """
    if chosen == NONE:
        return UNCOMPARED
    with run.store.explain_errors():
        if run.planning:
            return _settle(run, delivery, chosen)
        with run.store.lock(FOLDER):
            comparison = _settle(run, delivery, chosen)
            settled = (comparison.last, comparison.champion)
            newest = [entry.profile for entry in history_of(run)[-1:]]
            note_use(run, [*newest, *(r.digest for r in settled if r)])
            return comparison


def remember_acceptance(run: Run, delivery: str, checked: Artifact, comparison: Comparison) -> None:
    """Remember an accepted delivery, with copies of the profiles that comparing it needs.

    Raises:
        StoreError: the memory is damaged or cannot be written, or a profile is not what it was.
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
            source=run.source,
            accepted=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            profile=own.digest,
            comparison=comparison,
        )
        remember(run, entry)


def profile_of(checked: Artifact, name: str) -> ProfileReference:
    """Refer to the profile of a delivery that was checked."""
    record = checked.files.get(PROFILE)
    digest = record.sha256 if record else checked.digest
    return ProfileReference(name=name, digest=digest, path=f"{checked.folder}/{PROFILE}")


def _settle(run: Run, delivery: str, chosen: ProfileReference | str) -> Comparison:
    champion, champion_absent = _champion_of(run)
    if isinstance(chosen, ProfileReference):
        return Comparison(last=chosen, champion=champion, champion_absent=champion_absent)
    history = history_of(run)
    if not history:
        kind = "made-up" if run.demo else "real"
        reason = f"no file of {kind} reviews was accepted before" if read_history(run) else NO_FILE
        return Comparison(champion=champion, last_absent=reason, champion_absent=champion_absent)
    newest = history[-1]
    if newest.delivery == delivery:
        return newest.comparison
    before = [entry.accepted for entry in history if entry.delivery == delivery]
    last = ProfileReference(
        name=f"the file accepted on {newest.accepted[:10]} ({newest.source})",
        digest=newest.profile,
        accepted_before=before[-1][:10] if before else None,
    )
    return Comparison(last=last, champion=champion, champion_absent=champion_absent)


def _champion_of(run: Run) -> tuple[ProfileReference | None, str]:
    """The profile of the champion's training data, or why there is none to compare with."""
    room = ChampionRoom(run.store)
    champion = room.current()
    if champion is None:
        return None, NO_CHAMPION
    if champion.lineage["demo"] != run.demo:
        kind = "real" if run.demo else "made-up"
        return None, f"the champion was trained on {kind} reviews"
    if PROFILE not in champion.files:
        return None, "the champion keeps no profile"
    reference = ProfileReference(
        name=f"the training data of the champion {champion.version}",
        digest=champion.files[PROFILE].sha256,
        path=str(room.path_of(champion, PROFILE).relative_to(run.store.root)),
    )
    return reference, NO_CHAMPION


def _keep_profile(run: Run, reference: ProfileReference) -> None:
    """Copy a profile to the kept ones, if it is still what was settled on."""
    records = run.store.records
    content = records.read(reference.place)
    if content is not None and hashlib.sha256(content).hexdigest() == reference.digest:
        return records.write(place_of(reference.digest), content)
    place = records.place(reference.place)
    raise StoreError(f"{place}: replaced or damaged since it was read; run again")
