"""What housekeeping says of itself: figures in a sentence, by folder, and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tasks.configuration.verdicts import Verdict
from tasks.pages.markdown import escape_markdown, format_table
from tasks.reporting.summary import Summary
from tasks.storage.pruning import Usage

MIB = 1024**2


class HousekeepingSummary(Summary):
    """What housekeeping says of itself.

    Attributes:
        entries_gone: how many were removed.
        freed_bytes: their size.
        entries_held: how many are there.
        held_bytes: their size.
        folders: of each in the store its name, entries and MiB gone, entries and MiB held.
    """

    flow = "housekeeping"
    entries_gone: int
    freed_bytes: int
    entries_held: int
    held_bytes: int
    folders: list[tuple[str, int, float, int, float]]

    def to_markdown(self) -> str:
        """Write it for an artifact of the Prefect run."""
        header = ["Folder", "entries gone", "MiB freed", "entries held", "MiB held"]
        rows = [
            [name, gone, f"{freed:,.1f}", held, f"{size:,.1f}"]
            for name, gone, freed, held, size in self.folders
        ]
        return f"# {escape_markdown(self.reason)}\n\n{format_table(header, rows)}\n"


def summarize_housekeeping(
    place: str, gone: dict[str, int], held: Sequence[Usage]
) -> HousekeepingSummary:
    """Sum up what housekeeping removed and what is left.

    Args:
        place: the store, for people.
        gone: the sizes in bytes of what went, by path in the store.
        held: what every folder holds now.
    """
    entries, sizes = Counter[str](), Counter[str]()
    for path, size in gone.items():
        folder = path.partition("/")[0]
        entries[folder] += 1
        sizes[folder] += size
    usages = {usage.name: usage for usage in held}
    freed, kept = sum(gone.values()), sum(usage.size_bytes for usage in held)
    count = sum(usage.outputs for usage in held)
    reason = (
        f"{_count(len(gone))} gone, {freed / MIB:,.1f} MiB freed; left in {place}:"
        f" {_count(count)}, {kept / MIB:,.1f} MiB."
    )
    folders = []
    for name in sorted({*entries, *(usage.name for usage in held if usage.outputs)}):
        usage = usages.get(name, Usage(name, 0, 0))
        figures = (entries[name], sizes[name] / MIB, usage.outputs, usage.size_bytes / MIB)
        folders.append((name, *figures))
    return HousekeepingSummary(
        verdict=Verdict.PRUNED,
        reason=reason,
        entries_gone=len(gone),
        freed_bytes=freed,
        entries_held=count,
        held_bytes=kept,
        folders=folders,
    )


def _count(entries: int) -> str:
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}"
