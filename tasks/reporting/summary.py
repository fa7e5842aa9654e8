"""What a run says of itself in a few lines."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from tasks.configuration.verdicts import Verdict
from tasks.engine.run import Run
from tasks.modelling.model_file import MODEL
from tasks.storage.artifacts import Frozen
from tasks.storage.run_names import RETRAINING


def show_plainly(text: str) -> str:
    """Replace what would command a terminal: a file's header may hold it, and reasons quote it."""
    return "".join(c if c.isprintable() else "?" for c in text)


class Summary(Frozen):
    """What every run says of itself; the object that `--json` prints.

    Attributes:
        flow: of whose runs it is.
        verdict: the name of the run's state.
        reason: why, in a sentence or two, without control characters.
        stages: by stage its state (`Completed` or `Cached`) and its seconds.
    """

    flow: ClassVar[str] = "run"
    verdict: Verdict
    reason: Annotated[str, AfterValidator(show_plainly)]
    stages: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def to_text(self) -> str:
        """Write it for a terminal."""
        stages = [
            f"  {name:<19}{figures['state']:<11}{figures['seconds']:>8.1f} s"
            for name, figures in self.stages.items()
        ]
        places = [f"  {label}: {path}" for label, path in self.places.items() if path]
        parts = [[f"{self.verdict}: {self.reason}"], stages, self.figures, places]
        shown = ["\n".join(map(show_plainly, part)) for part in parts if part]
        return "\n" + "\n\n".join(shown)

    @property
    def figures(self) -> list[str]:
        """Lines with what the run measured."""
        return []

    @property
    def metrics(self) -> dict[str, float | None]:
        """What is to be followed over runs, by name."""
        return {}

    @property
    def places(self) -> dict[str, str | None]:
        """By what they are, the paths of what people look at."""
        return {}


class RetrainingSummary(Summary):
    """What a retraining run says of itself.

    Attributes:
        test_mae: MAE in points on all test rows; None when nothing was evaluated.
        test_mae_unseen: the same on the test rows whose text does not stand in train.
        baselines: both figures of each baseline, by its name.
        rows: rows of the file, rejected, per side of the split, and test rows that stand in train.
        report: path of the run's page.
        data_quality_report: path of the page about the data.
        model: path of the model that this run trained or found.
        mlflow: what MLflow was told, or why it was not; None where no tracking URI is set.
    """

    flow = RETRAINING
    test_mae: float | None = None
    test_mae_unseen: float | None = None
    baselines: dict[str, dict[str, float | None]] = Field(default_factory=dict)
    rows: dict[str, int] = Field(default_factory=dict)
    report: str | None = None
    data_quality_report: str | None = None
    model: str | None = None
    mlflow: str | None = None

    @property
    def figures(self) -> list[str]:
        """The MAE of the network beside those of the baselines."""
        if self.test_mae is None:
            return []
        own = {"test_mae": self.test_mae, "test_mae_unseen": self.test_mae_unseen}
        lines = ["  MAE in points on test        all     unseen"]
        for name, figures in {"network": own, **self.baselines}.items():
            every, unseen = _points(figures["test_mae"]), _points(figures["test_mae_unseen"])
            lines.append(f"  {name:<22}{every:>10}{unseen:>11}")
        seen, rows = self.rows["test_seen_in_train"], self.rows["test"]
        note = f"  {seen} of the {rows} test reviews also stand in train; the others are unseen"
        return [*lines, note]

    @property
    def metrics(self) -> dict[str, float | None]:
        """The MAE of the network and of each baseline, on all test rows and on the unseen ones."""
        if self.test_mae is None:
            return {}
        own = {"test_mae": self.test_mae, "test_mae_unseen": self.test_mae_unseen}
        return own | {
            f"{name}_{figure}": value
            for name, figures in self.baselines.items()
            for figure, value in figures.items()
        }

    @property
    def places(self) -> dict[str, str | None]:
        """The run's page, the one about the data, the model, and what MLflow has of them."""
        return {
            "report": self.report,
            "data quality": self.data_quality_report,
            "model": self.model,
            "MLflow": self.mlflow,
        }


def _points(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.3f}"


def path_in(run: Run, stage: str, name: str) -> str | None:
    """Path of a stage's file in this run, None where the stage did not run."""
    outcome = run.outcomes.get(stage)
    return run.store.place_of(outcome.artifact, name) if outcome else None


def list_stages(run: Run) -> dict[str, dict[str, Any]]:
    """List how each stage of a run ended and how long it took."""
    return {n: {"state": o.state, "seconds": o.seconds} for n, o in run.outcomes.items()}


def summarize(run: Run, verdict: Verdict, reason: str) -> RetrainingSummary:
    """Sum up a retraining from what its stages reported."""
    facts = {name: outcome.artifact.facts for name, outcome in run.outcomes.items()}
    checked, split, evaluated = (facts.get(s, {}) for s in ("validate", "split", "evaluate"))
    rows = {"source": checked.get("rows", 0), "rejected": checked.get("rejected", 0)}
    # The other facts of the split are digests.
    rows |= {side: count for side, count in split.items() if isinstance(count, int)}
    if evaluated:
        rows["test_seen_in_train"] = evaluated["seen_rows"]
    return RetrainingSummary(
        verdict=verdict,
        reason=reason,
        stages=list_stages(run),
        test_mae=evaluated.get("test_mae"),
        test_mae_unseen=evaluated.get("test_mae_unseen"),
        baselines=evaluated.get("baselines", {}),
        rows=rows,
        report=path_in(run, "report", "report.html"),
        data_quality_report=path_in(run, "validate", "data_quality.html"),
        model=path_in(run, "train", MODEL),
    )
