"""The report of runs whose outputs were put together by hand from made-up reviews."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from data_contracts.tokens import tokenize
from tasks.demo_reviews import make_demo_reviews
from tasks.engine.artifacts import Artifact, Output, canonical_json
from tasks.engine.store import Store
from tasks.pages.markdown import escape_markdown
from tasks.parameters import EvaluationParameters, Settings, VectorizerParameters
from tasks.report import (
    list_scores,
    rank_worst,
    show_example,
    write_report,
)
from tasks.split import digest_description

NASTY = (
    '<script>window.pwned=1</script> <img src=x onerror="window.pwned=1;alert(1)">'
    ' [x](javascript:alert(1)) ![y](http://evil.example/y.png) =HYPERLINK("http://evil.example")'
    " www.evil.example | a@evil.example `code` **bold** </td></blockquote> {{ 7 * 7 }} & \u202e"
)
SIDES = ("train", "validation", "test")


def make_reviews(rows: int) -> pa.Table:
    """Made-up reviews as the stages see them, all texts distinct in effect."""
    reviews = make_demo_reviews(rows, seed=0)
    reviews = reviews.rename_columns(["review_index", *reviews.column_names[1:]])
    reviews = reviews.add_column(0, "row_number", pa.array(range(rows), pa.int64()))
    digests = [digest_description(text) for text in reviews["description"].to_pylist()]
    return reviews.append_column("description_sha256", pa.array(digests, pa.binary(32)))


def replace(reviews: pa.Table, row: int, **values: object) -> pa.Table:
    """The reviews with other values in one row."""
    for name, value in values.items():
        column = reviews[name].to_pylist()
        column[row] = value
        place = reviews.column_names.index(name)
        reviews = reviews.set_column(place, name, pa.array(column, reviews[name].type))
    return reviews


def publish(store: Store, stage: str, files: dict[str, Any], facts: dict[str, Any]) -> Artifact:
    ingredients = {
        "inputs": {"reviews": "5" * 64},
        "code": {f"tasks/{stage}.py": "c0de" * 16},
        "libraries": {"pyarrow": "20.0.1", f"lib-of-{stage}": "1.2"},
    }
    draft = Artifact(
        stage=stage, address=f"{stage}0123", digest="", ingredients=ingredients, seconds=2.5
    )
    with store.workspace(stage, draft.address) as workspace:
        for name, content in files.items():
            if isinstance(content, pa.Table):
                pq.write_table(content, workspace.output / name)
            else:
                (workspace.output / name).parent.mkdir(exist_ok=True)
                (workspace.output / name).write_bytes(canonical_json(content))
        return store.publish(draft, workspace, Output(facts=facts))


def predict_by_hand(test: pa.Table) -> pa.Table:
    """Predictions that are off by a known amount: row by row 0.1, 0.2, ... points too high."""
    errors = np.round(np.arange(1, test.num_rows + 1) * 0.1, 1)
    points = test["points"].to_numpy()
    return pa.table(
        {
            "row_number": test["row_number"],
            "points": test["points"],
            "estimated_points": points + errors,
            "predicted_points": points + errors,
            "error": errors,
            "description_sha256": test["description_sha256"],
            "seen": pa.array(np.arange(test.num_rows) % 4 == 0),
        }
    )


FIGURES: dict[str, Any] = {
    "test_mae": 1.2345,
    "test_mae_unseen": 1.3456,
    "test_mae_interval": [1.1111, 1.3333],
    "rows": 20,
    "seen_rows": 5,
    "baselines": {
        "median": {"test_mae": 2.5, "test_mae_unseen": 2.6},
        "ridge": {"test_mae": 1.75, "test_mae_unseen": 1.8},
    },
    "intervals": [
        {"level": "80", "half_width_points": 2.1, "coverage": 0.8125, "coverage_unseen": 0.8},
        {"level": "95", "half_width_points": 3.6, "coverage": 0.9625, "coverage_unseen": 0.95},
    ],
    "calibration_rows": 1234,
    "slices": [
        {"by": "country", "slice": "Italy", "rows": 12, "mae": 1.2, "bias": -0.25}
        | {"coverage": {"80": 0.75, "95": 1.0}},
        {"by": "price", "slice": "over 120 USD", "rows": 7, "mae": 1.5, "bias": 0.125}
        | {"coverage": {"80": 0.5, "95": 0.875}},
    ],
}
DECISION: dict[str, Any] = {
    "verdict": "Promoted",
    "reason": "The candidate beats the champion.",
    "checks": [
        {
            "name": "beats the baseline ridge",
            "passed": True,
            "detail": "MAE 1.346 against 1.800",
            "figures": {"mae_points": 1.346},
        },
        {
            "name": "is better than the champion",
            "passed": True,
            "detail": "gain 0.1 & more",
            "figures": {
                "loss_max_points": 0.1,
                "slices": [
                    {
                        "by": "country",
                        "slice": "<Chile>",
                        "rows": 1200,
                        "loss": 0.5,
                        "lower_limit": 0.25,
                        "passed": False,
                    }
                ],
            },
        },
    ],
    "champion_before": "aaaa1111",
    "champion_after": "bbbb2222",
}
TOO_FEW = "The validation reviews are too few for every level"
SETTINGS = Settings(evaluation=EvaluationParameters(worst_count=3))


def put_together(
    store: Store,
    reviews: pa.Table | None = None,
    predictions: pa.Table | None = None,
    figures: dict[str, Any] = FIGURES,
    decision: dict[str, Any] = DECISION,
) -> dict[str, Any]:
    """Publish the outputs of a run, and return the report's arguments.

    Of the reviews the last 20 are the test set, the 20 before them the validation set.
    """
    reviews = make_reviews(100) if reviews is None else reviews
    rows = reviews.num_rows
    sets = dict(
        zip(SIDES, map(reviews.slice, (0, rows - 40, rows - 20), (rows - 40, 20, 20)), strict=True)
    )
    words = set(tokenize(sets["train"]["description"].combine_chunks()).flatten().to_pylist())
    predictions = predict_by_hand(sets["test"]) if predictions is None else predictions
    history = [{"loss": 2.5, "validation_mae": 1.9}, {"loss": 1.5, "validation_mae": 1.625}]
    trained = {"parameters": 12345, "best_epoch": 2, "validation_mae": 1.625, "epochs": 2}
    trained |= {"devices": ["CPU:0"], "precision": "float32", "cudnn": "there is no GPU"}
    data = {"verdict": "Accepted", "rows": rows, "rejected": 3, "reasons": [], "failures": []}
    pages = dict.fromkeys(("data_quality.html", "rejects.csv", "data_docs/index.html"), 0)
    return {
        "checked": publish(store, "validate", pages, data),
        "splits": publish(store, "split", {f"{s}.parquet": t for s, t in sets.items()}, {}),
        "vocabulary": publish(store, "vectorize", {"vocabulary.json": sorted(words)}, {}),
        "trained": publish(store, "train", {"history.json": history, "model.keras": 0}, trained),
        "baselines": publish(store, "baselines", {}, {}),
        "evaluated": publish(
            store, "evaluate", {"predictions.parquet": predictions, "figures.json": figures}, {}
        ),
        "decision": publish(store, "promote", {"decision.json": decision}, {}),
        "settings": SETTINGS,
        "device": "cpu",
        "source": "reviews.csv",
    }


def report(store: Store, arguments: dict[str, Any]) -> Path:
    """Write the report of these arguments and publish it; returns its folder."""
    given = {name: value for name, value in arguments.items() if name != "source"}
    with store.workspace("report", "report0123", arguments["source"]) as workspace:
        output = write_report.__wrapped__(workspace, **given)  # type: ignore[attr-defined]
        draft = Artifact(stage="report", address="report0123", digest="")
        artifact = store.publish(draft, workspace, output, replace=True)
    return store.root / artifact.path


def page_of(store: Store, arguments: dict[str, Any]) -> Page:
    page = Page()
    page.feed((report(store, arguments) / "report.html").read_text(encoding="utf-8"))
    page.close()
    return page


class Page(HTMLParser):
    """A page taken apart as a browser would: its elements, and its text outside of the head."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.parts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag in ("td", "th", "dt", "dd", "br"):
            self.parts.append((tag, " "))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "head" not in self.open:
            self.parts.append((self.open[-1] if self.open else "", data))

    @property
    def text(self) -> str:
        return " ".join("".join(data for _, data in self.parts).split())

    def texts_of(self, tag: str) -> list[str]:
        """The text that stands directly in each element of this name, blanks left out."""
        return [" ".join(data.split()) for inside, data in self.parts if inside == tag]


