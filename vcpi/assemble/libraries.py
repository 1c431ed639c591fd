"""Structures without signatures into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.assemble.compounds import write_compounds
from vcpi.assemble.publish import build_structure_index, writing
from vcpi.assemble.report import IngestReport, reasons, versions
from vcpi.errors import DataError
from vcpi.ingest.compounds import read_compounds
from vcpi.store import write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vcpi.assemble.scheduling import Scheduler


def ingest_compounds(
    home: Path,
    path: Path,
    *,
    workers: int = 1,
    scheduler: Scheduler | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> IngestReport:
    """Read structures without signatures: SMILES, SDF, CSV, TSV or parquet.

    Parameters
    ----------
    home
        Folder of the workspace, made where it is not there.
    path
        The file.
    workers
        Child processes that standardize.
    scheduler
        Who standardizes instead of child processes.
    progress
        Is told the stage, how far it has come, and how far there is to go.

    Raises
    ------
    DataError
        The file is unusable as a whole. The workspace is as it was.
    """
    table = read_compounds(path)
    if table.rows and not any(row.smiles or row.molblock or row.inchikey for row in table.rows):
        message = (
            f"{path.name} holds no structure; expected a column smiles, structure or inchikey, or a SMILES or SD file; "
            "names of known compounds go in with 'vcpi ingest annotations'"
        )
        raise DataError(message)
    with writing(home) as database:
        ingest_id = write.start_ingest(
            database, verb="ingest compounds", source=path.name, files=table.files, versions=versions()
        )
        advance = None if progress is None else (lambda done, total: progress("structures", done, total))
        written = write_compounds(
            database, table.rows, source=path.name, workers=workers, scheduler=scheduler, progress=advance
        )
        rejected = [*table.rejected, *written.rejected]
        if not any(compound_id is not None for compound_id in written.compound_ids):
            told = "; ".join(reasons([*table.rejected, *written.rejected]))
            message = f"No row of {path.name} can be used ({told}); expected structures with an id or a name"
            raise DataError(message)
        counts = {
            "rows": len(table.rows) + len(table.rejected),
            "compounds": len({i for i in written.compound_ids if i is not None}),
            "new": written.n_new,
            "rejected": write.reject(database, ingest_id, rejected),
        }
        write.finish_ingest(database, ingest_id, counts)
        build_structure_index(database, home)
        return IngestReport(verb="ingest compounds", source=path.name, counts=counts, first_reasons=reasons(rejected))
