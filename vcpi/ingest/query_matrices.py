"""A signature measured elsewhere, out of a file of several: GCT, GCTX and h5ad."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vcpi.errors import InputError
from vcpi.ingest.choices import brief, choose, listed
from vcpi.ingest.columns import column_key
from vcpi.ingest.files import magic, text_lines
from vcpi.ingest.gct import read_gct
from vcpi.ingest.gctx import read_gctx
from vcpi.ingest.h5ad import read_h5ad
from vcpi.ingest.matrix import Axis, Matrix
from vcpi.ingest.query_tables import QuerySignature, best_ids, gather, gene_columns
from vcpi.units import is_missing

_HDF5 = b"\x89HDF"
_READERS = {"GCT": read_gct, "GCTX": read_gctx, "h5ad": read_h5ad}


def matrix_kind(path: Path) -> str | None:
    """Tell whether a file is GCT, GCTX or h5ad; None where it is a table.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    if magic(path) == _HDF5:
        return "GCTX" if path.suffix.casefold() == ".gctx" else "h5ad"
    suffixes = {suffix.casefold() for suffix in path.suffixes}
    known = next((kind for kind in _READERS if f".{kind.casefold()}" in suffixes), None)
    if known or magic(path)[:2] not in {b"#1", b"\x1f\x8b"}:
        return known
    return "GCT" if next(text_lines(path), "").strip() in {"#1.2", "#1.3"} else None


def read_one_of_matrix(path: Path, kind: str, *, name: str | None, id_column: str | None) -> QuerySignature:
    """Read one signature by its name, the only one where none is named; see :func:`vcpi.ingest.queries.read_query`."""
    matrix = _READERS[kind](path)
    genes, samples = (matrix.rows, matrix.columns) if matrix.genes_in_rows else (matrix.columns, matrix.rows)
    if matrix.rejected:
        fault = matrix.rejected[0]
        raise InputError(f"{path.name} row {fault.row}: {fault.reason}; expected a whole row for every gene")
    place = choose(name, samples.ids, file=path.name, what="signatures", way="name one with --value-column")
    ids, says = _gene_ids(genes, id_column, path)
    return gather(
        _values(matrix, ids, place, path),
        file=path.name,
        tool=kind,
        value=f"that of signature {samples.ids[place]!r}",
        notes=[f"{path.name} is read as {kind}", *says],
    )


def _values(matrix: Matrix, ids: Sequence[str], place: int, path: Path) -> Iterator[tuple[str, float | None]]:
    """Yield genes and values; None where there is none."""
    values = matrix.values[:, place] if matrix.genes_in_rows else matrix.values[place]
    for at, (name, value) in enumerate(zip(ids, values.astype(np.float64).tolist(), strict=True)):
        text = matrix.texts.get((at, place) if matrix.genes_in_rows else (place, at))
        if text is not None or value in {np.inf, -np.inf}:
            raise InputError(f"{path.name} has {text or value!r} for gene {name!r}; expected a finite number")
        if name.strip():
            yield name.strip(), None if np.isnan(value) or is_missing(str(value)) else value


def _gene_ids(axis: Axis, id_column: str | None, path: Path) -> tuple[Sequence[str], list[str]]:
    """Take the ids of the genes, or what is said of them where that names genes and the ids do not."""
    cells = list(zip(*axis.cells, strict=True)) if axis.cells and axis.columns else []
    if id_column is not None:
        if id_column not in axis.columns:
            raise InputError(f"{path.name} has no column {brief(id_column)}; found {listed(axis.columns) or 'none'}")
        return cells[axis.columns.index(id_column)], []
    places = list(dict.fromkeys(gene_columns(axis.columns)))
    places += [place for place, name in enumerate(axis.columns) if column_key(name) == "description"]
    if all(text == str(place) for place, text in enumerate(axis.ids)) and places:  # row numbers, no Entrez ids
        chosen = places[best_ids([cells[place] for place in places])]
    else:
        best = best_ids([axis.ids, *(cells[place] for place in places)])
        if not best:
            return axis.ids, []
        chosen = places[best - 1]
    return cells[chosen], [f"genes are in {axis.columns[chosen]!r}"]
