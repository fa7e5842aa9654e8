"""The parameters that a flow has beside those it names: the settings of its stages."""

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
    """Give a flow's function one parameter per stage, in the place of its `**settings`.

    Prefect, the command line and the help find them in the function's signature and docstring.

    Args:
        names: fields of `Settings`.
        stages: what the function's `refresh` may name.
    """

    def decorate(function: FlowFunction) -> FlowFunction:
        signature = inspect.signature(function, eval_str=True)
        named = [p for p in signature.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
        if stages:
            refresh: Any = list[Literal[tuple(stages)]]  # type: ignore[misc]
            named = [p.replace(annotation=refresh) if p.name == "refresh" else p for p in named]
        fields = {name: Settings.model_fields[name] for name in names}
        settings = [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind | None)
            for name, field in fields.items()
            if (kind := field.annotation)
        ]
        function.__signature__ = signature.replace(parameters=[*named, *settings])  # type: ignore[attr-defined]
        lines = [f"    {name}: {field.description}" for name, field in fields.items()]
        described = inspect.getdoc(function) or ""
        function.__doc__ = re.sub(r"    \*\*settings: .*", "\n".join(lines), described)
        return function

    return decorate
