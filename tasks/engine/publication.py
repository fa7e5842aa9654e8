"""What a manifest in a bucket says: which output lies at its address, and where its files do."""

from __future__ import annotations

import json
from typing import NamedTuple

from tasks.engine.artifacts import Artifact, canonical_json


class Publication(NamedTuple):
    """What a manifest in a bucket says.

    Attributes:
        artifact: the output.
        attempt: folder of its files, below its address.
    """

    artifact: Artifact
    attempt: str

    @property
    def prefix(self) -> str:
        """Path of the folder of the files."""
        return f"{self.artifact.path}/{self.attempt}"

    def to_bytes(self) -> bytes:
        """Serialize it."""
        manifest = self.artifact.to_manifest().decode()
        return canonical_json({"attempt": self.attempt, "manifest": manifest})

    @classmethod
    def from_bytes(cls, content: bytes) -> Publication:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: a byte of it was changed.
        """
        try:
            told = json.loads(content)
            artifact = Artifact.from_manifest(told["manifest"].encode())
            return cls(artifact, str(told["attempt"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a manifest in a bucket") from error
