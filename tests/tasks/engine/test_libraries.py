from __future__ import annotations

import copy
import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import flows.retraining  # noqa: F401 - imports every stage
from tasks.configuration.errors import CodeChangedError
from tasks.configuration.settings import Settings
from tasks.engine import caching, libraries
from tasks.engine.caching import reached_code, reached_imports
from tasks.engine.libraries import IGNORED_LIBRARIES, check_libraries, versions_of
from tasks.engine.stages import STAGES

MODULES = [
    *(f"tasks.{stage}" for stage in STAGES),
    *(getattr(Settings(), name).trained_by for name in Settings.model_types()),
    "tasks.sources.demo_reviews",
]
"""All whose reached code enters an address."""

COUNTED = {
    "great_expectations",
    "jinja2",
    "keras",
    "markupsafe",
    "matplotlib",
    "numpy",
    "open_data_contract_standard",
    "pandas",
    "pyarrow",
    "scipy",
    "sklearn",
    "tensorflow",
    "yaml",
}
"""Import names whose versions are known to enter addresses. A new one belongs here, or with its
reason into IGNORED_LIBRARIES; until then it counts."""

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def split_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names that the stage `split` imports from now on, beside its own."""
    graph, names = copy.deepcopy(caching._import_graph()), list[str]()

    def with_names() -> object:
        for name in names:
            graph.add_module(name, is_squashed=True)
            graph.add_import(importer="tasks.split", imported=name)
        return graph

    monkeypatch.setattr(caching, "_import_graph", with_names)
    reached_code.cache_clear()
    yield names
    reached_code.cache_clear()


def test_every_library_that_a_stage_reaches_counts_or_is_left_out_for_a_reason() -> None:
    reached = set[str]().union(*(reached_imports(module)[1] for module in MODULES))
    third_party = reached - sys.stdlib_module_names
    assert third_party == COUNTED | IGNORED_LIBRARIES.keys()
    assert not COUNTED & IGNORED_LIBRARIES.keys()
    assert all(IGNORED_LIBRARIES.values())


def test_a_library_that_nobody_knew_of_counts_by_its_distribution(split_imports: list[str]) -> None:
    split_imports += ["hypothesis", "dateutil.parser"]
    _, libraries = reached_code("tasks.split")
    assert libraries["hypothesis"] == importlib.metadata.version("hypothesis")
    assert libraries["python-dateutil"] == importlib.metadata.version("python-dateutil")


def test_all_that_share_a_namespace_count() -> None:
    names = {name.lower() for name in importlib.metadata.packages_distributions()["google"]}
    assert len(names) > 1
    assert versions_of(["google.protobuf"]).keys() - {"python"} == names


def test_a_module_of_no_distribution_counts_by_its_name() -> None:
    assert versions_of(["unheard_of"])["unheard_of"] == "of no distribution"


def test_what_a_library_computes_with_counts_too() -> None:
    assert versions_of(["keras"]).keys() == {"python", "keras", "tensorflow"}
    assert versions_of(["sklearn"]).keys() == {"python", "scikit-learn", "scipy"}


def test_what_shapes_nothing_and_the_standard_library_do_not_count() -> None:
    assert versions_of([*IGNORED_LIBRARIES, "json", "unicodedata"]) == {"python": PYTHON}


@pytest.mark.parametrize("module", MODULES)
def test_the_version_of_python_enters_every_address(module: str) -> None:
    assert reached_code(module)[1]["python"] == PYTHON


def test_a_library_that_is_upgraded_or_removed_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "_FOLDERS", [tmp_path])
    told = tmp_path / "Grape_Juice-1.0.dist-info"
    told.mkdir()
    monkeypatch.setattr(libraries, "_AT_START", libraries._list_installed())
    monkeypatch.setattr(libraries, "_in_cache_keys", {"grape-juice"})
    check_libraries()
    told = told.rename(tmp_path / "Grape_Juice-2.0.dist-info")
    with pytest.raises(CodeChangedError, match=r"grape-juice was 1\.0 .* is 2\.0 now; run again"):
        check_libraries()
    told.rmdir()
    with pytest.raises(CodeChangedError, match=r"grape-juice was 1\.0 .* is absent now"):
        check_libraries()
    monkeypatch.setattr(libraries, "_in_cache_keys", {"pips"})
    check_libraries()


def test_the_versions_that_were_asked_for_are_watched_in_the_order_of_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "_in_cache_keys", set())
    versions = versions_of(["yaml", "keras", "markupsafe"])
    assert list(versions) == sorted(versions)
    assert {"pyyaml", "keras", "tensorflow", "markupsafe"} == libraries._in_cache_keys
    assert versions["pyyaml"] == importlib.metadata.version("PyYAML")
    monkeypatch.setattr(libraries, "_AT_START", {})
    with pytest.raises(CodeChangedError, match=r"^keras was absent"):
        check_libraries()


def test_folders_that_no_installer_made_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Grape_Juice-1.0", "odd", "odd-1.0-2"):
        (tmp_path / f"{name}.dist-info").mkdir()
    monkeypatch.setattr(libraries, "_FOLDERS", [tmp_path])
    assert libraries._list_installed() == {"grape-juice": "1.0", "odd": "1.0"}
