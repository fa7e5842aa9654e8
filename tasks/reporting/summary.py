"""The summary of a run: its verdict, reason and main figures."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from tasks.configuration.verdicts import Verdict
from tasks.engine.run import Run
from tasks.modelling.model_file import MODEL
from tasks.pages.wording import show_number
from tasks.storage.artifacts import Frozen
from tasks.storage.run_names import RETRAINING


def show_plainly(text: str) -> str:
    """Replace control characters, which a file's header may hold and a reason may quote."""
    return "".join(c if c.isprintable() else "?" for c in text)


class Summary(Frozen):
    """The summary of a run; `--json` prints it.

    Attributes:
        flow: name of the flow.
        verdict: the name of the run's state.
        reason: one or two sentences, without control characters.
        stages: `state` (`Completed` or `Cached`) and `seconds` by stage.
    """

    flow: ClassVar[str] = "run"
    verdict: Verdict
    reason: Annotated[str, AfterValidator(show_plainly)]
    stages: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def to_text(self) -> str:
        """Format the summary for a terminal."""
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
        """Lines with the figures of the run."""
        return []

    @property
    def metrics(self) -> dict[str, float | None]:
        """Metrics for the page of metrics over runs, by name."""
        return {}

    @property
    def places(self) -> dict[str, str | None]:
        """Paths of pages and files for people, by label."""
        return {}


class RetrainingSummary(Summary):
    """The summary of a retraining.

    Attributes:
        test_mae: MAE on all test rows; None if nothing was evaluated.
        test_mae_unseen: MAE on the test rows whose text is not in the training set.
        baselines: both MAEs of each baseline, by name.
        rows: number of rows of the source, of the rejects, of each side of the split, and of the
            test rows whose text is in the training set.
        new_texts: how many texts are new and gone since the last accepted file; None without one.
        report: path of the report.
        data_quality_report: path of the data quality report.
        model: path of the model.
        mlflow: result of the mirror in MLflow; None if no tracking URI is set.
        error_digits: number of decimals with which `to_text` shows errors.
    """

    flow = RETRAINING
    test_mae: float | None = None
    test_mae_unseen: float | None = None
    baselines: dict[str, dict[str, float | None]] = Field(default_factory=dict)
    rows: dict[str, int] = Field(default_factory=dict)
    new_texts: str | None = None
    report: str | None = None
    data_quality_report: str | None = None
    model: str | None = None
    mlflow: str | None = None
    error_digits: int = Field(default=3, exclude=True)

    @property
    def figures(self) -> list[str]:
        """The texts that are new, and the MAE of the candidate beside those of the baselines."""
        new = [f"  texts: {self.new_texts}"] if self.new_texts else []
        if self.test_mae is None:
            return new
        own = {"test_mae": self.test_mae, "test_mae_unseen": self.test_mae_unseen}
        lines = ["  MAE on the test set          all     unseen"]
        for name, figures in {"candidate": own, **self.baselines}.items():
            every, unseen = (show_number(figures[name], self.error_digits) for name in own)
            lines.append(f"  {name:<22}{every:>10}{unseen:>11}")
        seen, rows = self.rows["test_seen_in_train"], self.rows["test"]
        note = f"  {seen} of the {rows} test reviews are also in the training set"
        return [*new, *lines, f"{note}; the others are unseen"]

    @property
    def metrics(self) -> dict[str, float | None]:
        """The MAE of the candidate and of each baseline, on all and on the unseen test rows."""
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
        """The reports, the model and the result of the mirror in MLflow."""
        return {
            "report": self.report,
            "data quality": self.data_quality_report,
            "model": self.model,
            "MLflow": self.mlflow,
        }


def path_in(run: Run, stage: str, name: str) -> str | None:
    """Return the path of a stage's file in this run, or None if the stage did not run."""
    outcome = run.outcomes.get(stage)
    return run.store.place_of(outcome.artifact, name) if outcome else None


def list_stages(run: Run) -> dict[str, dict[str, Any]]:
    """List the state and the seconds of each stage of a run."""
    return {n: {"state": o.state, "seconds": o.seconds} for n, o in run.outcomes.items()}


def summarize(run: Run, verdict: Verdict, reason: str) -> RetrainingSummary:
    """Sum up a retraining from the facts of its stages."""
    facts = {name: outcome.artifact.facts for name, outcome in run.outcomes.items()}
    checked, split, evaluated = (facts.get(s, {}) for s in ("validate", "split", "evaluate"))
    rows = {"source": checked.get("rows", 0), "rejected": checked.get("rejected", 0)}
    # The split's other facts are digests.
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
        new_texts=checked.get("new_texts"),
        report=path_in(run, "report", "report.html"),
        data_quality_report=path_in(run, "validate", "data_quality.html"),
        model=path_in(run, "train", MODEL),
        error_digits=run.contract.dataset.target.error_digits,
    )
