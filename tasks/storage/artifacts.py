"""The records that travel between tasks, and the digests that name them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

FORMAT_VERSION = 1
"""Format of the manifests; enters every address instead of this module's text."""

CHUNK_BYTES = 1024**2


def canonical_json(content: object) -> bytes:
    """Serialize `content` to the one JSON text that all equal contents share, in UTF-8."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def digest_json(content: object) -> str:
    """Return the SHA-256 of the canonical JSON of `content`, in hexadecimal digits."""
    return hashlib.sha256(canonical_json(content)).hexdigest()


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Frozen(BaseModel):
    """A record that is never changed after it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRecord(Frozen):
    """What a file must be to count as undamaged."""

    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """Measure the file at `path`."""
        return cls(size_bytes=path.stat().st_size, sha256=digest_file(path))

    def matches(self, path: Path) -> bool:
        """Tell whether `path` still holds these bytes."""
        try:
            return path.stat().st_size == self.size_bytes and digest_file(path) == self.sha256
        except OSError:
            return False


class Artifact(Frozen):
    """A stage's published output: where it lies, what it holds, how it came about.

    `digest` is of meaning: equal digests are interchangeable for every later stage, whatever the
    bytes of the files. `facts` are counts and figures that people and later stages read. `attempt`
    names the folder of the files, below `path`; without one they lie in `path` itself, as stores
    in a folder had it earlier.
    """

    stage: str
    address: str
    digest: str
    files: dict[str, FileRecord] = Field(default_factory=dict)
    facts: dict[str, Any] = Field(default_factory=dict)
    ingredients: dict[str, Any] = Field(default_factory=dict)
    seconds: float = 0.0
    attempt: str = Field(default="", exclude=True)

    @property
    def path(self) -> str:
        """The output's name in the store, below which its manifest and its files lie."""
        return f"{self.stage}/{self.address}"

    @property
    def folder(self) -> str:
        """Folder of the files, relative to the store."""
        return f"{self.path}/{self.attempt}".rstrip("/")

    def part(self, name: str) -> Artifact:
        """Return the artifact of one file: a stage that reads it depends on no other file.

        The draft of a dry run has no files; its parts are the draft itself.
        """
        if not self.files:
            return self
        record = self.files[name]
        return self.model_copy(update={"files": {name: record}, "digest": record.sha256})

    def provides(self, digest: str) -> bool:
        """Tell whether a digest is that of this artifact or of one of its parts."""
        return digest == self.digest or digest in {file.sha256 for file in self.files.values()}

    def to_manifest(self) -> bytes:
        """Serialize to a manifest: canonical JSON, sealed with its own digest, and the attempt."""
        content = self.model_dump(mode="json") | {"format": FORMAT_VERSION}
        sealed = canonical_json(content | {"seal": digest_json(content)})
        return canonical_json({"attempt": self.attempt, "manifest": sealed.decode()})

    @classmethod
    def from_manifest(cls, manifest: bytes) -> Artifact:
        """Read a manifest that `to_manifest` wrote; earlier, a folder's were without the attempt.

        Raises:
            ValueError: a byte of it was changed, or it is of another format version.
        """
        told = json.loads(manifest)
        if not isinstance(told, dict):
            raise ValueError("not a manifest")
        if told.keys() != {"attempt", "manifest"}:
            return cls._unseal(manifest)
        artifact = cls._unseal(str(told["manifest"]).encode())
        return artifact.model_copy(update={"attempt": str(told["attempt"])})

    @classmethod
    def _unseal(cls, sealed: bytes) -> Artifact:
        content = json.loads(sealed)
        if not isinstance(content, dict) or canonical_json(content) != sealed:
            raise ValueError("not a manifest")
        if content.pop("format", None) != FORMAT_VERSION:
            raise ValueError("not a manifest of this format")
        seal = content.pop("seal", None)
        if digest_json(content | {"format": FORMAT_VERSION}) != seal:
            raise ValueError("the manifest does not match its seal")
        return cls.model_validate(content)


def merge_ingredients(outputs: Iterable[Artifact], kind: str) -> dict[str, str]:
    """Merge one kind of ingredients, `code` or `libraries`, of several artifacts, by name."""
    found = [output.ingredients.get(kind, {}) for output in outputs]
    return dict(sorted(item for part in found for item in part.items()))


class Output(Frozen):
    """What a stage's function hands back: its files lie in the workspace, these describe them.

    Without a `digest` the artifact's is that of the names and bytes of its files.
    """

    facts: dict[str, Any] = Field(default_factory=dict)
    digest: str | None = None
