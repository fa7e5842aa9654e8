"""What a scoring says of itself."""

from __future__ import annotations

from pathlib import Path

from tasks.champions.champion import Champion
from tasks.configuration.verdicts import Verdict
from tasks.engine.run import Run
from tasks.pages.markdown import escape_markdown, format_table
from tasks.reporting.summary import Summary, list_stages
from tasks.score import Scores, rejects_path


class ScoringSummary(Summary):
    """What a scoring says of itself.

    Attributes:
        rows: reviews of the file; 0 where its header is rejected.
        scored: those that have a prediction.
        rejected: those that break a critical rule about their text.
        model_version: of the champion that predicted.
        output: path of the scores; None where there are none.
        rejects: path of the list of rejects; None where the header is rejected.
        reviews_per_second: read, checked, predicted and written, without loading the model.
        predicted: reviews by predicted points, rounded to whole ones.
    """

    flow = "scoring"
    rows: int
    scored: int
    rejected: int
    model_version: str
    output: str | None
    rejects: str | None
    reviews_per_second: float
    predicted: dict[int, int]

    @property
    def figures(self) -> list[str]:
        """How many, how fast, and by which model."""
        speed = f"  {self.reviews_per_second:,.0f} reviews a second"
        return [f"{speed}, by the champion {self.model_version}"] if self.rows else []

    @property
    def places(self) -> dict[str, str | None]:
        """The scores and the rejects."""
        return {"scores": self.output, "rejects": self.rejects}

    def to_markdown(self) -> str:
        """Write it for an artifact of the Prefect run."""
        parts = [
            f"# {self.verdict}",
            escape_markdown(self.reason),
            format_table(["Model", "scores", "rejects"], [self._origin]),
            format_table(["Predicted points", "reviews"], self.predicted.items()),
        ]
        return "\n\n".join(parts) + "\n"

    @property
    def _origin(self) -> list[str | None]:
        return [self.model_version, self.output, self.rejects]


def summarize_scoring(run: Run, champion: Champion, scores: Scores, output: Path) -> ScoringSummary:
    """Sum up a scoring."""
    rows = scores.scored + scores.rejected
    verdict = Verdict.DATA_REJECTED if scores.reasons else Verdict.SCORED
    told = f"{scores.scored:,} of {rows:,} reviews are scored."
    if champion.lineage["demo"] and not run.demo:
        told += " The champion knows made-up reviews alone: these scores mean nothing."
    return ScoringSummary(
        verdict=verdict,
        reason=" ".join(scores.reasons) or told,
        stages=list_stages(run),
        rows=rows,
        scored=scores.scored,
        rejected=scores.rejected,
        model_version=champion.version,
        output=run.store.place_of_file(output) if scores.scored else None,
        rejects=run.store.place_of_file(rejects_path(output)) if rows else None,
        reviews_per_second=round(rows / scores.seconds, 1) if rows else 0.0,
        predicted=scores.counts,
    )
