"""The mapper of a dataset's genes, made once for as long as the genes are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.data import gene_aliases
from vcpi.genes import GeneMapper
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3

    from vcpi.records import GeneRow

    Made = dict[int, tuple[list[GeneRow], GeneMapper]]


class Mappers:
    """Mappers of the datasets of one opened store.

    The genes are read again once another connection has committed anything (SQLite's ``data_version``), and a new
    mapper is made where they are others.

    Parameters
    ----------
    made
        Dataset → its genes and the mapper made of them, which several opened stores may share.
    """

    def __init__(self, made: Made | None = None) -> None:
        self._made: Made = {} if made is None else made
        self._seen: dict[int, tuple[int, GeneMapper]] = {}

    def of(self, connection: sqlite3.Connection, dataset_id: int) -> GeneMapper:
        """Give the mapper of a dataset's genes, with the former symbols that vcpi ships."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        seen = self._seen.get(dataset_id)
        if seen is not None and seen[0] == version:
            return seen[1]
        genes = read.genes(connection, dataset_id)
        held = self._made.get(dataset_id)
        if held is None or held[0] != genes:
            held = self._made[dataset_id] = (genes, GeneMapper(genes, aliases=gene_aliases()))
        self._seen[dataset_id] = (version, held[1])
        return held[1]
