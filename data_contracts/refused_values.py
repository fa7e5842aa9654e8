"""What is wrong with a value of a document, an option or a parameter, in plain words.

The messages of pydantic name its own types and speak of inputs; this module replaces them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

WORDS = {
    "missing": "is missing",
    "extra_forbidden": "does not exist",
    "invalid_key": "must be a text",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "too_short": "must have {min_length} or more values",
    "too_long": "must have {max_length} or fewer values",
    "dict_type": "must be names with values",
    "model_type": "must be names with values",
    "model_attributes_type": "must be names with values",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "value_error": "{error}",
}
"""The words for each type of pydantic's errors, with the fields of its context."""


def explain_refusal(problem: ErrorDetails) -> str:
    """Say what a value must be, without its place and itself."""
    words = WORDS.get(problem["type"], "has a value that is not allowed")
    return words.format(**problem.get("ctx", {}))
