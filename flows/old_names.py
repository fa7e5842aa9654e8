"""Options and variables by the names that they had before, accepted for one more release.

Parameters of deployments are renamed by their models: `Parameters.old_names`.
"""

from __future__ import annotations

import os

from flows.output import note
from tasks.configuration.errors import UsageError
from tasks.configuration.settings import Settings

UNTIL = "now; the old name goes with the next release"


def take_new_names(words: list[str]) -> list[str]:
    """Replace old names among the words of a command line, and among the variables; say so.

    Raises:
        UsageError: a variable is set by both of its names.
    """
    taken = list(words)
    for stage, field in Settings.model_fields.items():
        for old, new in getattr(field.annotation, "old_names", {}).items():
            _rename_variable(f"WINE_POINTS_{stage}__{old}", f"WINE_POINTS_{stage}__{new}")
            for prefix in ("--", "--no-"):
                was, now = (f"{prefix}{stage}.{name.replace('_', '-')}" for name in (old, new))
                taken = [_rename_word(word, was, now) for word in taken]
    return taken


def _rename_word(word: str, was: str, now: str) -> str:
    name, separator, value = word.partition("=")
    if name != was:
        return word
    note(f"{was} is called {now} {UNTIL}")
    return f"{now}{separator}{value}"


def _rename_variable(was: str, now: str) -> None:
    # pydantic-settings reads variables without regard to case.
    by_name = {name.upper(): name for name in os.environ}
    if was.upper() not in by_name:
        return
    if now.upper() in by_name:
        raise UsageError(f"{was.upper()} is the old name of {now.upper()}: unset it")
    note(f"{was.upper()} is called {now.upper()} {UNTIL}")
    os.environ[now.upper()] = os.environ.pop(by_name[was.upper()])
