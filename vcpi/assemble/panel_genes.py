"""Which genes of a panel a dataset measures, and what became of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vcpi.data import gene_aliases
from vcpi.data.panels import COMPOUND_SHARE, CPM_FLOOR, GeneStatus, Panel, group_panel, modules, read_panels
from vcpi.genes import GeneMapper
from vcpi.signature.axes import Axis, make_axis
from vcpi.store import read, scores

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vcpi.data.panels import PanelGene

SILENT_CPM = 0.02  # in vehicle wells: one read in tens of wells


def scored_panels() -> tuple[Panel, ...]:
    """Give the panels that every dataset is scored by: all shipped ones, and the modules, each as one panel."""
    return (*read_panels(), *(group_panel(module.key) for module in modules()))


def is_expressed(vehicle_cpm: float | None, compound_share: float) -> bool:
    """Say whether a gene reaches 1 CPM in vehicle wells on average, or in 1 % of the compounds.

    Examples
    --------
    >>> is_expressed(0.4, 0.0), is_expressed(0.4, 0.02), is_expressed(None, 0.5)
    (False, True, True)
    """
    return (vehicle_cpm is not None and vehicle_cpm >= CPM_FLOOR) or compound_share >= COMPOUND_SHARE


def gene_statuses(connection: sqlite3.Connection, dataset_id: int) -> list[GeneStatus]:
    """Say how well a dataset sees each of its genes, in the order of its gene table.

    In datasets without counts every gene that they hold is measured.
    """
    query = "SELECT row, position FROM gene WHERE dataset_id = ? ORDER BY row"
    places = dict(tuple(row) for row in connection.execute(query, [dataset_id]))
    levels = {row: (cpm, share) for row, cpm, share in scores.gene_levels(connection, dataset_id)}
    found = []
    for row, position in places.items():
        cpm, share = levels.get(row, (None, 0.0 if levels else 1.0))
        if position is not None and is_expressed(cpm, share):
            found.append(GeneStatus.MEASURED)
        elif share == 0.0 and (cpm or 0.0) < SILENT_CPM:
            found.append(GeneStatus.NOT_QUANTIFIABLE)
        else:
            found.append(GeneStatus.LOW)
    return found


def expressed_genes(connection: sqlite3.Connection, dataset_id: int) -> NDArray[np.bool_]:
    """Say which genes are measured, by their place in the vectors, shape (n_genes,)."""
    query = "SELECT position FROM gene WHERE dataset_id = ? ORDER BY row"
    positions = [row[0] for row in connection.execute(query, [dataset_id])]
    mask = np.zeros(sum(position is not None for position in positions), dtype=bool)
    for position, status in zip(positions, gene_statuses(connection, dataset_id), strict=True):
        if position is not None:
            mask[position] = status is GeneStatus.MEASURED
    return mask


def dataset_axes(connection: sqlite3.Connection, dataset_id: int, panels: Sequence[Panel]) -> list[Axis]:
    """Find the measured genes of each panel in a dataset; an axis may have a ``reason`` for not being scored."""
    return panel_places(connection, dataset_id, panels)[0]


def panel_places(
    connection: sqlite3.Connection, dataset_id: int, panels: Sequence[Panel]
) -> tuple[list[Axis], list[dict[str, str]]]:
    """Find the genes of panels among the genes of a dataset, by Ensembl id, symbol or former symbol.

    Returns
    -------
    axes : list of Axis
        Each panel with the genes that are measured.
    missing : list of dict
        Symbol → status of those that are not.
    """
    genes = read.genes(connection, dataset_id, measured=False)
    query = "SELECT position FROM gene WHERE dataset_id = ? ORDER BY row"
    positions = [row[0] for row in connection.execute(query, [dataset_id])]
    statuses = gene_statuses(connection, dataset_id)
    mapper = GeneMapper(genes, aliases=gene_aliases())
    found, missing = [], []
    for panel in panels:
        places: dict[str, int] = {}
        absent: dict[str, str] = {}
        for gene in panel.genes:
            row = _row(mapper, gene)
            if row is None:
                absent[gene.symbol] = GeneStatus.ABSENT.value
            elif statuses[row] is GeneStatus.MEASURED:
                places[gene.symbol] = positions[row]
            else:
                absent[gene.symbol] = statuses[row].value
        signs = [gene.sign for gene in panel.genes]
        found.append(make_axis(panel.key, panel.symbols, signs, position_of=places))
        missing.append(absent)
    return found, missing


def _row(mapper: GeneMapper, gene: PanelGene) -> int | None:
    """Find a gene in the gene table of a dataset."""
    for name in (gene.gene_id, gene.symbol):
        rows = mapper.rows(name) if name else ()
        if rows:
            return rows[0]
    return None
