"""HDF5 from strangers: links out of the file, objects and absurd sizes are refused before anything is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from vcpi.errors import DataError
from vcpi.ingest.hdf5_child import sign_of_life
from vcpi.ingest.matrix import MAX_BYTES
from vcpi.ingest.tables import first_line

_TRUSTED_BYTES = 64 << 20
_MAX_GROWTH = 1000  # what compression can make of a matrix; an unwritten one grows without end


class SafeFile:
    """An open HDF5 file whose parts are checked before they are read."""

    def __init__(self, path: Path, handle: h5py.File) -> None:
        self.path = path
        self.root = handle

    def group(self, name: str, *, parent: h5py.Group | None = None) -> h5py.Group:
        """Return a group by its path in the file."""
        found = self._get(name, parent)
        if not isinstance(found, h5py.Group):
            raise DataError(f"{self.path.name} has no group {name}; expected another kind of HDF5 file")
        return found

    def dataset(self, name: str, *, parent: h5py.Group | None = None) -> h5py.Dataset:
        """Return an array by its path in the file, checked for size and type."""
        found = self._get(name, parent)
        if not isinstance(found, h5py.Dataset):
            raise DataError(f"{self.path.name} has no array {name}; expected another kind of HDF5 file")
        if found.external or found.is_virtual:
            raise DataError(f"{self.path.name} keeps {name} in another file; that is not followed")
        if found.dtype.kind == "O" and h5py.check_string_dtype(found.dtype) is None:
            raise DataError(f"{self.path.name} keeps objects in {name}; expected numbers or text")
        size, stored = int(found.size or 0) * found.dtype.itemsize, found.id.get_storage_size()
        if size > MAX_BYTES or (size > _TRUSTED_BYTES and size > _MAX_GROWTH * stored):
            raise DataError(f"{self.path.name} claims {size:,} bytes for {name} and stores {stored:,}; it is damaged")
        return found

    def has(self, name: str, *, parent: h5py.Group | None = None) -> bool:
        """Whether there is something of this name."""
        return self._get(name, parent) is not None

    def is_group(self, name: str, *, parent: h5py.Group | None = None) -> bool:
        """Whether there is a group of this name."""
        return isinstance(self._get(name, parent), h5py.Group)

    def texts(self, name: str, *, parent: h5py.Group | None = None) -> list[str]:
        """Read a vector as text."""
        found = self.dataset(name, parent=parent)
        if found.ndim != 1:
            raise DataError(f"{self.path.name} has {found.ndim} dimensions in {name}; expected a vector")
        return [_text(value) for value in found[()]]

    def numbers(self, name: str, *, parent: h5py.Group | None = None) -> NDArray[np.generic]:
        """Read an array of numbers."""
        found = self.dataset(name, parent=parent)
        if found.dtype.kind not in "iufb":
            raise DataError(f"{self.path.name} holds {found.dtype} in {name}; expected numbers")
        values: NDArray[np.generic] = found[()]
        return values

    def whole_numbers(self, name: str, *, parent: h5py.Group | None = None) -> NDArray[np.int64]:
        """Read an array of whole numbers, as places in another."""
        values = self.numbers(name, parent=parent)
        if values.dtype.kind not in "iu" or values.ndim != 1:
            raise DataError(
                f"{self.path.name} holds {values.dtype} {values.shape} in {name}; expected a vector of whole numbers"
            )
        return values.astype(np.int64)

    def _get(self, name: str, parent: h5py.Group | None) -> object:
        """Walk along hard links alone."""
        sign_of_life()
        here: object = self.root if parent is None else parent
        for part in name.strip("/").split("/"):
            if not isinstance(here, h5py.Group) or not here.id.links.exists(part.encode()):
                return None
            if here.id.links.get_info(part.encode()).type != h5py.h5l.TYPE_HARD:  # asked without following it
                raise DataError(f"{self.path.name} has a link for {name}; links are not followed")
            here = here[part]
        return here


@contextmanager
def open_hdf5(path: Path) -> Iterator[SafeFile]:
    """Open an HDF5 file for checked reading.

    Raises
    ------
    DataError
        The file is no HDF5, is damaged, or holds what is not read from strangers.
    """
    try:
        with h5py.File(path, "r") as handle:
            yield SafeFile(path, handle)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, MemoryError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path.name} is no readable HDF5 file: {first_line(error)}") from error


def _text(value: object) -> str:
    """Write one value as text."""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace").rstrip("\x00")
    if isinstance(value, (np.bool_, bool)):
        return "true" if value else "false"
    return "" if value != value else str(value)  # noqa: PLR0124  NaN alone differs from itself
