"""Cache keys (addresses) of outputs: digests of inputs, parameters, code and library versions."""

from __future__ import annotations

import ast
import functools
import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from data_contracts.contract import Contract
from tasks.configuration.parameters import FORMAT_VERSION as PARAMETERS_FORMAT
from tasks.engine.libraries import check_libraries, versions_of
from tasks.engine.own_code import PACKAGES, check_data_files, pin
from tasks.storage.artifacts import FORMAT_VERSION as ARTIFACTS_FORMAT
from tasks.storage.artifacts import Artifact, digest_json

CACHING_FORMAT = 1

EXCLUDED_MODULES = (
    "tasks.champions.champion",
    "tasks.champions.history",
    "tasks.champions.installation",
    "tasks.champions.lineage",
    "tasks.engine",
    "tasks.storage",
    "tasks.configuration.base_parameters",
    "tasks.configuration.errors",
    "tasks.configuration.parameters",
    "tasks.configuration.settings",
    "tasks.configuration.verdicts",
)
"""Modules whose code does not enter cache keys.

They store and move outputs but never change their content; the format versions of artifacts and
parameters enter the keys instead. Of `tasks.champions`, the modules that store the history are
excluded: otherwise any edit of them would change the key of the decision that made the champion.
"""


def gather_ingredients(
    modules: Iterable[str], inputs: dict[str, Artifact], parameters: dict[str, Any]
) -> dict[str, Any]:
    """Collect everything that the output of a stage depends on.

    Args:
        modules: names of the modules that define the stage.
        inputs: the artifacts that the stage reads, by argument name.
        parameters: its other arguments by name: a contract, models of pydantic, or JSON values.

    Returns:
        A JSON object for `address_of`.
    """
    code, libraries = dict[str, str](), dict[str, str]()
    for module in modules:
        reached, needed = reached_code(module)
        code, libraries = code | reached, libraries | needed
    return {
        "formats": [CACHING_FORMAT, ARTIFACTS_FORMAT, PARAMETERS_FORMAT],
        "inputs": {name: artifact.digest for name, artifact in inputs.items()},
        "parameters": {name: _to_json(value) for name, value in parameters.items()},
        "code": dict(sorted(code.items())),
        "libraries": dict(sorted(libraries.items())),
    }


def _to_json(value: Any) -> Any:
    if isinstance(value, Contract):
        return value.digest
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def address_of(stage: str, ingredients: dict[str, Any]) -> str:
    """Return the cache key of a stage's output, 32 hexadecimal digits."""
    return digest_json({"stage": stage} | ingredients)[:32]


@functools.cache
def reached_code(module: str) -> tuple[dict[str, str], dict[str, str]]:
    """Find the code that `module` imports, directly or not, imports inside functions included.

    Returns:
        The SHA-256 of each module of the project and of its data files, by path relative to the
        project's root; and the versions of the libraries that they import (see `versions_of`).

    Raises:
        CodeChangedError: a file changed since this process imported it.
    """
    reached, external = reached_imports(module)
    code: dict[str, str] = {}
    for name in sorted(reached):
        code |= _code_of(name)
    return code, versions_of(external)


@functools.cache
def _code_of(module: str) -> dict[str, str]:
    """Digest a module and the data files it names, by path relative to the project's root."""
    source = _source_of(module)
    root = source.parents[module.count(".")]
    return {str(path.relative_to(root)): pin(path) for path in (source, *_data_files(source))}


def check_code() -> None:
    """Check that no data file and no library changed during the run.

    Raises:
        CodeChangedError: one changed.
    """
    check_data_files()
    check_libraries()


def reached_imports(module: str) -> tuple[set[str], set[str]]:
    """Follow the imports of `module`; return the project's modules and the external ones."""
    graph = _import_graph()
    reached, external, waiting = set[str](), set[str](), {module}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        for imported in graph.find_modules_directly_imported_by(name) - reached:
            if imported.split(".")[0] not in PACKAGES:
                external.add(imported)
            elif not is_excluded(imported):
                waiting.add(imported)
    return reached, external


def is_excluded(module: str) -> bool:
    """Return whether a module is one of EXCLUDED_MODULES, or in one of these packages."""
    return any(module == name or module.startswith(f"{name}.") for name in EXCLUDED_MODULES)


@functools.cache
def _import_graph() -> Any:
    """Read the imports of all modules, and pin the modules that were not imported yet."""
    import grimp

    graph = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
    for name in graph.modules:
        if name.split(".")[0] in PACKAGES and not is_excluded(name):
            _code_of(name)
    return graph


def _source_of(module: str) -> Path:
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"no source for the module {module}")
    return Path(found.origin)


def _data_files(source: Path) -> list[Path]:
    """List the files beside `source` whose names are strings in it, such as a template."""
    texts = (
        node.value
        for node in ast.walk(ast.parse(source.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    names = {text for text in texts if "." in text and len(text) < 100 and "\n" not in text}
    return sorted(p for n in names if (p := source.parent / n).is_file() and p.suffix != ".py")
