"""Champions made by hand: tiny networks with every part there is, which were never trained."""

from __future__ import annotations

from pathlib import Path

from data_contracts.dataset import Target
from tasks.champions.champion import Champion, ChampionRegistry
from tasks.champions.installation import install
from tasks.configuration.parameters import VectorizerParameters
from tasks.modelling.intervals import INTERVALS
from tasks.modelling.model_file import MODEL
from tasks.storage.artifacts import FileRecord, canonical_json
from tasks.storage.store import Store
from tests.champions import about
from tests.contracts import POINTS
from tests.networks import WHOLE

WORDS = ["firm", "soft", "bright", "dull", "wine", "finish"]
WIDTHS = {"80": 1.5, "95": 20.0}


def install_champion(
    store: Store,
    version: str,
    seed: int = 0,
    widths: dict[str, float | None] | None = None,
    target: Target = POINTS,
) -> Champion:
    """Make a network of this seed the champion; without any `widths` it has the usual ones."""
    import keras

    from tasks.modelling.network import build_network, join_text
    from tasks.modelling.output_scale import OutputScale
    from tasks.modelling.vectorizer import make_vectorizer

    vocabulary = VectorizerParameters(
        vocabulary_size=len(WORDS) + 2, sequence_length=12, punctuation="keep"
    )
    network = build_network(WHOLE, len(WORDS) + 2, seed)
    keras.utils.set_random_seed(seed)
    network.set_weights([w * 2 if w.ndim > 1 else w for w in network.get_weights()])
    made = store.root / "made" / version
    made.mkdir(parents=True)
    scale = OutputScale(target, (target.minimum + target.maximum) / 2, target.range / 20)
    model = join_text(make_vectorizer(vocabulary, WORDS), network, scale, target.scale)
    model.save(made / MODEL)
    content = {"rows": 99, "half_widths": WIDTHS if widths is None else widths}
    (made / INTERVALS).write_bytes(canonical_json(content))
    return install_again(store, version)


def install_again(store: Store, version: str) -> Champion:
    """Point to a version that was made before."""
    files = sorted((store.root / "made" / version).iterdir())
    sources = {path.name: (path, FileRecord.of(path)) for path in files}
    registry = ChampionRegistry(store)
    install(registry, registry.history(), sources, **about(version))
    champion = registry.current()
    assert champion is not None
    return champion


def forget_intervals(store: Store, version: str) -> Champion:
    """Make a champion one of the time before there were intervals."""
    (store.root / "made" / version / INTERVALS).unlink()
    return install_again(store, version)


def write_texts(path: Path, texts: list[str]) -> Path:
    """Write a file of texts alone, as a stranger would."""
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        rows.writerow(["description"])
        rows.writerows([text] for text in texts)
    return path
