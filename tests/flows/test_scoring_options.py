"""The options of the scoring command."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.command_line import build_command_model, parse
from flows.scoring import main, quote_names, resolve_output, scoring
from tasks.configuration.errors import UsageError
from tasks.storage.store import Store

NAMES = ["id", "a,b", "[x]", "{}", "null", "true", "2020", "größe", " x ", "a=b", "x\\y", "--keep"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_to_keep_is_taken_as_it_is_written(name: str) -> None:
    words = quote_names([f"--keep={name}", "--keep", name.strip("-"), "--store=x"])
    command = parse(build_command_model(scoring), words)
    assert (command.keep, command.store) == ([name, name.strip("-")], "x")


def test_the_environment_names_what_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINE_POINTS_KEEP", r'["a\"b", "id"]')
    assert parse(build_command_model(scoring), []).keep == ['a"b', "id"]


def test_each_contract_has_its_own_scores_in_the_store(store: Store, tmp_path: Path) -> None:
    assert resolve_output(None, store) == store.root / "scores/scores.parquet"
    other = resolve_output(None, store.scoped("beers-1"))
    assert other == store.root / "contracts/beers-1/scores/scores.parquet"
    with pytest.raises(UsageError, match="name a file that ends in"):
        resolve_output(str(tmp_path), store)


@pytest.mark.parametrize("output", ["scores.csv", "."])
def test_an_output_that_will_not_do_is_refused_before_a_server_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert main([f"--output={output}", f"--store={tmp_path}"]) == 2
    said = capsys.readouterr().err
    assert said == f"error: --output {output}: name a file that ends in .parquet\n"
