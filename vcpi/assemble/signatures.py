"""Signatures made elsewhere into the store."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.compounds import by_source_id, write_compounds
from vcpi.assemble.publish import build_signature_index, build_structure_index, writing
from vcpi.assemble.report import IngestReport, reasons, versions
from vcpi.assemble.scoring import score_dataset
from vcpi.errors import DataError
from vcpi.ingest.signatures import read_signatures
from vcpi.records import CompoundRow, Rejected
from vcpi.signature.strength import rms
from vcpi.store import read, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from vcpi.assemble.scheduling import Scheduler
    from vcpi.ingest.signatures import SignatureTable
    from vcpi.records import SignatureRow


def ingest_signatures(
    home: Path,
    path: Path,
    *,
    compounds: Path | None = None,
    genes: Path | None = None,
    dataset: str | None = None,
    orientation: str = "auto",
    id_column: str | None = None,
    unit: str = "auto",
    workers: int = 1,
    scheduler: Scheduler | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> IngestReport:
    """Read signatures made elsewhere and join them to compounds and genes by id.

    Parameters
    ----------
    path
        GCTX, GCT, h5ad, parquet, CSV or TSV.
    compounds, genes
        Tables with what is known of the compounds (or of the signatures) and of the genes.
    dataset
        Name of the dataset; that of the file where None.
    orientation
        ``signatures-in-rows``, ``genes-in-rows``, or ``auto``.
    unit
        ``z``, ``lfc``, or ``auto`` (taken for z, and said so).

    Raises
    ------
    DataError
        A file is unusable as a whole. The workspace is as it was.
    """
    table = read_signatures(
        path, compounds=compounds, genes=genes, orientation=orientation, id_column=id_column, unit=unit
    )
    name = dataset or path.name.split(".")[0]
    if compounds is not None and table.signatures and not _any_joined(table):
        ids = ", ".join(row.source_signature_id for row in table.signatures[:3])
        message = f"No signature of {path.name} (ids {ids}, ...) is in {compounds.name}; expected a table with a column of these ids"
        raise DataError(message)
    with writing(home) as database:
        ingest_id = write.start_ingest(
            database, verb="ingest signatures", source=name, files=table.files, versions=versions()
        )
        dataset_id = _enter_dataset(database, table, name)
        rows = _compound_rows(table)
        advance = None if progress is None else (lambda done, total: progress("structures", done, total))
        written = write_compounds(database, rows, source=name, workers=workers, scheduler=scheduler, progress=advance)
        joined = by_source_id(rows, written.compound_ids)
        vehicles = [row for row in table.signatures if row.source_compound_id not in joined]
        n_signatures = _enter_signatures(database, dataset_id, table, joined, unit=table.unit)
        n_genes = len(table.genes)
        write.add_genes(
            database,
            dataset_id,
            table.genes,
            statuses=["measured"] * n_genes,
            positions=list(range(n_genes)),
            sigmas=[None] * n_genes,
        )
        rejected = [*table.rejected, *table.compounds.rejected, *written.rejected]
        rejected += [
            Rejected(
                file=row.file,
                row=row.row,
                raw=row.source_signature_id,
                reason="the signature of a vehicle, not of a compound",
            )
            for row in vehicles
        ]
        counts = {
            "signatures": n_signatures,
            "compounds": len({i for i in written.compound_ids if i is not None}),
            "genes": n_genes,
            "rejected": write.reject(database, ingest_id, rejected),
        }
        write.finish_ingest(database, ingest_id, counts)
        notes = [*table.notes, *score_dataset(database, dataset_id)]
        build_structure_index(database, home)
        (entry,) = [row for row in read.datasets(database.conn) if row["dataset_id"] == dataset_id]
        build_signature_index(database, home, entry)
        return IngestReport(
            verb="ingest signatures",
            source=name,
            counts=counts,
            notes=tuple(notes),
            first_reasons=reasons(rejected),
        )


def _enter_dataset(database: Database, table: SignatureTable, name: str) -> int:
    """Enter the dataset with its recipe."""
    recipe = {
        "normalization": "made elsewhere",
        "unit": table.unit,
        "strength": "root mean square over the genes",
        "versions": versions(),
    }
    return write.add_dataset(
        database,
        name=name,
        kind="signatures",
        simulated=False,
        search_layer=table.unit,
        baseline=None,
        recipe=recipe,
        notes=table.notes,
    )


def _any_joined(table: SignatureTable) -> bool:
    """Say whether the compound table says anything of any signature."""
    known = {row.source_compound_id for row in table.compounds.rows}
    return any(row.source_compound_id in known or row.name for row in table.signatures)


def _compound_rows(table: SignatureTable) -> list[CompoundRow]:
    """Return a row for every compound that a signature names, from the compound table where it has one."""
    wanted = {row.source_compound_id for row in table.signatures}
    rows = [row for row in table.compounds.rows if row.source_compound_id in wanted]
    known = {row.source_compound_id for row in rows}
    for signature in table.signatures:
        if signature.source_compound_id not in known:
            known.add(signature.source_compound_id)
            names = (signature.name,) if signature.name else ()
            rows.append(
                CompoundRow(
                    file=signature.file, row=signature.row, source_compound_id=signature.source_compound_id, names=names
                )
            )
    return rows


def _enter_signatures(
    database: Database, dataset_id: int, table: SignatureTable, joined: dict[str, int], *, unit: str
) -> int:
    """Enter the signatures of compounds, in the order of compound and source id."""
    strengths = rms(table.values)
    places = [at for at, row in enumerate(table.signatures) if (row.source_compound_id or "") in joined]

    def order(at: int) -> tuple[int, str]:
        row = table.signatures[at]
        return joined[row.source_compound_id or ""], row.source_signature_id

    for at in sorted(places, key=order):
        row = table.signatures[at]
        payload = np.ascontiguousarray(table.values[at], dtype="<f4").tobytes()
        entry = _entry(row, dataset_id, joined[row.source_compound_id or ""], payload, float(strengths[at]))
        write.add_signature(database, entry, layers={unit: payload})
    return len(places)


def _entry(row: SignatureRow, dataset_id: int, compound_id: int, payload: bytes, strength: float) -> dict[str, Any]:
    """Make the row of one signature."""
    return {
        "dataset_id": dataset_id,
        "compound_id": compound_id,
        "source_signature_id": row.source_signature_id,
        "dose_um": row.dose_um,
        "time_h": row.time_h,
        "cell_line": row.cell_line,
        "n_replicates": row.n_replicates,
        "plates": "[]",
        "strength": round(strength, 6),
        "n_strong_genes": None,
        "active": None,
        "vector_digest": hashlib.sha256(payload).hexdigest(),
        "flags": "[]",
        "provenance": write.canonical_json({"file": row.file, "row": row.row, "extra": dict(row.extra)}),
    }
