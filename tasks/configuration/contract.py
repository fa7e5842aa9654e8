"""The data contract of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from data_contracts.contract import DEFAULT, Contract, list_contracts, read_contract
from tasks.configuration.errors import ContractError

ContractName = Annotated[
    str,
    Field(
        min_length=1,
        description="data contract: a name in data_contracts/, or a path of a contract document",
    ),
]


def find_contract(choice: str) -> Path:
    """Return the path of a contract, given by its name in `data_contracts/` or by its path."""
    return list_contracts().get(choice) or Path(choice)


def load_contract(choice: str = DEFAULT) -> Contract:
    """Read a contract by its name in `data_contracts/`, or by its path.

    Raises:
        ContractError: there is no such contract, or it is not valid; the message names the field
            and allowed values.
    """
    try:
        return read_contract(find_contract(choice))
    except OSError as error:
        raise ContractError(
            f"--contract {choice}: {error.strerror or error}; give a path, or one of the names"
            f" {', '.join(list_contracts())}"
        ) from error
    except ValueError as error:
        raise ContractError(str(error)) from error
