"""What a Prefect server lets pass for a parameter, before there is a run."""

from __future__ import annotations

from typing import Any

import jsonschema
from pydantic import TypeAdapter


def passes(parameter: Any, value: object) -> bool:
    """Tell whether a value is in the JSON schema of a parameter's type."""
    schema = TypeAdapter(parameter).json_schema()
    return jsonschema.Draft202012Validator(schema).is_valid(value)
