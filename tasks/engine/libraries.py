"""Versions of the libraries that enter a cache key, beside the digests of the project's code."""

from __future__ import annotations

import functools
import importlib.metadata
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from tasks.configuration.errors import CodeChangedError

IGNORED_LIBRARIES = {
    "fsspec": "it chooses the objects of a source, whose bytes enter by their digests",
    "httpx": "it downloads a source, whose bytes enter by their digest",
    "prefect": "it only runs the stages and keeps their logs",
    "pydantic": "it only checks parameters and records, whose values enter",
    "pydantic_core": "it is a part of pydantic",
}
"""Import names of libraries whose versions do not enter cache keys, each with the reason."""

BACKENDS = {"keras": ["tensorflow"], "sklearn": ["scipy"]}
"""Libraries that compute the results of another; their versions enter with it."""


def versions_of(imports: Iterable[str]) -> dict[str, str]:
    """Find the versions of Python and of the libraries that code with these imports depends on.

    Python's minor version always enters: its Unicode tables change, and `str.casefold` and other
    methods that read them need no import.

    Args:
        imports: names of modules outside the project.

    Returns:
        Versions by distribution: all distributions of a namespace that several share. A module of
        no distribution is listed under its own name.

    Raises:
        CodeChangedError: one of them was reinstalled since this process began.
    """
    names = {name.split(".")[0] for name in imports}
    names |= {other for name in names for other in BACKENDS.get(name, [])}
    versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in names - sys.stdlib_module_names - IGNORED_LIBRARIES.keys():
        found = _distributions().get(name, ())
        versions |= {canonicalize_name(d): importlib.metadata.version(d) for d in found}
        _in_cache_keys.update(map(canonicalize_name, found))
        if not found:
            versions[name] = "of no distribution"
    check_libraries()
    return dict(sorted(versions.items()))


def check_libraries() -> None:
    """Check that no library in a cache key was reinstalled since this process began.

    The process may have imported some modules from the old version and others from the new one.

    Raises:
        CodeChangedError: a library was reinstalled.
    """
    now = _list_installed()
    for name in sorted(_in_cache_keys):
        if (before := _AT_START.get(name)) != now.get(name):
            raise CodeChangedError(
                f"{name} was {before or 'absent'} when this run began and is"
                f" {now.get(name) or 'absent'} now; run again"
            )


def _list_installed() -> dict[str, str]:
    """Read the version of each distribution from its folder's name, in about a millisecond."""
    stems = [p.name.removesuffix(".dist-info") for f in _FOLDERS for p in f.glob("*.dist-info")]
    # Reversed: where a distribution is installed twice, Python imports the first on the path.
    found = [stem.split("-")[:2] for stem in reversed(stems) if "-" in stem]
    return {canonicalize_name(name): version for name, version in found}


_FOLDERS = [Path(entry) for entry in sys.path if entry]
_AT_START = _list_installed()
_in_cache_keys: set[str] = set()
"""Distributions whose versions entered a cache key."""


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    """List the distributions of each module; the first call takes some tenths of a second."""
    return importlib.metadata.packages_distributions()
