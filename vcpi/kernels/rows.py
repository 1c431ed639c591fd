"""What ``rows.c`` does, declared for ctypes; :mod:`vcpi.signature.int8` says what the codes are."""

from __future__ import annotations

from ctypes import POINTER, Structure, byref, c_double, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcpi import kernels

MOST = 16_256  # the largest whole number that a query is written in: 128 * 127
PADDING = 64  # bytes behind what is read


class _Coded(Structure):
    """The fields of ``coded_rows`` in the C file, in its order."""

    _fields_ = (
        ("codes", c_void_p),
        ("steps", c_void_p),
        ("slacks", c_void_p),
        ("n_rows", c_int64),
        ("n_genes", c_int64),
        ("level", c_int64),
    )


@cache
def _functions() -> Any:  # noqa: ANN401 - a loaded library has no type
    """Load the library and declare its functions."""
    native = kernels.native()
    if native is None:
        return None
    native.vcpi_rows_products.argtypes = [c_void_p, c_int64, c_void_p, c_void_p, *[c_int64] * 3, c_void_p, c_void_p]
    native.vcpi_rows_products.restype = None
    native.vcpi_rows_code.argtypes = [c_void_p, c_int64, c_int64, c_int64, c_int64, c_void_p, c_void_p, c_void_p]
    native.vcpi_rows_code.restype = None
    native.vcpi_rows_reach.argtypes = [
        POINTER(_Coded), c_void_p, c_void_p, c_void_p, c_int64, c_double, c_double, c_double, c_int64, c_void_p,
        c_void_p,
    ]  # fmt: skip
    native.vcpi_rows_reach.restype = c_int64
    return native


def at_hand() -> bool:
    """Say whether the C library may be used and is there."""
    return kernels.level() is not None and _functions() is not None


def products(
    rows: NDArray[np.float32], query: NDArray[np.float64], *, first: int, last: int,
    dots: NDArray[np.float64], squares: NDArray[np.float64], at: NDArray[np.int64] | None = None,
) -> bool:  # fmt: skip
    """Multiply the rows from first to last, or those named, by the query and by themselves; False where NumPy has to."""
    level = kernels.level()
    functions = None if level is None else _functions()
    if functions is None:
        return False
    functions.vcpi_rows_products(
        kernels.address(rows), rows.shape[1], kernels.address(query), None if at is None else kernels.address(at), first, last,
        level,
        kernels.address(dots), kernels.address(squares),
    )  # fmt: skip
    return True


@cache
def _many() -> Any:  # noqa: ANN401
    """Declare the function for several queries; None where the library was built before there was one."""
    native = kernels.native()
    function = None if native is None else getattr(native, "vcpi_rows_many", None)
    if function is not None:
        function.argtypes = [c_void_p, c_int64, c_void_p, c_int64, c_void_p, *[c_int64] * 3, c_void_p]
        function.restype = None
    return function


def several_at_hand() -> bool:
    """Say whether :func:`many` may be used and is there."""
    return kernels.level() is not None and _many() is not None


def many(
    rows: NDArray[np.float32], queries: NDArray[np.float64], *, first: int, last: int, dots: NDArray[np.float64],
    at: NDArray[np.int64] | None = None,
) -> None:  # fmt: skip
    """Multiply the rows from first to last, or those named, by queries, (n, n_queries); where :func:`several_at_hand`."""
    _many()(
        kernels.address(rows), rows.shape[1], kernels.address(queries), len(queries),
        None if at is None else kernels.address(at), first, last, kernels.level(), kernels.address(dots),
    )  # fmt: skip


def code(
    rows: NDArray[np.float32], *, first: int, last: int,
    codes: NDArray[np.uint8], steps: NDArray[np.float32], slacks: NDArray[np.float32],
) -> None:  # fmt: skip
    """Code some rows in one byte a value; only where the library is :func:`at_hand`."""
    _functions().vcpi_rows_code(
        kernels.address(rows), rows.shape[1], first, last, kernels.level(),
        kernels.address(codes), kernels.address(steps), kernels.address(slacks),
    )  # fmt: skip


def reach(
    codes: NDArray[np.uint8], steps: NDArray[np.float32], slacks: NDArray[np.float32],
    query: NDArray[np.int16], *, unit: float, length: float, rest: float, k: int,
) -> NDArray[np.int64] | None:  # fmt: skip
    """Find the rows that can be among the k best, in order; None where the library cannot."""
    level = kernels.level()
    functions = None if level is None else _functions()
    if functions is None:
        return None
    n_rows, n_genes = len(steps), len(query)
    high, low = np.zeros(n_genes + PADDING, dtype=np.int8), np.zeros(n_genes + PADDING, dtype=np.int8)
    high[:n_genes] = (query.astype(np.int32) + 64) >> 7
    low[:n_genes] = query - 128 * high[:n_genes].astype(np.int16)
    uppers, found = np.empty(n_rows), np.empty(n_rows, dtype=np.int64)
    coded = _Coded(
        kernels.address(codes), kernels.address(steps), kernels.address(slacks), n_rows, n_genes, level
    )  # fmt: skip
    n = functions.vcpi_rows_reach(
        byref(coded), kernels.address(query), kernels.address(high), kernels.address(low), int(query.sum(dtype=np.int64)),
        unit, length, rest, k, kernels.address(uppers), kernels.address(found),
    )  # fmt: skip
    return found[:n].copy() if n >= 0 else None
