"""The file of flat inner products against FAISS, which reads and writes the same one."""

from __future__ import annotations

import hashlib

import faiss
import numpy as np
import pytest

from vcpi.errors import ArtifactError
from vcpi.packed import read_checked
from vcpi.signature.flat_file import FlatRows, read_flat, write_flat


def made(n, d):
    rng = np.random.default_rng(n + d)
    return FlatRows(ids=np.sort(rng.choice(10**12, n, replace=False)), rows=rng.normal(size=(n, d)).astype(np.float32))


@pytest.mark.parametrize(("n", "d"), [(0, 1), (1, 1), (7, 3), (700, 501)])
def test_the_file_is_the_one_that_faiss_writes(tmp_path, n, d):
    flat = made(n, d)
    digest = write_flat(flat, tmp_path / "own.faiss")
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(d))
    if n:
        index.add_with_ids(flat.rows, flat.ids)
    faiss.write_index(index, str(tmp_path / "theirs.faiss"))
    theirs = (tmp_path / "theirs.faiss").read_bytes()
    assert (tmp_path / "own.faiss").read_bytes() == theirs
    assert digest == hashlib.sha256(theirs).hexdigest()


def test_what_faiss_wrote_is_read_as_faiss_reads_it(tmp_path):
    flat, path = made(40, 9), tmp_path / "theirs.faiss"
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(9))
    index.add_with_ids(flat.rows, flat.ids)
    faiss.write_index(index, str(path))
    found = read_flat(path, expected_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    again = faiss.read_index(str(path))
    assert found.ids.tolist() == faiss.vector_to_array(again.id_map).tolist()
    assert np.array_equal(found.rows, np.stack([again.reconstruct(int(i)) for i in flat.ids]))
    assert found.rows.ctypes.data % 64 == 0
    with pytest.raises(ValueError, match="read-only"):
        found.rows[0, 0] = 1.0


@pytest.mark.parametrize(
    "index", [faiss.IndexFlatIP(4), faiss.IndexIDMap2(faiss.IndexFlatL2(4)), faiss.IndexIDMap(faiss.IndexFlatIP(4))]
)
def test_another_kind_of_index_is_none(tmp_path, index):
    path = tmp_path / "a.faiss"
    faiss.write_index(index, str(path))
    assert read_flat(path, expected_sha256=hashlib.sha256(path.read_bytes()).hexdigest()) is None


def test_every_file_that_is_cut_or_longer_is_none(tmp_path):
    path = tmp_path / "a.faiss"
    write_flat(made(3, 2), path)
    whole = path.read_bytes()
    for content in (*(whole[:n] for n in range(len(whole))), whole + b"\0"):
        path.write_bytes(content)
        assert read_flat(path, expected_sha256=hashlib.sha256(content).hexdigest()) is None


def test_a_reading_that_nobody_waits_for_ends(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(3 << 20))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    asked = []
    with pytest.raises(ArtifactError, match="nobody waits"):
        read_checked(path, expected_sha256=digest, is_given_up=lambda: asked.append(1) or len(asked) == 2)
    assert len(asked) == 2
    assert read_checked(path, expected_sha256=digest).tobytes() == path.read_bytes()
