"""The data contract, loaded for the stages."""

from __future__ import annotations

from data_contracts import contract
from data_contracts.contract import Contract
from tasks.configuration.errors import ContractError


def load_contract() -> Contract:
    """Read the contract document of this project.

    Raises:
        ContractError: it is not a valid contract; the message names the field and allowed values.
    """
    try:
        return contract.load_contract()
    except ValueError as error:
        raise ContractError(str(error)) from error
