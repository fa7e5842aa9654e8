"""The summary of a housekeeping run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tasks.configuration.verdicts import Verdict
from tasks.pages.markdown import escape_markdown, format_table
from tasks.reporting.summary import Summary
from tasks.storage.usage import Usage

MIB = 1024**2


class HousekeepingSummary(Summary):
    """The summary of a housekeeping run.

    Attributes:
        entries_gone: number of removed entries.
        freed_bytes: size of the removed entries.
        entries_held: number of remaining entries.
        held_bytes: size of the remaining entries.
        folders: name, removed entries and MiB, remaining entries and MiB of each folder.
    """

    flow = "housekeeping"
    entries_gone: int
    freed_bytes: int
    entries_held: int
    held_bytes: int
    folders: list[tuple[str, int, float, int, float]]

    def to_markdown(self) -> str:
        """Format the summary for an artifact of the Prefect run."""
        header = ["Folder", "entries gone", "MiB freed", "entries held", "MiB held"]
        rows = [
            [name, gone, f"{freed:,.1f}", held, f"{size:,.1f}"]
            for name, gone, freed, held, size in self.folders
        ]
        return f"# {escape_markdown(self.reason)}\n\n{format_table(header, rows)}\n"


def summarize_housekeeping(
    place: str, gone: dict[str, int], held: Sequence[Usage]
) -> HousekeepingSummary:
    """Sum up the removed and the remaining entries of a store.

    Args:
        place: the store's name for people.
        gone: sizes in bytes of the removed entries, by path in the store.
        held: the remaining entries of each folder.
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
