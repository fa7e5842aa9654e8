"""Labels of a run in Prefect: the store and the contract that it used."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext

from tasks.configuration.contract import ContractName, choose_contract
from tasks.sources.redaction import redact_url
from tasks.storage.opening import StoreName, choose_store

STORE, CONTRACT = "wine-points.store", "wine-points.contract"


def make_labels(store: StoreName, contract: ContractName) -> dict[str, str]:
    """Name the store and the contract as the environment completes a run's parameters.

    A contract's URL that may hold a secret gets no label.
    """
    labels = {STORE: choose_store(store), CONTRACT: choose_contract(contract)}
    url = labels[CONTRACT]
    if "://" in url and redact_url(url) != url:
        del labels[CONTRACT]
    return labels


def label_run(store: StoreName, contract: ContractName) -> None:
    """Label this run for the automation that scores after a promotion.

    A run may have its store from a job variable, of which the scoring's run knows nothing.
    """
    context = FlowRunContext.get()
    if context and context.flow_run:
        with get_client(sync_client=True) as client:
            client.update_flow_run_labels(context.flow_run.id, {**make_labels(store, contract)})
