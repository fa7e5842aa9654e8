"""Which contract a command follows, and what of a store it then sees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data_contracts.contract import list_contracts, read_contract
from flows import champion, data_quality, export, retraining, scoring
from flows.command_line import run_command
from tasks.storage.opening import open_store
from tests.champions import current_version, promote_version
from tests.commands import last_object
from tests.data_contracts.made_up_contract import make_csv, write_contract

FLOWS = {
    "data-quality": (data_quality.data_quality, data_quality.plan),
    "retraining": (retraining.retraining, retraining.plan),
    "scoring": (scoring.scoring, scoring.plan),
}


@pytest.fixture
def films(tmp_path: Path) -> Path:
    return write_contract(tmp_path)


def plan(name: str, *words: str) -> int:
    flow, planned = FLOWS[name]
    return run_command(flow, planned, [*words, "--dry-run"])


@pytest.mark.parametrize("name", FLOWS)
def test_a_contract_that_is_not_there_is_named_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert plan(name, f"--store={tmp_path / 'store'}", "--contract=wines") == 1
    error = capsys.readouterr().err
    assert error.startswith(
        "error: --contract wines: there is no such file or folder; give a path, a URL, or"
    )
    assert all(known in error for known in list_contracts())
    assert error.count("\n") == 1
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("name", FLOWS)
def test_a_contract_that_is_wrong_is_one_line(
    tmp_path: Path, films: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    films.write_text(films.read_text(encoding="utf-8").replace("role", "rolle"), encoding="utf-8")
    assert plan(name, f"--store={tmp_path / 'store'}", f"--contract={films}") == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {films}: line 17: text: the custom property rolle")
    assert error.count("\n") == 1


@pytest.mark.parametrize("word", ["--contract=", "--contract"])
def test_a_contract_without_a_name_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    assert plan("data-quality", f"--store={tmp_path / 'store'}", word) == 2
    assert "contract" in capsys.readouterr().err


def test_champions_of_other_contracts_are_not_seen(
    tmp_path: Path, films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(str(tmp_path / "store"))
    store.create()
    other = store.scoped(read_contract(films).scope)
    promote_version(store, "a" * 16)
    promote_version(other, "b" * 16)
    assert [current_version(seen) for seen in (store, other)] == ["a" * 16, "b" * 16]
    shown = {}
    for words in ([], [f"--contract={films}"], ["--contract=wine_reviews"]):
        assert champion.main(["list", f"--store={store.root}", "--json", *words]) == 0
        shown[str(words)] = last_object(capsys.readouterr().out)["champion"]
    assert [version and version[0] for version in shown.values()] == ["a", "b", "a"]


def test_only_the_contracts_own_champion_scores_and_is_exported(
    tmp_path: Path, films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(str(tmp_path / "store"))
    store.create()
    promote_version(store, "a" * 16)
    words = (f"--store={store.root}", f"--contract={films}")
    assert plan("scoring", *words) == 1
    assert export.main([*words, f"--output={tmp_path / 'model'}"]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert ["no champion" in error for error in errors] == [True, True]
    # The default contract's champion is found; it was made by hand, without intervals.
    assert plan("scoring", words[0]) == 1
    assert f"the champion {'a' * 16} is older than" in capsys.readouterr().err


def check(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    flow, planned = FLOWS["data-quality"]
    code = run_command(flow, planned, [*words, "--json"])
    return code, last_object(capsys.readouterr().out)


@pytest.mark.heavy
@pytest.mark.usefixtures("prefect_server")
def test_files_of_two_contracts_are_checked_in_one_store(
    tmp_path: Path, films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    source, contract = tmp_path / "films.csv", f"--contract={films}"
    make_csv(200).to_csv(source, index=False)
    of_films = (f"--store={store}", f"--source={source}", contract)
    code, answer = check(capsys, *of_films)
    assert (code, answer["verdict"]) == (0, "Accepted")
    scope = read_contract(films).scope
    accepted = store / "contracts" / scope / "accepted/accepted.json"
    assert len(json.loads(accepted.read_text())) == 1
    assert not (store / "accepted").exists()
    # The file follows another contract: neither its text nor its target is there.
    code, answer = check(capsys, f"--store={store}", f"--source={source}")
    assert (code, answer["verdict"]) == (3, "DataRejected")
    assert (
        "The file has no column description, the text; its columns are text, stars, a.b"
        in (answer["reason"])
    )
    # A changed contract is another one to the cache, and the same to the store.
    films.write_text(films.read_text(encoding="utf-8") + "# a comment\n", encoding="utf-8")
    code, answer = check(capsys, *of_films)
    assert (code, answer["verdict"]) == (0, "Accepted")
    assert [path.name for path in (store / "contracts").iterdir()] == [scope]
