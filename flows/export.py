"""Export the champion as a TensorFlow SavedModel, for serving."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from flows.plain_command import ContractOption, PlainCommand, StoreOption, run_plain_command
from tasks.champions.served_champion import ServedChampion, find_champion
from tasks.configuration.contract import load_contract
from tasks.modelling.device import settle_device
from tasks.storage.opening import open_store


class Export(PlainCommand):
    """Write the champion as a SavedModel, which TensorFlow loads without Keras or this project."""

    contract: ContractOption = None
    store: StoreOption = None
    output: str = Field(
        default="saved_model", min_length=1, description="folder to create for the model"
    )


def export(options: Export) -> str:
    """Export the champion; return a message with its version and the folder.

    Raises:
        PipelineError: there is no champion for the contract, or the folder cannot be written.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    contract = load_contract(options.contract)
    store = open_store(options.store).scoped(contract.scope)
    champion = find_champion(store, contract)
    settle_device("cpu")
    from tasks.champions.saved_model import export_champion

    output = Path(options.output).absolute()
    export_champion(ServedChampion(store, champion, contract.dataset), output)
    return f"the champion {champion.version} is in {output}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Export, export, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
