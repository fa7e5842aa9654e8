from __future__ import annotations

import pytest

from tasks.configuration import verdicts
from tasks.configuration.errors import DataRejectedError
from tasks.configuration.verdicts import Verdict


def test_a_command_ends_in_0_but_for_a_rejection() -> None:
    assert {v.value: v.exit_code for v in Verdict if v.exit_code} == {"DataRejected": 3}
    assert {v.exit_code for v in Verdict} == {0, 3}
    failed, usage, interrupted = (
        *(verdicts.EXIT_FAILED, verdicts.EXIT_USAGE),
        verdicts.EXIT_INTERRUPTED,
    )
    assert (failed, usage, interrupted) == (1, 2, 130)


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.DATA_REJECTED])
def test_a_verdict_is_the_name_of_a_completed_state(verdict: Verdict) -> None:
    state = verdict.to_state("The reason.", {"rows": 3})
    assert (state.type, state.name, state.message) == ("COMPLETED", verdict.value, "The reason.")
    assert state.data == {"rows": 3}


def test_a_rejection_is_a_failed_state_that_holds_its_error() -> None:
    state = Verdict.DATA_REJECTED.to_state("The reason.", {"rows": 3})
    assert (state.type, state.name, state.message) == ("FAILED", "DataRejected", "The reason.")
    assert isinstance(state.data, DataRejectedError)
    assert state.data.args == ("The reason.", {"rows": 3}) or state.data.summary == {"rows": 3}
