"""The settings of a run: those of its preset, except for the fields that the caller set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.configuration.base_parameters import Parameters
from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import (
    BaselineParameters,
    EvaluationParameters,
    FetchParameters,
    IngestParameters,
    LearningCurveParameters,
    ModelParameters,
    NetworkParameters,
    PromotionParameters,
    SplitParameters,
    TrainingParameters,
    VectorizerParameters,
)


class Settings(Parameters):
    """The settings of a whole run, one field per stage."""

    fetch: FetchParameters = FetchParameters()
    """Settings of the download and of the demo reviews."""
    ingest: IngestParameters = IngestParameters()
    """Settings of reading the CSV."""
    split: SplitParameters = SplitParameters()
    """Settings of the split."""
    vectorizer: VectorizerParameters = VectorizerParameters()
    """Settings of the vectorizer."""
    network: NetworkParameters = NetworkParameters()
    """Settings of the network."""
    training: TrainingParameters = TrainingParameters()
    """Settings of the training."""
    baselines: BaselineParameters = BaselineParameters()
    """Settings of the baselines."""
    evaluation: EvaluationParameters = EvaluationParameters()
    """Settings of the evaluation."""
    promotion: PromotionParameters = PromotionParameters()
    """Settings of the promotion."""
    learning_curve: LearningCurveParameters = LearningCurveParameters()
    """Settings of the learning curve."""

    def with_overrides(self, overrides: Mapping[str, Parameters | None]) -> Settings:
        """Return these settings with the fields that are set in `overrides` replaced.

        Args:
            overrides: settings by stage.

        Raises:
            UsageError: an overriding field has no effect. A field of these settings may have no
                effect: a person who overrides a part of a preset need not know the rest.
        """
        given = {
            stage: fields.model_dump(exclude_unset=True)
            for stage, fields in overrides.items()
            if fields is not None
        }
        settings = self.laid_over(given)
        for name, reason in settings.idle_fields().items():
            stage, field = name.split(".")
            if field in given.get(stage, {}):
                raise UsageError(f"{name} has no effect, as {reason}; leave it out")
        return settings

    def laid_over(self, values: Mapping[str, Mapping[str, Any]]) -> Settings:
        """Return these settings with other values of some fields, by stage and field."""
        changed = {
            stage: getattr(self, stage).model_copy(update=fields)
            for stage, fields in values.items()
        }
        return self.model_copy(update=changed)

    @classmethod
    def model_types(cls) -> list[str]:
        """Return the names of the fields that hold the settings of a model type."""
        fields = cls.model_fields.items()
        return [name for name, field in fields if isinstance(field.default, ModelParameters)]

    @property
    def model(self) -> ModelParameters:
        """The settings of the model type to train.

        Raises:
            UsageError: `training.model` names no model type.
        """
        name, known = self.training.model, self.model_types()
        if name not in known:
            raise UsageError(f"training.model is {name!r}; choose one of {', '.join(known)}")
        model: ModelParameters = getattr(self, name)
        return model

    def idle_fields(self) -> dict[str, str]:
        """Return the fields (`stage.field`) without effect, each with the reason."""
        split, network, training = self.split, self.network, self.training
        idle: dict[str, str] = {}
        for name in set(self.model_types()) - {training.model}:
            fields = type(getattr(self, name)).model_fields
            idle |= {f"{name}.{field}": f"training.model is {training.model}" for field in fields}
        ends = ("split.train_end_row", "split.validation_end_row")
        if split.strategy == "hash":
            idle |= dict.fromkeys(ends, "split.strategy is hash")
        elif split.validation_fraction is not None or split.test_fraction is not None:
            idle |= dict.fromkeys(ends, "the split has fractions")
        if split.train_sample_rows is None:
            idle["split.seed"] = "split.train_sample_rows is none"
        if not network.lstm_units and network.bidirectional:
            idle["network.bidirectional"] = "network.lstm_units is 0"
        if not network.lstm_units and network.pooling == "last":
            idle["network.pooling"] = "network.lstm_units is 0"
        if training.warmup_fraction and training.learning_rate_schedule == "constant":
            idle["training.warmup_fraction"] = "training.learning_rate_schedule is constant"
        return idle
