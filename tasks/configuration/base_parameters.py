"""The base class of all parameters.

The JSON schemas contain no defaults, so that a form made from them submits only filled-in fields.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

log = logging.getLogger(__name__)


def _adapt_schema(schema: dict[str, Any], model: type[Parameters]) -> None:
    """Remove the defaults from a JSON schema, and add the old names of fields as deprecated."""
    properties = schema.get("properties", {})
    for field in properties.values():
        field.pop("default", None)
    for old, new in model.old_names.items():
        properties[old] = properties[new] | {"deprecated": True, "title": f"{old} (now {new})"}


class Parameters(BaseModel):
    """Base class of all parameters: frozen, and unknown fields are an error.

    Attributes:
        old_names: the new name of each field by its old one, accepted for one more release.
    """

    old_names: ClassVar[dict[str, str]] = {}

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra=_adapt_schema,
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _take_old_names(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not values.keys() & cls.old_names.keys():
            return values
        for old, new in cls.old_names.items():
            if old in values and new in values:
                raise ValueError(f"{old} is the old name of {new}: leave it out")
            if old in values:
                log.warning("%s is called %s now; the next release refuses the old name", old, new)
        return {cls.old_names.get(name, name): value for name, value in values.items()}
