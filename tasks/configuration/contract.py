"""The data contract as the stages read it."""

from __future__ import annotations

from data_contracts import contract
from data_contracts.contract import Contract
from tasks.configuration.errors import ContractError


def load_contract() -> Contract:
    """Read the contract document of this project.

    Raises:
        ContractError: it cannot be read as a contract; with the place and what is allowed there.
    """
    try:
        return contract.load_contract()
    except ValueError as error:
        raise ContractError(str(error)) from error
