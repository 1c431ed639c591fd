"""GCTX 1.0: the matrices of L1000 in HDF5, genes in rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vcpi.errors import DataError
from vcpi.ingest.files import source_file
from vcpi.ingest.hdf5 import SafeFile, open_hdf5
from vcpi.ingest.hdf5_child import sign_of_life, try_first
from vcpi.ingest.matrix import Axis, Matrix, check_size
from vcpi.records import SourceFile

_BLOCK = 4096


def read_gctx(path: Path) -> Matrix:
    """Read a GCTX file into memory as 32-bit floats.

    HDF5 shows the matrix turned: its first dimension is the columns (signatures), its second the rows (genes).

    Raises
    ------
    DataError
        The file is no GCTX, is damaged, keeps the HDF5 library busy without end, or holds links, objects or absurd sizes.
    """
    file = source_file(path)
    try_first(path, "gctx")
    return matrix_of_gctx(path, file)


def matrix_of_gctx(path: Path, file: SourceFile) -> Matrix:
    """Read a GCTX file here and now; see :func:`read_gctx`, which tries it in a child process first."""
    with open_hdf5(path) as source:
        genes, signatures = _axis(source, "0/META/ROW"), _axis(source, "0/META/COL")
        matrix = source.dataset("0/DATA/0/matrix")
        wanted = (len(signatures.ids), len(genes.ids))
        if matrix.shape != wanted or matrix.dtype.kind not in "iuf":
            raise DataError(f"{path.name} has a matrix of {matrix.shape} {matrix.dtype}; its ids want {wanted} numbers")
        check_size(path, wanted)
        values = np.empty(wanted, dtype=np.float32)
        with np.errstate(over="ignore"):
            for start in range(0, wanted[0], _BLOCK):
                values[start : start + _BLOCK] = matrix[start : start + _BLOCK]
                sign_of_life()
    return Matrix(file=file, rows=genes, columns=signatures, values=values.T, genes_in_rows=True)


def _axis(source: SafeFile, name: str) -> Axis:
    """Read the ids of one side and all vectors beside them."""
    group = source.group(name)
    ids = [text.strip() for text in source.texts("id", parent=group)]
    columns = {key: source.texts(key, parent=group) for key in group if key != "id"}
    whole = {key: values for key, values in columns.items() if len(values) == len(ids)}
    return Axis(
        ids=tuple(ids),
        name="id",
        columns=tuple(whole),
        cells=tuple(zip(*whole.values(), strict=True)) if whole else ((),) * len(ids),
    )
