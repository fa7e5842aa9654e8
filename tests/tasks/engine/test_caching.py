from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.contract import Contract
from tasks.configuration.errors import CodeChangedError
from tasks.configuration.parameters import FORMAT_VERSION, NetworkParameters, SplitParameters
from tasks.engine import caching, own_code
from tasks.engine.caching import (
    EXCLUDED_MODULES,
    address_of,
    gather_ingredients,
    is_excluded,
    reached_code,
    reached_imports,
)
from tasks.storage import artifacts
from tasks.storage.artifacts import Artifact, digest_file
from tests.contracts import WINE

digests = st.text("0123456789abcdef", min_size=64, max_size=64)


def address(digest: str, parameters: SplitParameters, where: str = "0" * 32, **facts: int) -> str:
    valid = Artifact(stage="validate", address=where, digest=digest, facts=facts)
    ingredients = gather_ingredients(["tasks.split"], {"valid": valid}, {"parameters": parameters})
    return address_of("split", ingredients)


@given(digests, digests, st.integers(0, 9), st.integers(0, 9))
def test_an_address_tells_contents_and_parameters_apart(
    one: str, other: str, seed: int, other_seed: int
) -> None:
    first = address(one, SplitParameters(seed=seed))
    second = address(other, SplitParameters(seed=other_seed))
    assert (first == second) == ((one, seed) == (other, other_seed))


def test_a_contract_enters_an_address_by_its_digest_and_a_dataset_by_its_fields() -> None:
    def parameters(contract: Contract) -> dict[str, object]:
        given = {"contract": contract, "dataset": contract.dataset, "name": contract.name}
        found: dict[str, object] = gather_ingredients(["tasks.split"], {}, given)["parameters"]
        assert address_of("split", {"parameters": found})
        return found

    wine = parameters(WINE)
    assert wine["contract"] == WINE.digest
    target = {"name": "points", "unit": "points", "minimum": 80, "maximum": 100, "step": 1}
    assert wine["dataset"]["target"] == target
    assert parameters(WINE._replace(digest="0" * 64)) == wine | {"contract": "0" * 64}
    moved = WINE.dataset.model_copy(update={"title": None})
    other = parameters(WINE._replace(dataset=moved))
    assert {name for name in wine if wine[name] != other[name]} == {"dataset"}


@pytest.mark.parametrize("field", sorted(SplitParameters.model_fields))
def test_an_address_depends_on_every_parameter(field: str) -> None:
    given = {"strategy": "positional", "validation_fraction": 0.3, "test_fraction": 0.3}
    changed = given.get(field) or (getattr(SplitParameters(), field) or 0) + 1
    assert address("0", SplitParameters()) != address("0", SplitParameters(**{field: changed}))


@given(st.text("0123456789abcdef", min_size=32, max_size=32), st.integers(0, 10**6))
def test_an_address_depends_on_contents_not_on_places_or_facts(where: str, rows: int) -> None:
    assert address("0", SplitParameters(), where, rows=rows) == address("0", SplitParameters())


def test_a_parameter_left_out_and_its_default_spelled_out_are_one_address() -> None:
    assert address("0", SplitParameters()) == address("0", SplitParameters(strategy="hash"))


def test_the_code_of_a_stage_is_what_it_reaches_lazily_imported_and_data_included() -> None:
    code, libraries = reached_code("tasks.validate")
    assert {
        "tasks/validate.py",
        "tasks/pages/page.py",
        "tasks/pages/page.html",
        "tasks/pages/data_quality.html",
        "data_contracts/checks.py",
        "data_contracts/judgement.py",
        "data_contracts/contract.py",
    } <= code.keys()
    # The contract is an argument, and another contract's document changes nothing.
    assert not [path for path in code if path.endswith(".yaml")]
    assert {"great-expectations", "pandas", "pyarrow", "jinja2"} <= libraries.keys()


def test_the_code_of_a_stage_is_not_that_of_its_neighbours_nor_the_plumbing() -> None:
    plumbing = tuple(name.replace(".", "/") for name in EXCLUDED_MODULES)
    for stage in ("ingest", "split", "vectorize", "train", "baselines", "evaluate"):
        code, _ = reached_code(f"tasks.{stage}")
        others = {"ingest", "validate", "split", "train", "evaluate", "report"} - {stage}
        assert not code.keys() & {f"tasks/{other}.py" for other in others}
        assert not [path for path in code if path.startswith(plumbing)]
        assert all((Path(__file__).parents[3] / path).is_file() for path in code)


def test_a_module_whose_name_begins_as_the_plumbings_does_is_none_of_it() -> None:
    assert is_excluded("tasks.engine")
    assert is_excluded("tasks.storage.store")
    assert not is_excluded("tasks.engines")


def test_a_decision_depends_on_the_code_that_decides_not_on_the_one_that_keeps_books() -> None:
    code, _ = reached_code("tasks.promote")
    of_champions = {Path(path).stem for path in code if path.startswith("tasks/champions/")}
    assert of_champions - {"__init__"} == {
        "candidate_files",
        "champion_rules",
        "checks",
        "comparison",
        "copies",
        "gate",
        "reproduction",
        "scales",
        "succession",
    }


