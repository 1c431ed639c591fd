"""One thread for the sums of BLAS while a workspace is written: with another number they are rounded otherwise."""

from __future__ import annotations

import ctypes
import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = threading.Lock()
_held = {"n": 0, "before": 1}


@contextmanager
def one_thread() -> Iterator[None]:
    """Have NumPy's matrix products and decompositions use one thread until the block ends, whoever else asks for it.

    The OpenBLAS of NumPy's own wheels is told so. With another BLAS (conda's MKL, Accelerate) nothing changes: there
    equal results on one and several threads are up to it.

    Examples
    --------
    >>> with one_thread():
    ...     n_threads() in (1, None)
    True
    """
    library = _openblas()
    if library is None:
        yield
        return
    with _LOCK:
        if not _held["n"]:
            _held["before"] = int(library.scipy_openblas_get_num_threads64_())
            library.scipy_openblas_set_num_threads64_(1)
        _held["n"] += 1
    try:
        yield
    finally:
        with _LOCK:
            _held["n"] -= 1
            if not _held["n"]:
                library.scipy_openblas_set_num_threads64_(_held["before"])


def n_threads() -> int | None:
    """Say how many threads NumPy's OpenBLAS uses; None where NumPy has another BLAS."""
    library = _openblas()
    return None if library is None else int(library.scipy_openblas_get_num_threads64_())


@cache
def _openblas() -> ctypes.CDLL | None:
    """Find the OpenBLAS that came with NumPy and is loaded with it."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for path in sorted(folder.glob("*openblas*")):
            try:
                library = ctypes.CDLL(str(path))
                library.scipy_openblas_get_num_threads64_.restype = ctypes.c_int
                library.scipy_openblas_set_num_threads64_.argtypes = [ctypes.c_int]
                library.scipy_openblas_set_num_threads64_.restype = None
            except (OSError, AttributeError):
                continue
            return library
    return None
