"""Questions from files: one signature measured elsewhere, or a list of genes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcpi.ingest.gene_sets import read_gene_list
from vcpi.ingest.query_matrices import matrix_kind, read_one_of_matrix
from vcpi.ingest.query_sources import check_source
from vcpi.ingest.query_tables import QuerySignature, read_tabular

__all__ = ["QuerySignature", "read_gene_list", "read_query", "read_signature"]


def read_query(path: Path, *, value_column: str | None = None, id_column: str | None = None) -> QuerySignature:
    """Read one signature measured elsewhere, and say how it was understood.

    The tables of DESeq2 (``stat``, else ``log2FoldChange``), edgeR (the root of F or LR, else the z of PValue, with the
    sign of ``logFC``), limma (``t``), scanpy (``scores``), Seurat (``avg_log2FC``) and ``vcpi export`` (``z``) are
    known by their columns; other tables need one column of numbers, or its name.

    Parameters
    ----------
    path
        CSV, TSV, semicolon or blank separated text, with or without a header, with decimal points or commas; parquet;
        GCT, GCTX or h5ad. Text may be gzip.
    value_column
        The column of values, for tables that hold several; the signature, for files that hold several side by side
        (GCT, GCTX, h5ad) or below one another (``group``, ``cluster``, ``contrast``).
    id_column
        The column of gene ids; found by name and content, else the first that holds text.

    Returns
    -------
    QuerySignature
        Each gene once: of several rows the value farthest from 0. Genes without a value are left out and counted.

    Raises
    ------
    InputError
        Several columns or signatures may be meant, there is none, a row has other cells than the header, a value is no
        finite number, or ``id_column`` holds numbers.
    DataError
        The file cannot be read.
    """
    path = Path(path)
    check_source(path, expected="a table of genes and values, a GCT, GCTX or h5ad")
    kind = matrix_kind(path)
    if kind is not None:
        return read_one_of_matrix(path, kind, name=value_column, id_column=id_column)
    return read_tabular(path, value_column=value_column, id_column=id_column)


def read_signature(
    path: Path, *, value_column: str | None = None, id_column: str | None = None
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Read one signature: genes and a value for each.

    Parameters
    ----------
    path, value_column, id_column
        As of :func:`read_query`.

    Returns
    -------
    ids
        Gene ids as written.
    values
        Shape (n_genes,), finite.

    Raises
    ------
    InputError
        As of :func:`read_query`.
    DataError
        The file cannot be read.
    """
    found = read_query(path, value_column=value_column, id_column=id_column)
    return found.ids, found.values