def test_the_versions_of_keras_and_tensorflow_enter_the_address_of_training() -> None:
    ingredients = gather_ingredients(["tasks.train", NetworkParameters.trained_by], {}, {})
    libraries = ingredients["libraries"]
    assert {"tasks/train.py", "tasks/modelling/network.py"} <= ingredients["code"].keys()
    assert {"keras", "tensorflow", "numpy"} <= libraries.keys()
    _, libraries = reached_code("tasks.split")
    assert "tensorflow" not in libraries


def test_an_address_depends_on_code_libraries_formats_and_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached = ({"tasks/split.py": "c0de"}, {"numpy": "1.0"})
    monkeypatch.setattr(caching, "reached_code", lambda module: reached)
    before = address("0", SplitParameters())
    assert address("0", SplitParameters()) == before
    reached = ({"tasks/split.py": "c0de"}, {"numpy": "1.1"})
    newer = address("0", SplitParameters())
    reached = ({"tasks/split.py": "0ther"}, {"numpy": "1.0"})
    rewritten = address("0", SplitParameters())
    reached = ({"tasks/split.py": "c0de"}, {"numpy": "1.0"})
    formats = []
    for name in ("CACHING_FORMAT", "ARTIFACTS_FORMAT", "PARAMETERS_FORMAT"):
        with monkeypatch.context() as patch:
            patch.setattr(caching, name, 99)
            formats.append(address("0", SplitParameters()))
    assert len({before, newer, rewritten, *formats}) == 6
    ingredients = gather_ingredients(["tasks.split"], {}, {"seed": 3})
    assert ingredients == {
        "formats": [caching.CACHING_FORMAT, artifacts.FORMAT_VERSION, FORMAT_VERSION],
        "inputs": {},
        "parameters": {"seed": 3},
        "code": {"tasks/split.py": "c0de"},
        "libraries": {"numpy": "1.0"},
    }
    assert address_of("split", ingredients) != address_of("train", ingredients)
    assert len(address_of("split", ingredients)) == 32


def test_a_digest_of_code_is_that_of_the_file() -> None:
    root = Path(__file__).parents[3]
    code, _ = reached_code("tasks.split")
    assert code["tasks/split.py"] == digest_file(root / "tasks/split.py")
    assert {"tasks/modelling/texts.py", "tasks/modelling/sides.py"} <= code.keys()
    assert list(code) == sorted(code)


def test_imports_are_followed_through_the_project_and_not_beyond() -> None:
    reached, external = reached_imports("tasks.split")
    assert {"tasks.split", "tasks.modelling.sides", "tasks.modelling.texts"} <= reached
    assert all(name.startswith(("tasks", "data_contracts")) for name in reached)
    assert "numpy" in external
    assert not any(name.startswith(("tasks", "flows", "data_contracts")) for name in external)


def test_a_module_that_is_not_there_is_told() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no source for the module tasks\.nowhere"):
        caching._source_of("tasks.nowhere")


def test_a_module_without_a_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(origin=None)
    monkeypatch.setattr(caching.importlib.util, "find_spec", lambda _: found)
    with pytest.raises(ModuleNotFoundError, match=r"no source for the module tasks\.folder"):
        caching._source_of("tasks.folder")


@pytest.mark.parametrize("name", ["check_data_files", "check_libraries"])
def test_data_files_and_libraries_are_both_looked_at(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse() -> None:
        raise CodeChangedError(name)

    caching.check_code()
    monkeypatch.setattr(caching, name, refuse)
    with pytest.raises(CodeChangedError, match=name):
        caching.check_code()


def test_all_code_is_pinned_when_the_first_stage_is_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_code, "_pinned", {})
    caching._code_of.cache_clear()
    caching._import_graph.__wrapped__()
    root = Path(__file__).parents[3]
    pinned = {str(path.relative_to(root)) for path in own_code._pinned}
    assert {"flows/retraining.py", "tasks/pages/run_report.html", "tasks/split.py"} <= pinned
    assert "tasks/storage/store.py" not in pinned


def test_settings_and_verdicts_are_plumbing() -> None:
    names = ("errors", "parameters", "settings", "verdicts")
    assert all(is_excluded(f"tasks.configuration.{name}") for name in names)
    assert not is_excluded("tasks.configuration.contract")


def test_a_data_file_is_one_that_the_code_names_and_that_lies_beside_it(tmp_path: Path) -> None:
    for name in ("page.html", "words.yaml", "other.html", "more.py", "plain"):
        (tmp_path / name).write_text("")
    long, lines = f"{'x' * 95}.html", "two\nlines.html"
    for name in (long, lines):
        (tmp_path / name).write_text("")
    names = ["words.yaml", "page.html", "page.html", "more.py", "plain", "gone.html", long, lines]
    source = tmp_path / "made.py"
    source.write_text(f"NUMBER = 3.5\nNAMES = {names!r}\n")
    assert caching._data_files(source) == [tmp_path / "page.html", tmp_path / "words.yaml"]
