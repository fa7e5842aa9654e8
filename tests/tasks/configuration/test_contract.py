from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data_contracts.contract import DEFAULT, list_contracts
from tasks.configuration.contract import load_contract
from tasks.configuration.errors import ContractError, PipelineError
from tests.contracts import STARS_COLUMNS, WINE, make_contract


def test_without_a_choice_the_contract_is_that_of_the_wine_reviews() -> None:
    assert load_contract() == load_contract("wine_reviews") == WINE


def test_a_contract_is_chosen_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_contract(tmp_path, STARS_COLUMNS)
    monkeypatch.chdir(tmp_path)
    for path in ("stars.odcs.yaml", str(tmp_path / "stars.odcs.yaml")):
        assert load_contract(path) == made
    # A name stays a name, whatever the folder holds.
    shutil.copy("stars.odcs.yaml", DEFAULT)
    assert load_contract(DEFAULT) == WINE


@pytest.mark.parametrize(
    ("choice", "reason"),
    [("no/such.yaml", "there is no such file or folder"), (".", "this is a folder")],
)
def test_a_contract_that_cannot_be_read_is_named_with_the_choice(choice: str, reason: str) -> None:
    names = ", ".join(list_contracts())
    with pytest.raises(ContractError) as caught:
        load_contract(choice)
    assert str(caught.value).startswith(f"--contract {choice}: {reason}")
    assert str(caught.value).endswith(f"one of the names {names}")


def test_what_is_wrong_with_the_contract_is_for_a_person(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text("versoin: 1.0.0")
    with pytest.raises(ContractError, match=f"{path}: .*versoin: the standard has no such key"):
        load_contract(str(path))
    path.write_bytes(b"\xff")
    with pytest.raises(ContractError, match=f"{path}: "):
        load_contract(str(path))
    assert issubclass(ContractError, PipelineError)