def test_page_shows_every_slice_beside_the_champion(store: Store) -> None:
    arguments = put_together(store)
    page = page_of(store, arguments)
    assert "1 slice beside the champion" in page.text
    assert "Country <Chile> 1,200 +0.500 +0.250 ✗" in page.text
    markdown = (report(store, arguments) / "report.md").read_text(encoding="utf-8")
    assert r"| country | &lt;Chile&gt; | 1200 | 0.500 | 0.250 |" in markdown


def test_page_begins_with_the_verdict_and_keeps_its_order(store: Store) -> None:
    page = page_of(store, put_together(store))
    assert page.text.startswith(
        "Retraining report · wine points The candidate is the new champion. Promoted"
        " The candidate beats the champion. ✓ The candidate beats the baseline ridge: yes"
        " – MAE 1.346 against 1.800"
    )
    assert "The champion bbbb2222 replaces aaaa1111." in page.text
    assert page.texts_of("h2") == [
        "Mean absolute error",
        "The network beside the baselines",
        "Learning curves",
        "Predicted against actual",
        "Prediction intervals",
        "Slices",
        "Worst predictions",
        "What the model saw",
        "What went in",
    ]


@pytest.mark.parametrize(
    ("verdict", "before", "after", "sentences"),
    [
        ("Promoted", None, "b1", ["is the new champion.", "The champion is the first, b1."]),
        ("KeptChampion", "a1", "a1", ["The champion stays.", "The champion is still a1."]),
        ("NotPromoted", None, None, ["does not become one.", "There is no champion."]),
    ],
)
def test_page_says_what_became_of_the_champion(
    store: Store, verdict: str, before: str | None, after: str | None, sentences: list[str]
) -> None:
    decision = {
        "verdict": verdict,
        "reason": "For a reason.",
        "checks": [
            {"name": "beats it", "passed": verdict == "Promoted", "detail": "by 1", "figures": {}}
        ],
        "champion_before": before,
        "champion_after": after,
    }
    page = page_of(store, put_together(store, decision=decision))
    assert all(sentence in page.text for sentence in sentences)
    mark = (
        "✓ The candidate beats it: yes" if verdict == "Promoted" else "✗ The candidate beats it: no"
    )
    assert mark in page.text


