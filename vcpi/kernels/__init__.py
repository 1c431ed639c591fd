"""Loops in C where NumPy has no words for them, and the way to do without.

The C files beside this module need a compiler and nothing of Python; installing builds them into one shared library,
``_native``, which is called through ctypes. C rather than numba: the counting loops run equally fast, but importing numba
takes 0.3 s, compiling its functions seconds more, and a command line answer is a process of its own. Where no
compiler was at hand the installation succeeds without the library, and NumPy gives the same answers, only later.

One module here declares the functions of one C file: :mod:`vcpi.kernels.tanimoto` those of ``tanimoto.c``,
:mod:`vcpi.kernels.rows` and :mod:`vcpi.kernels.columns` those of signatures. The
environment variable VCPI_KERNELS forces a way: ``numpy`` does without the library, ``plain``, ``avx2`` and ``avx512``
take the loops of a processor (or the best that this one has, if that is less).
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from vcpi.errors import InputError

VARIABLE = "VCPI_KERNELS"
BEST = "best"
WITHOUT = "numpy"
LEVELS = {BEST: -1, "plain": 0, "avx2": 1, "avx512": 2}
VERSION = 4  # of all C files together; raised with every change of what they take or give

logger = logging.getLogger(__name__)


def level() -> int | None:
    """Say which loops are asked for: -1 the best, 0 and up those of a processor, None NumPy.

    Raises
    ------
    InputError
        The environment variable holds another word.

    Examples
    --------
    >>> LEVELS["avx2"]
    1
    """
    asked = os.environ.get(VARIABLE) or BEST
    if asked == WITHOUT:
        return None
    if asked not in LEVELS:
        raise InputError(f"{VARIABLE} is {asked!r:.40}; expected {', '.join([*LEVELS, WITHOUT])}")
    return LEVELS[asked]


@cache
def native() -> ctypes.CDLL | None:
    """Load the library; None where there is none for this interpreter, or it is of another version."""
    if sys.byteorder != "little" or sys.maxsize < 2**32:  # 32 bits: sums may be rounded otherwise than NumPy's
        return None
    for suffix in EXTENSION_SUFFIXES:
        path = Path(__file__).with_name(f"_native{suffix}")
        if not path.is_file():
            continue
        try:
            library = ctypes.CDLL(str(path))
            library.vcpi_kernels_version.restype = ctypes.c_int64
            found = library.vcpi_kernels_version()
        except (OSError, AttributeError) as error:
            logger.warning("Cannot load %s (%s); NumPy is used", path.name, error)
            return None
        if found == VERSION:
            return library
        logger.warning(
            "%s is of version %d, expected %d; NumPy is used until vcpi is installed again", path.name, found, VERSION
        )
        return None
    return None


def address(array: object) -> int:
    """Give the address of an array's data."""
    return int(array.ctypes.data)  # type: ignore[attr-defined]
