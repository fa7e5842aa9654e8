"""The settings of the stages as parameters of a flow."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import Any, Literal, TypeVar

from tasks.configuration.settings import Settings

FlowFunction = TypeVar("FlowFunction", bound=Callable[..., Any])


def with_settings(
    names: Sequence[str], stages: Sequence[str] = ()
) -> Callable[[FlowFunction], FlowFunction]:
    """Replace the `**settings` of a flow's function by one parameter per stage.

    The decorator changes the signature and the docstring, which Prefect and the command line read.

    Args:
        names: fields of `Settings`.
        stages: values that the function's parameter `refresh` accepts.
    """

    def decorate(function: FlowFunction) -> FlowFunction:
        signature = inspect.signature(function, eval_str=True)
        own = [p for p in signature.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
        if stages:
            refresh: Any = list[Literal[tuple(stages)]]  # type: ignore[misc]
            own = [p.replace(annotation=refresh) if p.name == "refresh" else p for p in own]
        fields = {name: Settings.model_fields[name] for name in names}
        settings = [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=model | None)
            for name, field in fields.items()
            if (model := field.annotation)
        ]
        function.__signature__ = signature.replace(parameters=[*own, *settings])  # type: ignore[attr-defined]
        lines = [f"    {name}: {field.description}" for name, field in fields.items()]
        docstring = inspect.getdoc(function) or ""
        function.__doc__ = re.sub(r"    \*\*settings: .*", "\n".join(lines), docstring)
        return function

    return decorate
