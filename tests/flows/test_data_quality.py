from __future__ import annotations

from pathlib import Path

import pytest

from flows import data_quality, retraining
from flows.command_line import run_command
from tests.bad_inputs import demo_csv

pytestmark = pytest.mark.heavy

FLOWS = [(data_quality.data_quality, data_quality.plan), (retraining.retraining, retraining.plan)]


@pytest.mark.parametrize(("flow", "plan"), FLOWS)
@pytest.mark.parametrize("dry", [["--dry-run"], []])
@pytest.mark.parametrize("made_up_is", ["source", "reference"])
def test_made_up_and_real_reviews_are_not_compared(
    tmp_path: Path, capsys, flow, plan, dry: list[str], made_up_is: str, request
) -> None:
    if not dry:
        request.getfixturevalue("prefect_server")
    other = "reference" if made_up_is == "source" else "source"
    source = tmp_path / "reviews.csv"
    source.write_bytes(demo_csv(tmp_path))
    words = [f"--store={tmp_path / 'store'}", f"--{made_up_is}=demo", f"--{other}={source}", *dry]
    assert run_command(flow, plan, words) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("error: --reference ")
    assert "never compared" in last
    assert not (tmp_path / "store").exists()


def test_the_check_refreshes_its_own_stages_alone(tmp_path: Path, capsys) -> None:
    words = [f"--store={tmp_path / 'store'}", "--dry-run", "--fetch.demo-rows=50"]
    flow, plan = FLOWS[0]
    assert run_command(flow, plan, [*words, "--refresh=train"]) == 2
    assert "'champion_error' or 'validate' (given: 'train')" in capsys.readouterr().err
    assert run_command(flow, plan, [*words, "--refresh=validate"]) == 0
