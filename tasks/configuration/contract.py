"""The data contract of a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from data_contracts.contract import DEFAULT, Contract, list_contracts, read_contract
from tasks.configuration.errors import ContractError

ContractName = Annotated[str, Field(min_length=1)] | None
"""A name in `data_contracts/`, or a path; None stands for that which the environment names."""


def find_contract(choice: ContractName) -> Path:
    """Return the path of a contract, else that of WINE_POINTS_CONTRACT, else of the default."""
    named = choice or os.environ.get("WINE_POINTS_CONTRACT") or DEFAULT
    return list_contracts().get(named) or Path(named)


def load_contract(choice: ContractName = None) -> Contract:
    """Read a contract; see `find_contract`.

    Raises:
        ContractError: there is no such contract, or it is not valid; the message names the field
            and allowed values.
    """
    path = find_contract(choice)
    try:
        return read_contract(path)
    except OSError as error:
        raise ContractError(
            f"--contract {path}: {error.strerror or error}; give a path, or one of the names"
            f" {', '.join(list_contracts())}"
        ) from error
    except ValueError as error:
        raise ContractError(str(error)) from error