def test_page_shows_the_figures_of_the_evaluation(store: Store) -> None:
    page = page_of(store, put_together(store))
    for expected in (
        "All 20 test rows 1.234 95% interval 1.111 to 1.333",
        "The 15 unseen rows 1.346 95% interval",
        "5 of the 20 test reviews also stand in train",
        "Network 1.234 1.346 – Training median 2.500 2.600 +1.266"
        " Ridge on TF-IDF of words and bigrams 1.750 1.800 +0.516",
        "1 2.500 1.900 2 (kept) 1.500 1.625",
        "on the 1,234 validation reviews that do not stand in train",
        "80 % 2.100 81.2 % 80.0 % 95 % 3.600 96.2 % 95.0 %",
        "Country Rows MAE Bias In 80 % In 95 % Italy 12 1.200 −0.25 75 % 100 %",
        "Price Rows MAE Bias In 80 % In 95 % over 120 USD 7 1.500 +0.12 50 % 88 %",
        "100 rows, 3 of them left out by the contract",
    ):
        assert expected in page.text
    assert TOO_FEW not in page.text
    pictures = [a["aria-label"] for tag, a in page.elements if tag == "svg"]
    assert [str(label).split()[0] for label in pictures] == [
        "MAE",
        "Learning",
        "Predicted",
        "Error",
    ]


