"""Housekeeping: what the store holds, and pruning it by a stated rule."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from flows.plain_command import PlainCommand, run_plain_command
from tasks.champions.champion import VERSIONS, ChampionRoom
from tasks.champions.installation import choose_forgotten, list_forgotten
from tasks.engine.bucket_pruning import (
    choose_in_bucket,
    list_folders,
    measure_bucket,
    prune_bucket,
)
from tasks.engine.bucket_store import BucketStore
from tasks.engine.opening import open_store
from tasks.engine.pruning import choose_to_prune, measure_store, prune, size_of
from tasks.engine.store import Store
from tasks.errors import StoreError

MIB = 1024**2


class Housekeeping(PlainCommand):
    """Show what the store holds; with --prune, remove what no recent run used.

    Kept are the champion and the newest earlier ones, the whole history, every output that one of
    the newest runs used, and whatever was made or found in the last hours.
    """

    model_config = SettingsConfigDict(cli_prog_name="python -m flows.housekeeping")

    store: str = Field(default="store", description="folder or s3://BUCKET/PREFIX")
    prune: bool = Field(default=False, description="remove what the rule lets go")
    dry_run: bool = Field(default=False, description="with --prune: say what would go, remove none")
    keep_runs: int = Field(default=20, ge=0, description="newest runs whose outputs are kept")
    keep_champions: int = Field(
        default=10, ge=0, description="newest earlier champions that are kept for a rollback"
    )
    keep_hours: float = Field(
        default=24, ge=0, description="hours for which what was made or found is kept"
    )


def keep_house(asked: Housekeeping) -> str:
    """Say what the store holds, and prune it if asked to.

    Raises:
        StoreError: there is no store, or it cannot be read or written.
    """
    store = open_store(asked.store)
    if not store.exists():
        raise StoreError(f"{store}: no store is here yet; the first run makes it")
    with store.explain_errors():
        pruned = _prune(store, asked) if asked.prune else []
        usages = measure_bucket(store) if isinstance(store, BucketStore) else measure_store(store)
    held = [
        f"  {usage.name:<12}{usage.outputs:>6} entries{usage.size_bytes / MIB:>10.1f} MiB"
        for usage in usages
    ]
    return "\n".join([*pruned, f"{store}: store format {store.format_version}", *held])


def _prune(store: Store, asked: Housekeeping) -> list[str]:
    # No champion comes back by hand while its copies are looked at and removed.
    with ChampionRoom(store).alone():
        if isinstance(store, BucketStore):
            sizes = _prune_bucket(store, asked)
        else:
            sizes = _prune_folder(store, asked)
    verb = "would go" if asked.dry_run else "gone"
    lines = [f"{verb}: {name} ({size / MIB:.1f} MiB)" for name, size in sizes.items()]
    return [*lines, f"{len(lines)} entries {verb}"]


def _prune_folder(store: Store, asked: Housekeeping) -> dict[str, int]:
    """Remove what goes, unless it is a dry run; return the sizes in bytes by path in the store."""
    chosen = choose_to_prune(store, asked.keep_runs, asked.keep_hours)
    chosen += list_forgotten(ChampionRoom(store), asked.keep_champions, asked.keep_hours)
    sizes = {path: size_of(path) for path in chosen}
    gone = chosen if asked.dry_run else prune(store, chosen, asked.keep_hours)
    return {str(path.relative_to(store.root)): sizes[path] for path in gone}


def _prune_bucket(store: BucketStore, asked: Housekeeping) -> dict[str, int]:
    """Remove what goes, unless it is a dry run; return the sizes in bytes by path in the store."""
    chosen = choose_in_bucket(store, asked.keep_runs, asked.keep_hours)
    champions = list_folders(store, VERSIONS)
    times = {name: entry.last_modified for name, entry in champions.items()}
    room = ChampionRoom(store)
    gone = choose_forgotten(room, times, asked.keep_champions, asked.keep_hours)
    chosen += [champions[name] for name in sorted(gone)]
    if not asked.dry_run:
        chosen = prune_bucket(store, chosen, asked.keep_hours)
    return {entry.name: entry.size_bytes for entry in chosen}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Housekeeping, keep_house, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
