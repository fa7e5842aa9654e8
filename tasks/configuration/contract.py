"""The data contract of a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from data_contracts.contract import DEFAULT, Contract, list_contracts, parse_contract
from tasks.configuration.errors import ContractError
from tasks.configuration.system_errors import explain_system_error

ContractName = Annotated[str, Field(min_length=1)] | None
"""A name in `data_contracts/`, a path or a URL; None stands for that of the environment."""
BYTES_MAX = 1024**2
"""Largest accepted document at a URL."""


class Document(NamedTuple):
    """A contract document, and its path or URL for messages."""

    content: bytes
    shown: str


def choose_contract(choice: ContractName) -> str:
    """Return the named contract, else that of WINE_POINTS_CONTRACT, else the default."""
    return choice or os.environ.get("WINE_POINTS_CONTRACT") or DEFAULT


def read_document(choice: ContractName) -> Document:
    """Read a contract document; see `choose_contract`.

    Raises:
        ContractError: there is no such file.
        SourceError: a URL is invalid, or its server does not answer with a small file.
        TransientError: the network failed.
    """
    named = choose_contract(choice)
    known = list_contracts()
    if "://" in named:
        from tasks.sources.redaction import redact_url
        from tasks.sources.web import fetch_small

        return Document(fetch_small(named, BYTES_MAX), redact_url(named))
    path = known.get(named) or Path(named)
    try:
        return Document(path.read_bytes(), str(path))
    except OSError as error:
        why = explain_system_error(error)
        raise ContractError(
            f"--contract {path}: {why}; give a path, a URL, or one of the names {', '.join(known)}"
        ) from error


def load_contract(choice: ContractName = None) -> Contract:
    """Read a contract; see `read_document`.

    Raises:
        ContractError: there is no such contract, or it is not valid; the message names the field
            and allowed values.
    """
    try:
        return parse_contract(*read_document(choice))
    except ValueError as error:
        raise ContractError(str(error)) from error
