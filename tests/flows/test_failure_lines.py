"""The lines of Prefect about a failure that a command leaves out of the terminal."""

from __future__ import annotations

import io
import logging

import pytest
from prefect import flow, task
from prefect.logging.handlers import APILogHandler, PrefectConsoleHandler

from flows.failure_lines import is_shown, leave_out_failures
from tasks.champions.history import DecidedMeanwhileError
from tasks.configuration.errors import SourceError

TOLD = "SourceError('x.csv: there is no such file')"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (f"Encountered exception during execution: {TOLD}", False),
        (f"Task run failed with exception: {TOLD}", False),
        (f"Task run failed with exception: {TOLD} - Retries are exhausted", False),
        (f"Task run failed with exception: {TOLD} - Retry 1/3 will start 2 s from now", True),
        ("Finished in state Failed('Task run encountered an exception SourceError: x')", False),
        ("Finished in state Failed(\"Flow run encountered an exception: StoreError: 'x'\")", False),
        (f"Encountered exception during execution: {DecidedMeanwhileError('x')!r}", False),
        # A defect of this project is shown whole.
        ("Encountered exception during execution: RuntimeError('SourceError')", True),
        (
            "Finished in state Failed('Task run encountered an exception KeyError: SourceError')",
            True,
        ),
        ("Finished in state DataRejected('40 rows break a rule')", True),
        ("Finished in state Completed()", True),
        ("fetch runs: SourceError", True),
    ],
)
def test_what_the_command_reports_itself_is_left_out(message: str, shown: bool) -> None:
    record = logging.LogRecord("prefect.task_runs", 40, "", 0, "%s", (message,), None)
    assert is_shown(record) == shown


def test_only_the_terminal_leaves_them_out() -> None:
    leave_out_failures()
    named = [logging.getLogger(name) for name in ("", "prefect", "prefect.flow_runs")]
    handlers = [handler for logger in named for handler in logger.handlers]
    assert {PrefectConsoleHandler, APILogHandler} <= {type(handler) for handler in handlers}
    for handler in handlers:
        assert (is_shown in handler.filters) == isinstance(handler, PrefectConsoleHandler)


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_prefect_words_its_lines_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> str:
        written = io.StringIO()
        for handler in logging.getLogger().handlers:
            if isinstance(handler, PrefectConsoleHandler):
                monkeypatch.setattr(handler.console, "file", written)
        state = whole(return_state=True)
        assert state.is_failed()
        return written.getvalue()

    @task(retries=1, retry_delay_seconds=0)
    def read() -> None:
        raise SourceError("x.csv: there is no such file")

    @flow
    def whole() -> None:
        read()

    for handler in logging.getLogger().handlers:
        handler.removeFilter(is_shown)
    before = run()
    leave_out_failures()
    after = run()
    assert before.count("no such file") >= 4
    assert after.count("no such file") == after.count("Retry 1/1") == 1
