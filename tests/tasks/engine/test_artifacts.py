from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.engine.artifacts import Artifact, FileRecord, canonical_json, digest_json

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
