"""Rows too many for memory, in a temporary file that has no name: written once, read by place."""

from __future__ import annotations

import os
import tempfile
import weakref
from typing import IO, TYPE_CHECKING, TypeAlias

import numpy as np

from vcpi.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class SpilledRows:
    """A float32 matrix on disk that is read and written row by row, as an array is by a place or a list of places.

    Unlike a memory-mapped file it never counts as memory of the process, and a full disk is an error, not a crash.

    Parameters
    ----------
    shape
        Rows and columns.

    Examples
    --------
    >>> rows = SpilledRows((3, 2))
    >>> rows[[0, 2]] = np.array([[1, 2], [5, 6]], dtype=np.float32)
    >>> rows[2].tolist(), rows[[2, 0]].tolist()
    ([5.0, 6.0], [[5.0, 6.0], [1.0, 2.0]])
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._width = 4 * shape[1]
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  lives as long as the rows
            weakref.finalize(self, self._file.close)
            self._file.truncate(self._width * shape[0])
            if hasattr(os, "posix_fallocate") and self._width * shape[0]:
                os.posix_fallocate(self._file.fileno(), 0, self._width * shape[0])  # too little room is told at once
        except OSError as error:
            raise self._full(error) from error

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, places: int | Sequence[int]) -> NDArray[np.float32]:
        rows = self._read([places] if isinstance(places, int) else places)
        return rows[0] if isinstance(places, int) else rows

    def __setitem__(self, places: int | Sequence[int], values: NDArray[np.float32]) -> None:
        at = [places] if isinstance(places, int) else list(places)
        rows = np.ascontiguousarray(values, dtype=np.float32).reshape(len(at), self.shape[1])
        done = 0
        try:
            for first, n in _stretches(at):
                self._file.seek(first * self._width)
                left = rows[done : done + n].data.cast("B")
                while left:
                    left = left[self._file.write(left) :]
                done += n
        except OSError as error:
            raise self._full(error) from error

    def _read(self, places: Sequence[int]) -> NDArray[np.float32]:
        """Read some rows, in the order of the places."""
        rows = np.empty((len(places), self.shape[1]), dtype=np.float32)
        done = 0
        for first, n in _stretches(places):
            self._file.seek(first * self._width)
            left = rows[done : done + n].data.cast("B")
            while left:
                left = left[self._file.readinto(left) :]  # type: ignore[attr-defined]  # unbuffered
            done += n
        return rows

    def _full(self, error: OSError) -> WorkspaceError:
        """Say that there is no room."""
        needed = 1e-9 * self._width * self.shape[0]
        reason = error.strerror or error
        return WorkspaceError(
            f"The folder for temporary files is full ({needed:.1f} GB needed): {reason}; name another with TMPDIR"
        )


Rows: TypeAlias = "NDArray[np.float32] | SpilledRows"
"""What holds profiles of wells or signatures, to be read by ``rows[places]``."""


def _stretches(places: Sequence[int]) -> list[tuple[int, int]]:
    """Part places into stretches that stand one behind the other: first place and length of each.

    Examples
    --------
    >>> _stretches([4, 5, 6, 2, 1])
    [(4, 3), (2, 1), (1, 1)]
    """
    found: list[tuple[int, int]] = []
    for place in places:
        if found and place == sum(found[-1]):
            found[-1] = found[-1][0], found[-1][1] + 1
        else:
            found.append((place, 1))
    return found
