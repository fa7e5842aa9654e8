"""Artifacts, manifests and digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

FORMAT_VERSION = 1
"""Format of the manifests; enters cache keys in place of this module's code."""

CHUNK_BYTES = 1024**2


def canonical_json(content: object) -> bytes:
    """Serialize to canonical JSON in UTF-8: equal contents give equal bytes."""
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
    """Base class of immutable records."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRecord(Frozen):
    """Size and digest of a file, to detect damage."""

    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """Measure the file at `path`."""
        return cls(size_bytes=path.stat().st_size, sha256=digest_file(path))

    def matches(self, path: Path) -> bool:
        """Return whether the file at `path` has this size and digest."""
        try:
            return path.stat().st_size == self.size_bytes and digest_file(path) == self.sha256
        except OSError:
            return False


class Artifact(Frozen):
    """The output of a stage.

    Attributes:
        stage: name of the stage.
        address: its cache key.
        digest: digest of the content. Artifacts with equal digests are interchangeable as inputs,
            even if the bytes of their files differ.
        files: sizes and digests of the files, by path below `folder`.
        facts: figures for people and later stages.
        ingredients: all that entered the cache key; see `gather_ingredients`.
        seconds: how long the stage ran.
        units: paths of the outputs of the units that it is made of; see tasks/engine/units.py.
        attempt: name of the folder of the files, below `path`. Empty in folders that an older
            version wrote, where the files are in `path` itself.
    """

    stage: str
    address: str
    digest: str
    files: dict[str, FileRecord] = Field(default_factory=dict)
    facts: dict[str, Any] = Field(default_factory=dict)
    ingredients: dict[str, Any] = Field(default_factory=dict)
    seconds: float = 0.0
    units: tuple[str, ...] = ()
    attempt: str = Field(default="", exclude=True)

    @property
    def path(self) -> str:
        """Folder of the manifest, relative to the store."""
        return f"{self.stage}/{self.address}"

    @property
    def folder(self) -> str:
        """Folder of the files, relative to the store."""
        return f"{self.path}/{self.attempt}".rstrip("/")

    def part(self, name: str) -> Artifact:
        """Return an artifact of a single file, for a stage that must not depend on the others.

        A draft has no files, and is returned as it is.
        """
        if not self.files:
            return self
        record = self.files[name]
        return self.model_copy(update={"files": {name: record}, "digest": record.sha256})

    def provides(self, digest: str) -> bool:
        """Return whether a digest is that of this artifact or of one of its parts."""
        return digest == self.digest or digest in {file.sha256 for file in self.files.values()}

    def to_manifest(self) -> bytes:
        """Serialize to a manifest: canonical JSON with a seal (its digest), and the attempt."""
        content = self.model_dump(mode="json") | {"format": FORMAT_VERSION}
        if not self.units:  # an older version does not know the field
            del content["units"]
        sealed = canonical_json(content | {"seal": digest_json(content)})
        return canonical_json({"attempt": self.attempt, "manifest": sealed.decode()})

    @classmethod
    def from_manifest(cls, manifest: bytes) -> Artifact:
        """Parse a manifest of `to_manifest`, or one of an older version without the attempt.

        Raises:
            ValueError: its bytes were changed, or it has another format version.
        """
        content = json.loads(manifest)
        if not isinstance(content, dict):
            raise ValueError("not a manifest")
        if content.keys() != {"attempt", "manifest"}:
            return cls._unseal(manifest)
        artifact = cls._unseal(str(content["manifest"]).encode())
        return artifact.model_copy(update={"attempt": str(content["attempt"])})

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
    """Merge the ingredients of one kind, `code` or `libraries`, of several artifacts, by name."""
    parts = [output.ingredients.get(kind, {}) for output in outputs]
    return dict(sorted(item for part in parts for item in part.items()))


class Output(Frozen):
    """What a stage's function returns, beside the files that it writes to the workspace.

    Attributes:
        facts: figures for people and later stages.
        digest: digest of the content; by default that of the files' names and bytes.
    """

    facts: dict[str, Any] = Field(default_factory=dict)
    digest: str | None = None
