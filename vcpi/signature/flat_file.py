"""The file of exact inner products, as FAISS writes it (``IndexIDMap2`` of ``IndexFlatIP``), read and written by NumPy.

A process that asks one question needs the rows and not FAISS, whose import alone takes a tenth of a second. The file is
read once, into memory whose rows stand where a processor likes them, and each piece of it is digested while it is
still near the processor: what was digested is what is searched.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING

import numpy as np

from vcpi.errors import ArtifactError
from vcpi.packed import read_checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_HEAD = Struct("<4s i q q q ? i 4s i q q q ? i q")
"""Both headers (name, values a row, rows, two fillers, trained, metric) and how many floats follow."""
_COUNT = Struct("<q")
_NAMES = (b"IxM2", b"IxFI")
_FILLER = 1 << 20
_INNER_PRODUCT = 0
_STEP = 1 << 20  # bytes that are digested at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRows:
    """What such a file holds.

    Attributes
    ----------
    ids
        Shape (n_rows,), int64.
    rows
        Shape (n_rows, n_values), float32, read-only.
    """

    ids: NDArray[np.int64]
    rows: NDArray[np.float32]


def read_flat(path: Path, *, expected_sha256: str, is_given_up: Callable[[], bool] = lambda: False) -> FlatRows | None:
    """Read such a file, once its SHA-256 is what it has to be; None where it is of another kind or layout.

    Parameters
    ----------
    path, expected_sha256, is_given_up
        As of :func:`read_checked`.

    Raises
    ------
    ArtifactError
        There is no such file, or it is damaged.
    """
    content = read_checked(path, expected_sha256=expected_sha256, offset=_HEAD.size, is_given_up=is_given_up)
    if len(content) < _HEAD.size + _COUNT.size:
        return None
    outer, d, n, *filler, trained, metric, inner, inner_d, inner_n, first, second, also, same, n_floats = _HEAD.unpack(
        content[: _HEAD.size].tobytes()
    )
    plain = (outer, inner) == _NAMES and {*filler, first, second} == {_FILLER} and trained and also
    fits = d == inner_d > 0 and n == inner_n >= 0 and n_floats == n * d and metric == same == _INNER_PRODUCT
    end = _HEAD.size + 4 * max(n_floats, 0)
    if not (plain and fits) or len(content) != end + _COUNT.size + 8 * n:
        return None
    if _COUNT.unpack(content[end : end + _COUNT.size].tobytes()) != (n,):
        return None
    ids = np.frombuffer(content[end + _COUNT.size :].tobytes(), dtype="<i8").astype(np.int64)
    return FlatRows(ids=ids, rows=content[_HEAD.size : end].view("<f4").reshape(n, d))


def write_flat(flat: FlatRows, path: Path) -> str:
    """Write such a file, byte for byte as FAISS does, sync it and give its SHA-256.

    Parameters
    ----------
    flat
        What it is to hold.
    path
        The file; nothing is left of it where this fails.

    Raises
    ------
    ArtifactError
        The file can't be written.
    """
    digest = hashlib.sha256()
    try:
        with path.open("wb") as stream:
            for part in _pieces(flat):
                stream.write(part)
                digest.update(part)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ArtifactError(f"Cannot write {path.name}; expected a folder with room for it") from error
    return digest.hexdigest()


def _pieces(flat: FlatRows) -> Iterator[bytes]:
    """Give the bytes of the file, some rows at a time."""
    n, d = flat.rows.shape
    common = (d, n, _FILLER, _FILLER, True, _INNER_PRODUCT)
    yield _HEAD.pack(_NAMES[0], *common, _NAMES[1], *common, n * d)
    some = _STEP // (4 * d) + 1
    for at in range(0, n, some):
        yield flat.rows[at : at + some].astype("<f4", copy=False).tobytes()
    yield _COUNT.pack(n)
    yield flat.ids.astype("<i8", copy=False).tobytes()
