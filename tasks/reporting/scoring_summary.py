"""The summary of a scoring run."""

from __future__ import annotations

from pathlib import Path

from tasks.champions.champion import Champion
from tasks.configuration.verdicts import Verdict
from tasks.engine.run import Run
from tasks.pages.markdown import escape_markdown, format_table
from tasks.reporting.summary import Summary, list_stages
from tasks.score import Scores, rejects_path


class ScoringSummary(Summary):
    """The summary of a scoring run.

    Attributes:
        rows: number of reviews in the file; 0 if its header is rejected.
        scored: number of reviews with a prediction.
        rejected: number of reviews whose text breaks a critical rule.
        model_version: of the champion.
        output: path of the scores; None if there are none.
        rejects: path of the list of rejects; None if the header is rejected.
        reviews_per_second: for reading, checking, predicting and writing, without loading the
            model.
        predicted: number of reviews by the prediction, rounded to the bins of the target.
        notes: sentences about how the file was read.
    """

    flow = "scoring"
    rows: int
    scored: int
    rejected: int
    model_version: str
    output: str | None
    rejects: str | None
    reviews_per_second: float
    predicted: dict[str, int]
    notes: tuple[str, ...] = ()

    @property
    def figures(self) -> list[str]:
        """The speed, the version of the champion, and the notes."""
        speed = f"  {self.reviews_per_second:,.0f} reviews a second"
        by = f"{speed}, by the champion {self.model_version}"
        return [*([by] if self.rows else []), *(f"  {note}" for note in self.notes)]

    @property
    def places(self) -> dict[str, str | None]:
        """The scores and the rejects."""
        return {"scores": self.output, "rejects": self.rejects}

    def to_markdown(self) -> str:
        """Format the summary for an artifact of the Prefect run."""
        files = [self.model_version, self.output, self.rejects]
        parts = [
            f"# {self.verdict}",
            escape_markdown(self.reason),
            "\n".join(f"- {escape_markdown(note)}" for note in self.notes),
            format_table(["Model", "scores", "rejects"], [files]),
            format_table(["Predicted", "reviews"], self.predicted.items()),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


def summarize_scoring(run: Run, champion: Champion, scores: Scores, output: Path) -> ScoringSummary:
    """Sum up a scoring."""
    rows = scores.scored + scores.rejected
    verdict = Verdict.DATA_REJECTED if scores.reasons else Verdict.SCORED
    counted = f"{scores.scored:,} of {rows:,} reviews are scored."
    if champion.lineage["demo"] and not run.demo:
        counted += " The champion was trained on made-up reviews: these scores mean nothing."
    return ScoringSummary(
        verdict=verdict,
        reason=" ".join(scores.reasons) or counted,
        stages=list_stages(run),
        rows=rows,
        scored=scores.scored,
        rejected=scores.rejected,
        model_version=champion.version,
        output=run.store.place_of_file(output) if scores.scored else None,
        rejects=run.store.place_of_file(rejects_path(output)) if rows else None,
        reviews_per_second=round(rows / scores.seconds, 1) if rows else 0.0,
        predicted=scores.counts,
        notes=scores.notes,
    )
