from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.storage.artifacts import (
    Artifact,
    FileRecord,
    canonical_json,
    digest_json,
    merge_ingredients,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)
artifacts = st.builds(
    Artifact,
    stage=st.just("split"),
    address=st.text("0123456789abcdef", min_size=32, max_size=32),
    digest=st.text("0123456789abcdef", min_size=64, max_size=64),
    facts=st.dictionaries(st.text(), json_values, max_size=3),
    ingredients=st.dictionaries(st.text(), json_values, max_size=3),
    seconds=st.floats(0, 1e6),
)


@given(artifacts)
def test_a_manifest_gives_back_its_artifact(artifact: Artifact) -> None:
    assert Artifact.from_manifest(artifact.to_manifest()) == artifact


@given(artifacts, st.data())
def test_no_flipped_byte_of_a_manifest_goes_unnoticed(
    artifact: Artifact, data: st.DataObject
) -> None:
    manifest = bytearray(artifact.to_manifest())
    position = data.draw(st.integers(0, len(manifest) - 1))
    manifest[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError):
        Artifact.from_manifest(bytes(manifest))


@given(st.dictionaries(st.text(), json_values))
def test_a_digest_does_not_depend_on_the_order_of_keys(content: dict[str, object]) -> None:
    turned = dict(reversed(content.items()))
    assert canonical_json(content) == canonical_json(turned)
    assert digest_json(content) == digest_json(turned)


def test_a_file_record_notices_what_was_done_to_its_file(tmp_path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    record = FileRecord.of(path)
    assert record.matches(path)
    path.write_bytes(b"abd")
    assert not record.matches(path)
    path.write_bytes(b"abc ")
    assert not record.matches(path)
    path.unlink()
    assert not record.matches(path)


def test_a_part_is_of_one_file_and_changes_with_it_alone() -> None:
    record, other = (FileRecord(size_bytes=1, sha256=digit * 64) for digit in "ab")
    whole = Artifact(stage="split", address="1", digest="d", files={"train": record, "test": other})
    part = whole.part("train")
    assert (part.digest, part.files, part.path) == ("a" * 64, {"train": record}, whole.path)
    changed = whole.model_copy(update={"digest": "e", "files": {"train": record, "test": record}})
    assert changed.part("train") == part
    assert changed.part("test") != whole.part("test")
    with pytest.raises(KeyError):
        whole.part("validation")


def test_an_artifact_provides_itself_and_its_parts() -> None:
    record = FileRecord(size_bytes=1, sha256="a" * 64)
    whole = Artifact(stage="split", address="1", digest="d", files={"train": record})
    assert whole.provides("d")
    assert whole.provides("a" * 64)
    assert not whole.provides("b" * 64)


def test_the_parts_of_a_dry_runs_draft_are_the_draft() -> None:
    draft = Artifact(stage="split", address="1", digest="pending")
    assert draft.part("train") is draft


def test_canonical_json_is_short_sorted_and_in_utf_8() -> None:
    assert canonical_json({"b": "é", "a": [1, None]}) == '{"a":[1,null],"b":"é"}'.encode()


def test_an_artifact_has_its_place_and_never_changes() -> None:
    whole = Artifact(stage="split", address="1", digest="d")
    assert whole.path == "split/1"
    with pytest.raises(ValidationError, match="frozen"):
        whole.digest = "e"  # type: ignore[misc]


def seal(content: dict[str, object]) -> bytes:
    return canonical_json(content | {"seal": digest_json(content)})


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (b"[]", "not a manifest"),
        (b"null", "not a manifest"),
        (b'{"stage": "split"}', "not a manifest"),
        (seal({"stage": "split", "address": "1", "digest": "d", "format": 2}), "of this format"),
        (canonical_json({"stage": "split", "format": 1}), "does not match its seal"),
    ],
)
def test_what_is_no_sealed_manifest_of_this_format_is_told(manifest: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Artifact.from_manifest(manifest)


def test_ingredients_of_several_are_merged_by_name_in_order() -> None:
    made = [
        Artifact(stage="train", address="1", digest="d", ingredients=ingredients)
        for ingredients in ({"code": {"b.py": "2"}}, {}, {"code": {"a.py": "1"}})
    ]
    assert list(merge_ingredients(made, "code").items()) == [("a.py", "1"), ("b.py", "2")]
