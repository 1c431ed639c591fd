"""Rows on disk, against an array in memory."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcpi.assemble.spill import SpilledRows
from vcpi.errors import WorkspaceError

N, WIDTH = 7, 5
places = st.lists(st.integers(0, N - 1), min_size=0, max_size=12, unique=True)


@settings(max_examples=40, deadline=None)
@given(writes=st.lists(places, max_size=5), read=st.lists(st.integers(0, N - 1), max_size=12), seed=st.integers(0, 99))
def test_rows_on_disk_are_those_of_an_array(writes, read, seed):
    rng = np.random.default_rng(seed)
    expected, rows = np.zeros((N, WIDTH), dtype=np.float32), SpilledRows((N, WIDTH))
    for at in writes:
        values = rng.standard_normal((len(at), WIDTH)).astype(np.float32)
        expected[at], rows[at] = values, values
    np.testing.assert_array_equal(rows[read], expected[read].reshape(len(read), WIDTH))
    np.testing.assert_array_equal(rows[np.array([2, 3])], expected[[2, 3]])


def test_a_single_row_and_a_change_in_place_are_as_in_an_array():
    rows = SpilledRows((3, 2))
    rows[1] = np.array([1.5, -2.0], dtype=np.float32)
    rows[[1, 2]] -= np.array([[0.5, 0.0], [1.0, 1.0]], dtype=np.float32)
    assert rows[1].tolist() == [1.0, -2.0]
    assert rows[2].tolist() == [-1.0, -1.0]
    assert (rows.shape, len(rows)) == ((3, 2), 3)


def test_a_full_disk_is_told_in_a_line_with_the_way_out(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(WorkspaceError, match=r"0\.4 GB needed\): No space left on device; name another with TMPDIR"):
        SpilledRows((1000, 100_000))
