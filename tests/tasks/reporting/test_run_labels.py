from __future__ import annotations

import pytest

from tasks.reporting.run_labels import CONTRACT, STORE, label_run, make_labels

ENVIRONMENT = {"WINE_POINTS_STORE": "s3://wine/points", "WINE_POINTS_CONTRACT": "/srv/beers.yaml"}


@pytest.mark.parametrize(
    ("environment", "named", "labels"),
    [
        ({}, (None, None), ("store", "wine_reviews")),
        (ENVIRONMENT, (None, None), tuple(ENVIRONMENT.values())),
        (ENVIRONMENT, ("here", "mine"), ("here", "mine")),
        ({}, (None, "https://example.org/a.yaml"), ("store", "https://example.org/a.yaml")),
        ({}, (None, "https://bob:hidden@example.org/a.yaml"), ("store",)),
        ({"WINE_POINTS_CONTRACT": "https://example.org/a.yaml?key=1"}, (None, None), ("store",)),
    ],
)
def test_labels_are_what_the_run_used(
    environment: dict[str, str],
    named: tuple[str | None, str | None],
    labels: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert make_labels(*named) == dict(zip((STORE, CONTRACT), labels, strict=False))


def test_outside_a_run_there_is_nothing_to_label() -> None:
    label_run(None, None)
