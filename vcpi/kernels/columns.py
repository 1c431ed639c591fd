"""What ``columns.c`` does, declared for ctypes; :mod:`vcpi.signature.columns` says what the columns hold."""

from __future__ import annotations

from ctypes import POINTER, Structure, byref, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcpi import kernels

MOST_GENES = 65_536  # places are of two bytes, and so is the number of a gene within its list
MOST_RANKED = 16_383  # twice the rank, with a sign, in two bytes


class _Columns(Structure):
    """The fields of ``columns`` in the C file, in its order."""

    _fields_ = (
        ("places", c_void_p),
        ("values", c_void_p),
        ("n_genes", c_int64),
        ("place_stride", c_int64),
        ("gene_stride", c_int64),
        ("row_stride", c_int64),
        ("level", c_int64),
    )


@cache
def _functions() -> Any:  # noqa: ANN401 - a loaded library has no type
    """Load the library and declare its functions."""
    native = kernels.native()
    if native is None:
        return None
    native.vcpi_columns_wtcs.argtypes = [POINTER(_Columns), c_void_p, c_void_p, *[c_int64] * 4, c_void_p]
    native.vcpi_columns_wtcs.restype = c_int64
    native.vcpi_columns_ranked.argtypes = [c_void_p, c_int64, c_void_p, c_void_p, *[c_int64] * 3, c_void_p]
    native.vcpi_columns_ranked.restype = None
    native.vcpi_columns_extreme.argtypes = [
        c_void_p, c_int64, c_int64, c_void_p, c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_int64, c_void_p,
    ]  # fmt: skip
    native.vcpi_columns_extreme.restype = None
    native.vcpi_columns_turn.argtypes = [c_void_p, *[c_int64] * 3, c_void_p, c_int64]
    native.vcpi_columns_turn.restype = None
    native.vcpi_columns_rank.argtypes = [
        c_void_p, c_int64, c_int64, c_void_p, *[c_int64] * 3, c_void_p, *[c_int64] * 3, c_void_p, c_void_p,
    ]  # fmt: skip
    native.vcpi_columns_rank.restype = c_int64
    return native


def at_hand() -> bool:
    """Say whether the C library may be used and is there."""
    return kernels.level() is not None and _functions() is not None


def rank(
    rows: NDArray[np.float32], *, kind: int, genes: NDArray[np.int64], columns: NDArray[np.generic], first: int, last: int,
    high_place: int, low_place: int, high: NDArray[np.float32], low: NDArray[np.float32],
) -> None:  # fmt: skip
    """Write columns of some genes for some rows, as the C file says; only where the library is :func:`at_hand`."""
    done = _functions().vcpi_columns_rank(
        kernels.address(rows), rows.shape[1], kind, kernels.address(genes), len(genes), first, last,
        kernels.address(columns), columns.shape[1], high_place, low_place, kernels.address(high), kernels.address(low),
    )  # fmt: skip
    if done:
        raise MemoryError


def turn(rows: NDArray[np.float32], values: NDArray[np.float32], first: int, last: int) -> None:
    """Write the values of some rows into columns, shape (n_genes, n_rows)."""
    _functions().vcpi_columns_turn(
        kernels.address(rows), rows.shape[1], first, last, kernels.address(values), values.shape[1]
    )


def wtcs(
    places: NDArray[np.uint16], values: NDArray[np.float32], *, at_places: NDArray[np.int64],
    at_values: NDArray[np.int64], n_up: int, first: int, last: int, scores: NDArray[np.float64],
) -> None:  # fmt: skip
    """Score some rows; places have shape (n_columns, n_rows), values (n_genes, n_rows) and any strides."""
    item = values.itemsize
    columns = _Columns(
        kernels.address(places), kernels.address(values), len(values), places.shape[1],
        values.strides[0] // item, values.strides[1] // item, kernels.level(),
    )  # fmt: skip
    done = _functions().vcpi_columns_wtcs(
        byref(columns), kernels.address(at_places), kernels.address(at_values), n_up, len(at_places) - n_up, first, last,
        kernels.address(scores),
    )  # fmt: skip
    if done:
        raise MemoryError


def ranked(
    ranks: NDArray[np.int16], *, genes: NDArray[np.int64], weights: NDArray[np.float64], first: int, last: int,
    sums: NDArray[np.float64],
) -> None:  # fmt: skip
    """Add up weighted ranks of some rows."""
    _functions().vcpi_columns_ranked(
        kernels.address(ranks), ranks.shape[1], kernels.address(genes), kernels.address(weights), len(genes), first, last,
        kernels.address(sums),
    )  # fmt: skip


def extreme(
    values: NDArray[np.float32], *, genes: NDArray[np.int64], signs: NDArray[np.float64], high: NDArray[np.float32],
    low: NDArray[np.float32], first: int, last: int, sums: NDArray[np.float64],
) -> None:  # fmt: skip
    """Add up values outside of ``low`` and ``high`` of some rows; ``values`` has shape (n_columns, n_rows), any strides."""
    item = values.itemsize
    _functions().vcpi_columns_extreme(
        kernels.address(values), values.strides[0] // item, values.strides[1] // item, kernels.address(genes),
        kernels.address(signs), len(genes), kernels.address(high), kernels.address(low), first, last,
        kernels.address(sums),
    )  # fmt: skip
