"""The terminal and the champion's history show errors with the decimals of the run page."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts.contract import read_contract
from flows.champion import main
from tasks.configuration.verdicts import Verdict
from tasks.engine.run import Outcome, Run
from tasks.reporting.summary import summarize
from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store
from tests.champions import promote_version
from tests.contracts import column, critical, write_contract

MAE = 0.20361


@pytest.mark.parametrize(
    ("maximum", "shown"), [(1, "0.2036"), (5, "0.204"), (100, "0.20"), (8_000, "0")]
)
def test_an_error_has_the_same_decimals_everywhere(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], maximum: int, shown: str
) -> None:
    target = column("stars", "number", {"minimum": 0, "maximum": maximum}, role="target")
    columns = [critical(target), critical(column("text", role="text"))]
    path = write_contract(tmp_path, columns)
    contract = read_contract(path)
    assert contract.dataset.target.format_error(MAE) == shown
    run = Run(store.scoped(contract.scope), "reviews.csv", contract=contract)
    facts = {"test_mae": MAE, "test_mae_unseen": None, "baselines": {}, "seen_rows": 0}
    for name, found in (("split", {"test": 9}), ("evaluate", facts)):
        made = Artifact(stage=name, address="", digest="", facts=found)
        run.outcomes[name] = Outcome("Cached", 0.0, "", made)
    summary = summarize(run, Verdict.PROMOTED, "")
    assert f"  candidate{shown:>23}" in summary.to_text()
    assert "error_digits" not in summary.model_dump()
    promote_version(run.store, "A", metrics={"test_mae": MAE})
    assert main(["list", f"--store={store.root}", f"--contract={path}"]) == 0
    assert f"  {shown} " in capsys.readouterr().out
