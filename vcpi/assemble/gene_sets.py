"""Gene sets of a GMT file into the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.assemble.publish import writing
from vcpi.assemble.report import IngestReport, versions
from vcpi.ingest.files import source_file
from vcpi.ingest.gene_sets import read_gmt
from vcpi.store import write

if TYPE_CHECKING:
    from pathlib import Path


def ingest_gene_sets(home: Path, path: Path, *, collection: str | None = None) -> IngestReport:
    """Read the gene sets of a GMT file; a collection that is there already is replaced.

    Parameters
    ----------
    home
        Folder of the workspace, made where it is not there.
    path
        The file.
    collection
        Name of what it holds; that of the file where None.

    Raises
    ------
    DataError
        The file cannot be read, or holds no gene set. The workspace is as it was.
    """
    sets = read_gmt(path)
    name = collection or path.name.removesuffix(".gz").removesuffix(".gmt")
    with writing(home) as database:
        ingest_id = write.start_ingest(
            database, verb="ingest genesets", source=name, files=[source_file(path)], versions=versions()
        )
        replaced = database.execute("DELETE FROM gene_set WHERE collection = ?", [name]).rowcount
        database.conn.executemany(
            "INSERT INTO gene_set (collection, name, genes) VALUES (?, ?, ?)",
            [(name, write.clean(one), write.canonical_json(list(genes))) for one, genes in sets.items()],
        )
        counts = {"sets": len(sets), "genes": len({gene for genes in sets.values() for gene in genes})}
        write.finish_ingest(database, ingest_id, counts)
    notes = (f"{replaced} sets that were there under this name are replaced",) if replaced else ()
    return IngestReport(verb="ingest genesets", source=name, counts=counts, notes=notes)
