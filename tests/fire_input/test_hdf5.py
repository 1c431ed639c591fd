"""HDF5 files that keep the library busy or end the interpreter cost a child process, and no more."""

from __future__ import annotations

import re
import time

import h5py
import numpy as np
import pytest

from vcpi.errors import DataError, VcpiError
from vcpi.ingest import hdf5_child
from vcpi.ingest.gctx import read_gctx
from vcpi.ingest.h5ad import read_h5ad

GENES = [f"ENSG{place:011d}" for place in range(12)]
WAITS = (
    "import sys, time\nprint('.', flush=True)\nfor line in sys.stdin:\n    print('.', flush=True)\n    time.sleep(60)"
)
DIES = "import os, sys\nprint('.', flush=True)\nfor line in sys.stdin:\n    os.abort()"
SLOW = (
    "import sys, time\nprint('.', flush=True)\nfor line in sys.stdin:\n    for _ in range(6):\n        time.sleep(0.25)\n"
    '        print(".", flush=True)\n    print(\'""\', flush=True)'
)


@pytest.fixture(autouse=True)
def fresh_child():
    """Start each test without a child, and leave none."""
    hdf5_child._stop()
    yield
    hdf5_child._stop()


def write(path):
    """Write the same matrix as GCTX or h5ad; returns it."""
    values = np.random.default_rng(0).normal(size=(3, 12)).astype(np.float32)
    is_gctx = path.suffix == ".gctx"
    places = ("0/META/COL/id", "0/META/ROW/id", "0/DATA/0/matrix") if is_gctx else ("obs/_index", "var/_index", "X")
    with h5py.File(path, "w") as file:
        file[places[0]], file[places[1]] = [b"a", b"b", b"c"], [name.encode() for name in GENES]
        file[places[2]] = values
    return values


@pytest.mark.parametrize(("name", "read"), [("s.gctx", read_gctx), ("s.h5ad", read_h5ad)])
def test_a_whole_file_is_read_as_written(tmp_path, name, read):
    values = write(tmp_path / name)
    found = read(tmp_path / name)
    np.testing.assert_array_equal(found.values.T if found.genes_in_rows else found.values, values)


@pytest.mark.parametrize("boot", [WAITS, DIES])
@pytest.mark.parametrize(("name", "read"), [("s.gctx", read_gctx), ("s.h5ad", read_h5ad)])
def test_a_file_that_stops_the_library_is_refused_and_the_next_is_read(tmp_path, monkeypatch, name, read, boot):
    write(tmp_path / name)
    with monkeypatch.context() as patch:
        patch.setattr(hdf5_child, "_BOOT", boot)
        patch.setattr(hdf5_child, "SILENT_S", 1.0)
        start = time.monotonic()
        with pytest.raises(DataError, match=rf"^{name} keeps the HDF5 library busy for 1 s or ends it; it is damaged$"):
            read(tmp_path / name)
        assert time.monotonic() - start < 20
    assert read(tmp_path / name).values.size == 36


def test_a_slow_file_that_goes_on_is_waited_for(tmp_path, monkeypatch):
    write(tmp_path / "s.gctx")
    monkeypatch.setattr(hdf5_child, "_BOOT", SLOW)
    monkeypatch.setattr(hdf5_child, "SILENT_S", 1.0)  # the whole takes 1.5 s, no part of it more than 0.25 s
    assert read_gctx(tmp_path / "s.gctx").values.size == 36


def test_a_child_that_does_not_start_is_told(tmp_path, monkeypatch):
    write(tmp_path / "s.gctx")
    monkeypatch.setattr(hdf5_child, "_BOOT", "raise SystemExit(1)")
    with pytest.raises(VcpiError, match=r"^Cannot start a child process with"):
        read_gctx(tmp_path / "s.gctx")


@pytest.mark.parametrize("place", range(0, 2000, 97))
def test_a_damaged_byte_is_refused_or_harmless(tmp_path, place):
    """What is accepted has the shape that was written."""
    path = tmp_path / "s.h5ad"
    write(path)
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    outcome = result_of(lambda: read_h5ad(path).values.shape)
    assert outcome == (3, 12) or re.match(r"s\.h5ad .+\Z", outcome)


def result_of(call):
    """Return what a call gives, or the text of the DataError that it raises."""
    try:
        return call()
    except DataError as error:
        return str(error)
