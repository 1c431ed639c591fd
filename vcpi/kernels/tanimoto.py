"""What ``tanimoto.c`` does, declared for ctypes; :mod:`vcpi.structure.planes` says what the arrays hold."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, byref, c_double, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcpi import kernels

BLOCK_ROWS = 512  # rows counted together, as in the C file
FEW = 2_048  # rows that a cutoff usually leaves


class _Library(Structure):
    """The fields of ``library`` in the C file, in its order."""

    _fields_ = (
        ("planes", c_void_p),
        ("counts", c_void_p),
        ("ends", c_void_p),
        ("ids", c_void_p),
        ("order", c_void_p),
        ("n_rows", c_int64),
        ("n_bits", c_int64),
        ("tile_stride", c_int64),
        ("plane_stride", c_int64),
        ("tile_blocks", c_int64),
        ("level", c_int64),
    )


@cache
def _functions() -> ctypes.CDLL | None:
    """Load the library and declare its functions."""
    native = kernels.native()
    if native is None:
        return None
    here, query = POINTER(_Library), c_void_p
    native.vcpi_tanimoto_top.argtypes = [here, query, c_int64, c_void_p, c_void_p]
    native.vcpi_tanimoto_within.argtypes = [here, query, c_double, c_int64, c_int64, c_int64, c_void_p, c_void_p]
    native.vcpi_tanimoto_scores.argtypes = [here, query, c_void_p]
    native.vcpi_tanimoto_transpose.argtypes = [c_void_p, c_int64, c_int64, c_void_p, c_int64]
    for function in (native.vcpi_tanimoto_top, native.vcpi_tanimoto_within, native.vcpi_tanimoto_scores):
        function.restype = c_int64
    native.vcpi_tanimoto_transpose.restype = None
    return native


class Search:
    """A library of bit planes that the C functions can search; keeps its arrays alive.

    Parameters
    ----------
    planes
        Shape (n_tiles, n_bits + 1, tile_rows / 8), uint8; each tile contiguous, its last plane empty.
    counts
        Bits of each row, shape (n_rows,), ascending.
    ids
        Compound of each row, shape (n_rows,).
    order
        The bits in the order in which their planes are read, shape (n_bits,).
    """

    def __init__(
        self, planes: NDArray[np.uint8], counts: NDArray[np.uint16], ids: NDArray[np.int64], order: NDArray[np.int32]
    ) -> None:
        last = np.append(counts[BLOCK_ROWS - 1 :: BLOCK_ROWS], counts[-1:])[: -(-len(counts) // BLOCK_ROWS)]
        ends = np.column_stack([counts[::BLOCK_ROWS], last])
        self._arrays = (planes, counts, ends, ids, order)
        self._n_rows = len(ids)
        self._library = _Library(
            *(kernels.address(array) for array in self._arrays),
            len(ids), len(order), planes.strides[0], planes.strides[1], planes.shape[2] * 8 // BLOCK_ROWS, -1,
        )  # fmt: skip

    def top(self, query: NDArray[np.uint8], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
        """Find the k best, in order; None where NumPy has to."""
        functions = self._ready()
        if functions is None:
            return None
        n = min(k, self._n_rows)
        ids, scores = np.empty(n, dtype=np.int64), np.empty(n)
        found = functions.vcpi_tanimoto_top(
            byref(self._library), kernels.address(query), n, kernels.address(ids), kernels.address(scores)
        )
        return (ids, scores) if found == n else None

    def within(
        self, query: NDArray[np.uint8], cutoff: float, first: int, last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
        """Find the rows of a stretch that score the cutoff, in their order; None where NumPy has to."""
        functions = self._ready()
        if functions is None:
            return None
        room = min(last - first, FEW)
        while True:
            ids, scores = np.empty(room, dtype=np.int64), np.empty(room)
            found = functions.vcpi_tanimoto_within(
                byref(self._library), kernels.address(query), cutoff, first, last, room,
                kernels.address(ids), kernels.address(scores),
            )  # fmt: skip
            if found <= room:
                return (ids[:found], scores[:found]) if found >= 0 else None
            room = found

    def scores(self, query: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        """Score every row; None where NumPy has to."""
        functions = self._ready()
        if functions is None:
            return None
        scores = np.empty(self._n_rows)
        found = functions.vcpi_tanimoto_scores(byref(self._library), kernels.address(query), kernels.address(scores))
        return scores if found == self._n_rows else None

    def _ready(self) -> Any:  # noqa: ANN401 - a loaded library has no type
        """Take the loops that are asked for now."""
        level = kernels.level()
        if level is None:
            return None
        self._library.level = level
        return _functions()


def transpose(bits: NDArray[np.uint8], planes: NDArray[np.uint8]) -> bool:
    """Write packed rows, shape (n, n_bytes), into empty planes; False where NumPy has to."""
    functions = _functions() if kernels.level() is not None else None
    if functions is None:
        return False
    rows = np.ascontiguousarray(bits)
    functions.vcpi_tanimoto_transpose(
        kernels.address(rows), len(rows), rows.shape[1], kernels.address(planes), planes.strides[0]
    )
    return True
