from __future__ import annotations

import pytest

import data_contracts.contract
from data_contracts.contract import read_contract
from tasks.configuration.contract import load_contract
from tasks.configuration.errors import ContractError, PipelineError


def test_the_contract_of_the_project_is_read() -> None:
    assert load_contract() is data_contracts.contract.load_contract()


def test_what_is_wrong_with_the_contract_is_for_a_person(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text("versoin: 1.0.0")
    monkeypatch.setattr(data_contracts.contract, "load_contract", lambda: read_contract(path))
    with pytest.raises(ContractError, match=f"{path}: versoin: the standard has no such key"):
        load_contract()
    assert issubclass(ContractError, PipelineError)
