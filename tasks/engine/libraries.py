"""Libraries: the versions that enter an address, beside the digests of the project's own code."""

from __future__ import annotations

import functools
import importlib.metadata
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from tasks.configuration.errors import CodeChangedError

SHAPES_NOTHING = {
    "httpx": "it brings the bytes of a source, which count by their digest",
    "prefect": "it runs the stages and takes their log",
    "pydantic": "it checks parameters and records, whose values count",
}
"""Import names of libraries that do not count, each with its reason. All others do."""

COMPUTES_WITH = {"keras": ["tensorflow"], "sklearn": ["scipy"]}
"""What a library computes with, which counts whether or not our code imports it too."""


def versions_of(imports: Iterable[str]) -> dict[str, str]:
    """Find the versions of all that shapes a result of code with these imports.

    Python counts for all code, by its minor version: its Unicode tables say what a letter is, and
    what reads them, such as `str.casefold`, needs no import that could tell.

    Args:
        imports: names of modules that are not the project's.

    Returns:
        Versions by distribution. Where several distributions share a namespace, all are there;
        a module that none of them brought stands there by its own name.

    Raises:
        CodeChangedError: one of them was installed anew since this process began.
    """
    names = {name.split(".")[0] for name in imports}
    names |= {other for name in names for other in COMPUTES_WITH.get(name, [])}
    versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in names - sys.stdlib_module_names - SHAPES_NOTHING.keys():
        found = _distributions().get(name, ())
        versions |= {canonicalize_name(d): importlib.metadata.version(d) for d in found}
        _counted.update(map(canonicalize_name, found))
        if not found:
            versions[name] = "of no distribution"
    check_libraries()
    return dict(sorted(versions.items()))


def check_libraries() -> None:
    """Refuse libraries that were installed anew since this process began.

    What was imported before is of the old version, what is imported later of the new one.

    Raises:
        CodeChangedError: one was, of those whose versions were asked for.
    """
    now = _list_installed()
    for name in sorted(_counted):
        if (began := _AT_START.get(name)) != now.get(name):
            raise CodeChangedError(
                f"{name} was {began or 'absent'} when this run began and is"
                f" {now.get(name) or 'absent'} now; run again"
            )


def _list_installed() -> dict[str, str]:
    """List versions by distribution, as the names of their folders tell; takes a millisecond."""
    stems = [p.name.removesuffix(".dist-info") for f in _FOLDERS for p in f.glob("*.dist-info")]
    # Of two, the first one on the path is imported.
    found = [stem.split("-")[:2] for stem in reversed(stems) if "-" in stem]
    return {canonicalize_name(name): version for name, version in found}


_FOLDERS = [Path(entry) for entry in sys.path if entry]
_AT_START = _list_installed()
_counted: set[str] = set()
"""Distributions whose versions entered a cache key."""


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    """Look through all distributions, which takes some tenths of a second."""
    return importlib.metadata.packages_distributions()
