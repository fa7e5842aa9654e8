"""Old names of options and environment variables, accepted for one more release.

`Parameters.old_names` holds them, and renames the parameters of deployments.
"""

from __future__ import annotations

import itertools
import os

from flows.output import print_note
from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import NO_LIST
from tasks.configuration.settings import Settings


def replace_old_names(words: list[str]) -> list[str]:
    """Replace old names in a command line and in the environment, and print a notice for each.

    Raises:
        UsageError: the environment sets both the old and the new name of a variable, or an option
            has a value that it no longer takes.
    """
    for stage, field in Settings.model_fields.items():
        for old, new in getattr(field.annotation, "old_names", {}).items():
            _rename_variable(f"WINE_POINTS_{stage}__{old}", f"WINE_POINTS_{stage}__{new}")
            for prefix in ("--", "--no-"):
                options = [f"{prefix}{stage}.{name.replace('_', '-')}" for name in (old, new)]
                words = [_rename_option(word, *options) for word in words]
    _refuse_list(words)
    return words


def _refuse_list(words: list[str]) -> None:
    """Refuse a list where an option with a value became a switch."""
    option = "--network.auxiliary-targets"
    for name, value in itertools.pairwise([*words, ""]):
        given = name.replace("_", "-")
        if given.startswith(f"{option}=") or (given == option and value.startswith("[")):
            raise UsageError(f"{option} {NO_LIST}")


def _rename_option(word: str, old: str, new: str) -> str:
    name, separator, value = word.partition("=")
    if name != old:
        return word
    _announce(old, new)
    return f"{new}{separator}{value}"


def _rename_variable(old: str, new: str) -> None:
    # pydantic-settings ignores the case of variables.
    spellings = {name.upper(): name for name in os.environ}
    old, new = old.upper(), new.upper()
    if old not in spellings:
        return
    if new in spellings:
        raise UsageError(f"{old} is the old name of {new}: unset it")
    _announce(old, new)
    os.environ[new] = os.environ.pop(spellings[old])


def _announce(old: str, new: str) -> None:
    print_note(f"{old} is called {new} now; the next release refuses the old name")
