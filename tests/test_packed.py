"""Arrays and text in one file come back as they were, or not at all."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vcpi.errors import ArtifactError
from vcpi.packed import ALIGNED, Packed, read_checked, unpack, write_packed

KINDS = st.sampled_from(["<f4", "<f8", "<i8", "|i1", "|u1", "|S5"])
ARRAY = KINDS.flatmap(lambda kind: arrays.arrays(kind, arrays.array_shapes(max_dims=2, min_side=0, max_side=9)))
TEXT = st.text(st.characters(codec="utf-8"), max_size=9)


def written(packed, path):
    write_packed(packed, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@settings(max_examples=60, deadline=None)
@given(
    held=st.dictionaries(TEXT, ARRAY, max_size=4),
    texts=st.dictionaries(TEXT, st.lists(st.one_of(st.none(), TEXT, st.lists(TEXT))), max_size=3),
)
def test_what_is_written_is_read(tmp_path_factory, held, texts):
    path = tmp_path_factory.mktemp("packed") / "a.bin"
    digest = written(Packed(arrays=held, texts=texts), path)
    found = unpack(read_checked(path, expected_sha256=digest), name="a.bin")
    assert dict(found.texts) == texts
    assert found.arrays.keys() == held.keys()
    for name, one in held.items():
        assert (found.arrays[name].dtype, found.arrays[name].shape) == (one.dtype, one.shape)
        assert found.arrays[name].tobytes() == one.tobytes()
        assert not one.size or found.arrays[name].ctypes.data % ALIGNED == 0
    assert written(Packed(arrays=held, texts=texts), path) == digest


def test_an_array_of_the_file_cannot_be_written_to(tmp_path):
    digest = written(Packed(arrays={"a": np.arange(3)}, texts={}), tmp_path / "a.bin")
    found = unpack(read_checked(tmp_path / "a.bin", expected_sha256=digest), name="a.bin")
    with pytest.raises(ValueError, match="read-only"):
        found.arrays["a"][0] = 7


def test_a_changed_or_missing_file_is_refused(tmp_path):
    path = tmp_path / "a.bin"
    digest = written(Packed(arrays={"a": np.arange(300)}, texts={"b": ["c"]}), path)
    whole = path.read_bytes()
    for changed in (whole[:-1], whole + b"\0", b"", whole[:500] + b"\x7f" + whole[501:]):
        path.write_bytes(changed)
        with pytest.raises(ArtifactError, match=r"a\.bin is damaged.*run 'vcpi build'"):
            read_checked(path, expected_sha256=digest)
    path.unlink()
    with pytest.raises(ArtifactError, match=r"Cannot read a\.bin \(FileNotFoundError\); run 'vcpi build'"):
        read_checked(path, expected_sha256=digest)


@pytest.mark.parametrize(
    "content", [b"", b"no such file", b"00000000000000000002{}", b"00000000000000000009" + b"[" * 9]
)
def test_a_file_of_another_kind_is_refused(content):
    with pytest.raises(ArtifactError, match=r"a\.bin is not as vcpi writes it.*run 'vcpi build'"):
        unpack(np.frombuffer(content, dtype=np.uint8), name="a.bin")


def test_a_file_that_is_cut_is_refused(tmp_path):
    write_packed(Packed(arrays={"a": np.arange(30)}, texts={"b": ["c"]}), tmp_path / "a.bin")
    whole = np.frombuffer((tmp_path / "a.bin").read_bytes(), dtype=np.uint8)
    for n in range(0, len(whole) - ALIGNED, 7):
        with pytest.raises(ArtifactError, match="not as vcpi writes it"):
            unpack(whole[:n], name="a.bin")
