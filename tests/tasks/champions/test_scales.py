"""A contract whose target has another scale than the one that a champion was trained for."""

from __future__ import annotations

from typing import Any

import pytest

from data_contracts.dataset import Target
from flows.champion import main
from tasks.champions.champion_rules import check_standing
from tasks.champions.copies import SAMPLE
from tasks.champions.manual_promotion import promote_by_hand
from tasks.champions.scales import explain_other_scale, find_other_scale
from tasks.champions.served_champion import find_champion
from tasks.configuration.errors import ChampionError
from tasks.configuration.parameters import PromotionParameters
from tasks.modelling.intervals import INTERVALS
from tasks.modelling.model_file import MODEL
from tasks.storage.store import Store
from tests.champions import LINEAGE, current_version, promote_version, write_sources
from tests.contracts import POINTS, WINE
from tests.tasks.champions.test_champion_rules import CHAMPION

TEN = POINTS.model_copy(update={"minimum": 0.0, "maximum": 10.0, "step": 0.5})
SAID = (
    "the champion was trained for points from 0 to 10 in steps of 0.5; the contract says points"
    " from 80 to 100 in steps of 1: give the contract a new major version"
)


def lineage_of(target: Target) -> dict[str, Any]:
    train = {"dataset": {"target": target.model_dump(mode="json")}}
    return LINEAGE | {"outputs": {}, "parameters": {"train": train}}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "stars", "stars from 80 to 100 in steps of 1"),
        ("minimum", 79, "points from 79 to 100 in steps of 1"),
        ("maximum", 1000, "points from 80 to 1000 in steps of 1"),
        ("step", 0.25, "points from 80 to 100 in steps of 0.25"),
        ("step", None, "points from 80 to 100"),
        ("unit", "stars", None),
    ],
)
def test_another_scale_is_described(field: str, value: Any, said: str | None) -> None:
    trained = POINTS.model_copy(update={field: value})
    assert find_other_scale(lineage_of(trained), POINTS) == said
    assert (explain_other_scale(lineage_of(trained), POINTS) is None) == (said is None)


def test_a_model_that_states_no_scale_has_no_other() -> None:
    for lineage in (LINEAGE, {"parameters": {}}, {"parameters": {"train": {"dataset": {}}}}):
        assert find_other_scale(lineage, POINTS) is explain_other_scale(lineage, POINTS) is None
    assert find_other_scale(lineage_of(POINTS), None) is None


@pytest.mark.parametrize(("version", "scales"), [("1.5.0", 1), ("2.0.0", 0)])
def test_the_promotion_compares_scales_within_a_major_version(version: str, scales: int) -> None:
    champion = CHAMPION.model_copy(update={"lineage": lineage_of(TEN)})
    mine = lineage_of(POINTS) | {"contract_version": version}
    (check,) = check_standing(champion, "b" * 16, mine, 1_000, PromotionParameters())
    assert not check.passed
    assert (check.name == "has the champion's scale of the target") == bool(scales)
    assert (check.detail == SAID) == bool(scales)


def test_scoring_refuses_with_the_words_of_the_promotion(store: Store) -> None:
    sources = write_sources(store.root.parent / "files", {INTERVALS: b"{}"})
    promote_version(store, "a" * 16, sources, lineage=lineage_of(TEN))
    ten = WINE._replace(dataset=WINE.dataset.model_copy(update={"target": TEN}))
    assert find_champion(store, ten).version == "a" * 16
    with pytest.raises(ChampionError) as caught:
        find_champion(store, WINE)
    assert str(caught.value) == (
        f"{store}: {SAID}, retrain and promote the new model by hand, or name the contract that the"
        f" champion {'a' * 16} was trained with (--contract)"
    )


def test_the_list_marks_models_of_another_scale(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    promote_version(store, "a" * 16, lineage=lineage_of(TEN))
    promote_version(store, "b" * 16, lineage=lineage_of(POINTS))
    assert main(["list", f"--store={store.root}"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:3]
    mark = "trained for another scale: points from 0 to 10 in steps of 0.5"
    assert [row.endswith(mark) for row in rows] == [True, False]


def test_promotion_by_hand_takes_no_other_scale(store: Store) -> None:
    sources = write_sources(store.root.parent / "files", {INTERVALS: b"{}"})
    promote_version(store, "a" * 16, sources, lineage=lineage_of(TEN))
    promote_version(store, "b" * 16, sources, lineage=lineage_of(POINTS))
    with pytest.raises(ChampionError, match="a was trained for points from 0 to 10 in steps of"):
        promote_by_hand(store, "a" * 16, "a test", WINE.dataset)
    assert current_version(store) == "b" * 16


@pytest.mark.parametrize("version", ["1.9.0", pytest.param("2.0.0", marks=pytest.mark.slow)])
def test_promotion_by_hand_changes_the_scale_with_a_major_version_alone(
    store: Store, version: str
) -> None:
    files = {INTERVALS: b"{}", MODEL: b"no model", SAMPLE: b"no sample"}
    sources = write_sources(store.root.parent / "files", files)
    lineage = lineage_of(POINTS) | {"contract_version": version}
    before = lineage_of(TEN) | {"contract_version": "1.0.0"}
    promote_version(store, "b" * 16, sources, lineage=lineage)
    promote_version(store, "a" * 16, sources, lineage=before)
    if version == "1.9.0":
        with pytest.raises(ChampionError, match=f"b cannot replace the champion: {SAID}$"):
            promote_by_hand(store, "b" * 16, "a test", WINE.dataset)
        assert current_version(store) == "a" * 16
        return
    with pytest.raises(ChampionError, match="the model cannot predict"):
        promote_by_hand(store, "b" * 16, "a test", WINE.dataset)