def test_unseen_interval_is_of_the_unseen_rows_alone() -> None:
    predictions = pa.table({"error": [0.5, -0.5, 9.0, 0.5], "seen": [False, False, True, False]})
    network, *baselines = list_scores(FIGURES, predictions, EvaluationParameters())
    assert network["unseen_interval"] == (0.5, 0.5)
    assert network["every_interval"] == [1.1111, 1.3333]
    assert [b["unseen_interval"] for b in baselines] == [None, None]


def test_page_of_a_run_with_every_row_seen_and_no_slices(store: Store) -> None:
    predictions = predict_by_hand(make_reviews(100).slice(80))
    place = predictions.column_names.index("seen")
    predictions = predictions.set_column(place, "seen", pa.array([True] * 20))
    scores = {name: s | {"test_mae_unseen": None} for name, s in FIGURES["baselines"].items()}
    figures = FIGURES | {
        "test_mae_unseen": None,
        "seen_rows": 20,
        "slices": [],
        "baselines": scores,
        "intervals": [i | {"coverage_unseen": None} for i in FIGURES["intervals"]],
    }
    page = page_of(store, put_together(store, predictions=predictions, figures=figures))
    assert "The 0 unseen rows – Validation" in page.text
    assert "Training median 2.500 – +1.266" in page.text
    assert "None is that large." in page.text


def test_page_says_so_where_validation_is_too_small_for_an_interval(store: Store) -> None:
    wide = FIGURES["intervals"][1] | {"half_width_points": None, "coverage": 1.0}
    figures = FIGURES | {"intervals": [FIGURES["intervals"][0], wide]}
    page = page_of(store, put_together(store, figures=figures))
    assert TOO_FEW in page.text
    assert "95 % the whole scale 100.0 % 95.0 %" in page.text


def test_page_says_so_when_no_test_review_stands_in_train(store: Store) -> None:
    page = page_of(store, put_together(store, figures=FIGURES | {"seen_rows": 0}))
    assert "None of the 20 test reviews stands in train too" in page.text


def test_worst_predictions_come_with_their_reviews(store: Store) -> None:
    missing = dict.fromkeys(("title", "variety", "country", "price"))
    reviews = replace(make_reviews(100), 99, description="The worst of all.", **missing)
    page = page_of(store, put_together(store, reviews))
    points = reviews["points"].to_pylist()
    assert (
        f"{points[99] + 2:.1f} predicted, {points[99]} actual (+2.0) · row 99"
        " untitled · no variety · no country · no price The worst of all."
    ) in page.text
    worst = page.text.split("Worst predictions")[1].split("What the model saw")[0]
    assert re.findall(r"· row (\d+)", worst) == ["99", "98", "97"]


def test_worst_are_joined_by_row_number_whatever_the_order() -> None:
    test = make_reviews(17).slice(7)
    predictions = predict_by_hand(test)
    turned = predictions.take(pa.array(list(range(10))[::-1]))
    worst = rank_worst(turned, test, 4)
    assert worst == rank_worst(predictions, test, 4)
    assert [review["row_number"] for review in worst] == [16, 15, 14, 13]
    texts = test["description"].to_pylist()
    assert [review["description"] for review in worst] == texts[:5:-1]
    assert rank_worst(predictions, test, 0) == []
    assert len(rank_worst(predictions, test, 99)) == 10


def test_equally_wrong_predictions_are_listed_by_row() -> None:
    test = make_reviews(4)
    errors = pa.array([1.0, -3.0, 3.0, 3.0])
    predictions = predict_by_hand(test).set_column(3, "error", errors)
    assert [review["row_number"] for review in rank_worst(predictions, test, 3)] == [1, 2, 3]


