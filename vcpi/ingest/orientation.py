"""Which side of a matrix is the genes."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from vcpi.errors import DataError
from vcpi.genes import gene_id_kind
from vcpi.ingest.columns import column_key
from vcpi.ingest.genes import GeneTable
from vcpi.ingest.matrix import GENE_NAMES, SIGNATURE_NAMES, Axis, Matrix
from vcpi.ingest.signature_meta import Joined

_SURE = 0.25
_MARGIN = 0.05
_PROBED = 2000
_WEIGHTS = {"ensembl": 1.0, "entrez": 0.4, "symbol": 0.5, "none": 0.0}


def genes_are_in_rows(matrix: Matrix, *, genes: GeneTable, joined: Joined | None) -> bool:
    """Tell whether the rows of a matrix are the genes.

    Evidence: ids that look like those of genes or are in the gene table, ids that join the compound table, and the
    names of the id column and of the columns beside it. What the format prescribes decides where that is weak.

    Raises
    ------
    DataError
        Neither the ids nor the format tell.
    """
    rows = _gene_share(matrix.rows, genes) - _compound_share(matrix.rows, joined) + _name_share(matrix.rows)
    columns = _gene_share(matrix.columns, genes) - _compound_share(matrix.columns, joined) + _name_share(matrix.columns)
    evidence = rows - columns
    if matrix.genes_in_rows is not None:
        return matrix.genes_in_rows if abs(evidence) < 2 * _SURE else evidence > 0
    if abs(evidence) < _SURE:
        raise DataError(
            f"{matrix.file.name}: cannot tell genes from signatures (rows such as {_first(matrix.rows)}, columns such "
            f"as {_first(matrix.columns)}); say --orientation signatures-in-rows or genes-in-rows"
        )
    return evidence > 0


def _gene_share(axis: Axis, genes: GeneTable) -> float:
    """Return the share of ids that are genes, by the gene table or by their looks."""
    ids = _some(axis.ids)
    looks = fsum(_weight(name) for name in ids) / len(ids)
    if not genes.rows:
        return looks
    return max(looks, sum(genes.find(name) is not None for name in ids) / len(ids))


def _weight(name: str) -> float:
    """Weigh how surely an id is that of a gene."""
    text = name.strip()
    if text.endswith("_at") or (text[:1] == "e" and text[1:].isdigit()):
        return 1.0
    return _WEIGHTS[gene_id_kind(text)]


def _compound_share(axis: Axis, joined: Joined | None) -> float:
    """Return the share of ids that join the compound table."""
    ids = _some(axis.ids)
    return 0.0 if joined is None else joined.share(ids)


def _name_share(axis: Axis) -> float:
    """Weigh the names of the id column and of the columns beside it."""
    names = {column_key(axis.name), *map(column_key, axis.columns)} - {"", "id", "name"}
    return 0.5 * (bool(names & (GENE_NAMES - SIGNATURE_NAMES)) - bool(names & (SIGNATURE_NAMES - GENE_NAMES)))


def _some(ids: Sequence[str]) -> Sequence[str]:
    """Take ids from the whole length of an axis."""
    return ids[:: max(1, len(ids) // _PROBED)] or ("",)


def _first(axis: Axis) -> str:
    """Show an id."""
    return repr(axis.ids[0]) if axis.ids else "none"
