"""h5ad: annotated matrices, read through h5py; signatures are observations, genes are variables."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from vcpi.errors import DataError
from vcpi.ingest.files import source_file
from vcpi.ingest.hdf5 import SafeFile, open_hdf5
from vcpi.ingest.hdf5_child import sign_of_life, try_first
from vcpi.ingest.matrix import Axis, Matrix, check_size
from vcpi.records import SourceFile

_BLOCK = 4096


def read_h5ad(path: Path) -> Matrix:
    """Read ``X``, ``obs`` and ``var`` of an h5ad file; ``X`` may be dense, CSR or CSC.

    Raises
    ------
    DataError
        The file is no h5ad, is damaged, keeps the HDF5 library busy without end, or holds links, objects or absurd sizes.
    """
    file = source_file(path)
    try_first(path, "h5ad")
    return matrix_of_h5ad(path, file)


def matrix_of_h5ad(path: Path, file: SourceFile) -> Matrix:
    """Read an h5ad file here and now; see :func:`read_h5ad`, which tries it in a child process first."""
    with open_hdf5(path) as source:
        signatures, genes = _axis(source, "obs"), _axis(source, "var")
        shape = (len(signatures.ids), len(genes.ids))
        check_size(path, shape)
        values = _sparse(source, source.group("X"), shape) if source.is_group("X") else _dense(source, shape)
    return Matrix(file=file, rows=signatures, columns=genes, values=values, genes_in_rows=False)


def _dense(source: SafeFile, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Read a dense X in blocks."""
    matrix = source.dataset("X")
    if matrix.shape != shape or matrix.dtype.kind not in "iuf":
        raise DataError(
            f"{source.path.name} has an X of {matrix.shape} {matrix.dtype}; obs and var want {shape} numbers"
        )
    values = np.empty(shape, dtype=np.float32)
    with np.errstate(over="ignore"):
        for start in range(0, shape[0], _BLOCK):
            values[start : start + _BLOCK] = matrix[start : start + _BLOCK]
            sign_of_life()
    return values


def _sparse(source: SafeFile, group: h5py.Group, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Fill a dense matrix from a sparse X."""
    kind = str(group.attrs.get("encoding-type", group.attrs.get("h5sparse_format", "")))
    by_row = kind.startswith("csr")
    if not by_row and not kind.startswith("csc"):
        raise DataError(f"{source.path.name} has an X of kind {kind!r}; expected a dense, CSR or CSC matrix")
    data = source.numbers("data", parent=group)
    indices = source.whole_numbers("indices", parent=group)
    starts = source.whole_numbers("indptr", parent=group)
    n_major, n_minor = shape if by_row else shape[::-1]
    whole = len(starts) == n_major + 1 and len(data) == len(indices)
    whole = whole and bool(starts[0] == 0 and starts[-1] == len(data) and np.all(np.diff(starts) >= 0))
    if not whole or (len(indices) and (indices.min() < 0 or indices.max() >= n_minor)):
        raise DataError(f"{source.path.name} has a sparse X that does not fit its {shape[0]} obs and {shape[1]} var")
    values = np.zeros((n_major, n_minor), dtype=np.float32)
    for major in range(n_major):
        if not major % _BLOCK:
            sign_of_life()
        part = slice(starts[major], starts[major + 1])
        np.add.at(values[major], indices[part], data[part].astype(np.float32))
    return values if by_row else np.ascontiguousarray(values.T)


def _axis(source: SafeFile, name: str) -> Axis:
    """Read the index and the columns of obs or var."""
    if source.has(name) and not source.is_group(name):
        raise DataError(f"{source.path.name} is of anndata before 0.7; write it again with a newer anndata")
    group = source.group(name)
    index = group.attrs.get("_index", "_index")
    index = index.decode() if isinstance(index, bytes) else str(index)
    ids = [text.strip() for text in _column(source, group, index)]
    columns = {key: _column(source, group, key) for key in group if key not in {index, "__categories"}}
    whole = {key: values for key, values in columns.items() if len(values) == len(ids)}
    return Axis(
        ids=tuple(ids),
        name="",
        columns=tuple(whole),
        cells=tuple(zip(*whole.values(), strict=True)) if whole else ((),) * len(ids),
    )


def _column(source: SafeFile, group: h5py.Group, key: str) -> list[str]:
    """Read one column as text: plain, categorical or nullable."""
    if source.is_group(key, parent=group):
        inner = source.group(key, parent=group)
        if source.has("codes", parent=inner):
            return _decoded(source, inner, source.texts("categories", parent=inner))
        values = source.texts("values", parent=inner)
        mask = source.numbers("mask", parent=inner) if source.has("mask", parent=inner) else np.zeros(len(values), bool)
        return ["" if missing else value for value, missing in zip(values, mask, strict=True)]
    if source.has("__categories", parent=group) and source.has(f"__categories/{key}", parent=group):
        names = source.texts(f"__categories/{key}", parent=group)
        return _named(source, source.whole_numbers(key, parent=group), names)
    return source.texts(key, parent=group)


def _decoded(source: SafeFile, inner: h5py.Group, names: list[str]) -> list[str]:
    """Read a categorical column."""
    return _named(source, source.whole_numbers("codes", parent=inner), names)


def _named(source: SafeFile, codes: NDArray[np.int64], names: list[str]) -> list[str]:
    """Replace codes by names; -1 is missing."""
    if len(codes) and (codes.min() < -1 or codes.max() >= len(names)):
        raise DataError(f"{source.path.name} has codes beyond its {len(names)} categories; it is damaged")
    return ["" if code < 0 else names[code] for code in codes]