def test_example_marks_unknown_tokens_and_counts_the_rest(store: Store) -> None:
    reviews = replace(make_reviews(100), 60, description="The Zyxxy-fruit, the PALATE")
    arguments = put_together(store, reviews)
    vocabulary = json.loads(store.path_of(arguments["vocabulary"], "vocabulary.json").read_bytes())
    the, palate = (vocabulary.index(token) + 2 for token in ("the", "palate"))
    page = page_of(store, arguments)
    validation = page.text.split(" Validation 20 rows × 16 columns. ")[1].split(" Test 20 rows")[0]
    assert "int32 (20, 100) token numbers" in validation
    assert validation.endswith(f"the {the} zyxxyfruit 1 the {the} palate {palate} + 96 × padding 0")
    assert "zyxxyfruit" in page.texts_of("mark")
    assert "palate" not in page.texts_of("mark")


def test_example_is_cut_at_the_sequence_length() -> None:
    reviews = replace(make_reviews(1), 0, description="one two three four")
    numbers = {"one": 2, "three": 3}
    example = show_example("train", reviews, numbers, VectorizerParameters(sequence_length=3))
    assert example["tokens"] == [("one", 2), ("two", 1), ("three", 3)]
    assert (example["cut"], example["padding"]) == (1, 0)
    assert example["types"]["points"] == "int64"
    longer = show_example("train", reviews, numbers, VectorizerParameters(sequence_length=6))
    assert (longer["cut"], longer["padding"]) == (0, 2)


HARD_TEXTS = [
    "Château d'Yquem—ripe, SOFT… and ÉLEGANT!",
    "tab\tnew\nline\x0bvertical\x0cform\rreturn\x1cfile\xa0nbsp\u2003em\x85next",
    r"""all!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~punctuation""",
    "İstanbul ΑΒΓ ǅ ẞ ﬁne",
    "... !!!",
    "",
    NASTY,
]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("signs", ["strip", "keep"])
def test_tokens_are_those_of_the_vectorizer(signs: str) -> None:
    from tasks.modelling.tokens import make_vectorizer
    from tasks.modelling.tokens import tokenize as tokenize_as

    texts = [t for t in HARD_TEXTS if signs == "strip" or not set(t) & set("\0İΣ")]
    vocabulary = ["ripe", "soft", "and", "all", "fine", "tab", "new", "code", ",", "!"]
    parameters = VectorizerParameters(vocabulary_size=90, sequence_length=6, signs=signs)
    theirs = make_vectorizer(parameters, vocabulary)(texts).numpy().tolist()
    numbers = {token: place for place, token in enumerate(vocabulary, start=2)}
    for text, expected in zip(texts, theirs, strict=True):
        review = replace(make_reviews(1), 0, description=text)
        example = show_example("test", review, numbers, parameters)
        found = [number for _, number in example["tokens"]] + [0] * example["padding"]
        assert found == expected, text
    adapted = make_vectorizer(parameters)
    adapted.adapt(texts)
    words = {word for words in tokenize_as(texts, parameters) for word in words}
    assert set(adapted.get_vocabulary(include_special_tokens=False)) == words


def test_page_names_all_that_went_in(store: Store) -> None:
    arguments = put_together(store)
    page = page_of(store, arguments)
    for value in arguments.values():
        if isinstance(value, Artifact):
            assert f"{value.stage} {value.address} {value.digest} 2.5" in page.text
            assert f"tasks/{value.stage}.py c0dec0de" in page.text
            assert f"lib-of-{value.stage} 1.2" in page.text
    assert "Trained on the device cpu (CPU:0) in float32; cuDNN: there is no GPU." in page.text
    assert "The network has 12,345 weights; the best of 2 epochs was number 2" in page.text
    assert "have the digest 5555" in page.text
    assert "evaluation.worst_count 3 Worst predictions shown with their text." in page.text


