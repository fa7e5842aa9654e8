"""Export: the champion as TensorFlow's SavedModel, for serving."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict

from tasks.champions.served_champion import ServedChampion, find_champion
from tasks.engine.store import Store
from tasks.errors import PipelineError, UsageError
from tasks.modelling.device import settle_device
from tasks.verdicts import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE


class Export(BaseSettings):
    """Write the champion as a SavedModel, which TensorFlow loads without Keras or this project."""

    model_config = SettingsConfigDict(
        cli_kebab_case=True,
        cli_prog_name="python -m flows.export",
        env_prefix="WINE_POINTS_",
        extra="ignore",
    )

    store: str = Field(default="store", description="folder that holds the champion")
    output: str = Field(default="saved_model", min_length=1, description="new folder for the model")


def export(asked: Export) -> str:
    """Export the champion; return its version.

    Raises:
        PipelineError: there is no champion, or it cannot be written there.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    store = Store(Path(asked.store))
    champion = find_champion(store)
    settle_device("cpu")
    from tasks.champions.saved_model import export_champion

    export_champion(ServedChampion(store, champion), Path(asked.output).absolute())
    return champion.version


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    try:
        asked = CliApp.run(Export, cli_args=arguments)
        version = export(asked)
    except ValidationError as error:
        sys.stderr.write(f"error: {error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}\n")
        return EXIT_USAGE
    except PipelineError as error:
        sys.stderr.write(f"error: {error}\n")
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted; nothing was written\n")
        return EXIT_INTERRUPTED
    sys.stdout.write(f"the champion {version} is in {Path(asked.output).absolute()}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