def test_links_lead_to_files_beside_the_page(store: Store) -> None:
    folder = report(store, put_together(store))
    page = Page()
    page.feed((folder / "report.html").read_text(encoding="utf-8"))
    targets = [str(attributes["href"]) for tag, attributes in page.elements if tag == "a"]
    assert targets == ["data_quality.html"]
    assert all((folder / unquote(target)).is_file() for target in targets)


@pytest.mark.parametrize("source", ["demo", "demo.csv"])
def test_demo_data_is_called_made_up(store: Store, source: str) -> None:
    arguments = put_together(store)
    arguments["source"] = source
    folder = report(store, arguments)
    for name in ("report.html", "report.md"):
        text = (folder / name).read_text(encoding="utf-8")
        assert ("Demo data: made-up reviews." in text) == (source == "demo")


def test_same_inputs_give_the_same_bytes(store: Store) -> None:
    arguments = put_together(store)
    first, second = (
        {path.name: path.read_bytes() for path in report(store, arguments).rglob("*.*")}
        for _ in range(2)
    )
    assert first.keys() == {
        "data_quality.html",
        "index.html",
        "manifest.json",
        "rejects.csv",
        "report.html",
        "report.md",
    }
    assert first == second


def test_facts_name_the_verdict_and_the_mae(store: Store) -> None:
    folder = report(store, put_together(store))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["facts"] == {"verdict": "Promoted", "test_mae": 1.2345}


def put_together_nastily(store: Store) -> dict[str, Any]:
    """A run that holds NASTY and a very long word in every place that a stranger can write to."""
    reviews = make_reviews(100)
    for row in (0, 60, 80, 99):
        values = dict.fromkeys(
            ("description", "title", "variety", "country"), f"{NASTY} {'x' * 900}"
        )
        reviews = replace(reviews, row, **values)
    slices = [s | {"slice": f"{NASTY} {'x' * 300}"} for s in FIGURES["slices"]]
    arguments = put_together(store, reviews, figures=FIGURES | {"slices": slices})
    return arguments | {"source": f"{NASTY}/{'y' * 300}.csv"}


def test_nothing_in_a_review_comes_alive_in_the_page(store: Store) -> None:
    page = page_of(store, put_together_nastily(store))
    assert {"script", "img", "iframe", "object"}.isdisjoint(tag for tag, _ in page.elements)
    assert len([tag for tag, _ in page.elements if tag == "a"]) == 1
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")}
    # The source, two slices, the worst prediction's title to text, three examples' titles to texts.
    assert page.text.count(NASTY.replace("\u202e", "").strip()) == 1 + 2 + 4 * 4


def test_nothing_in_a_review_comes_alive_in_markdown(store: Store) -> None:
    text = (report(store, put_together_nastily(store)) / "report.md").read_text(encoding="utf-8")
    # GitHub's and Prefect's Markdown make links of bare addresses too.
    assert not re.search(r"https?://|www\.|\w@\w", text)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    kinds = {t.type for token in tokens for t in [token, *(token.children or [])]}
    assert "table_open" in kinds
    assert kinds.isdisjoint(
        {"html_block", "html_inline", "link_open", "image", "code_inline", "em_open"}
    )
    cells = ["".join(t.content for t in token.children or []) for token in tokens]
    assert sum(" ".join(NASTY.split()) in cell for cell in cells) == 2 + 1 + 1
    rows = [line for line in text.splitlines() if "evil" in line]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [8, 8, 7]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_escaped_markdown_shows_the_text_itself(text: str) -> None:
    page = Page()
    page.feed(MarkdownIt("commonmark", {"html": True}).render(f"Start {escape_markdown(text)}"))
    page.close()
    assert (
        "".join(data for _, data in page.parts).strip() == f"Start {' '.join(text.split())}".strip()
    )
    assert {tag for tag, _ in page.elements} == {"p"}


def test_import_is_light() -> None:
    program = "import sys, tasks.report; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"matplotlib", "sklearn", "keras", "tensorflow", "great_expectations", "pandas"}
    assert heavy.isdisjoint(loaded.stdout.split())
