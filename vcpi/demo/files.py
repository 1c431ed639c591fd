"""Write a simulated screen in the file formats of a VCPI release."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vcpi.data import DemoCompound
from vcpi.demo.chemistry import CHEMISTRY_COLUMNS, VEHICLE_SMILES, as_supplied, chemistry_row
from vcpi.demo.layout import CONTROL_IDS, VEHICLE_ID, Well, compound_uuid
from vcpi.demo.mechanisms import Cells, stream
from vcpi.demo.settings import Simulation
from vcpi.demo.truth import CompoundTruth, Truth

METADATA_COLUMNS = (
    "sequenced_id", "job_id", "compound", "user_compound_id", "compound_concentration", "compound_concentration_unit",
    "cell_line", "timepoint", "is_control", "container_id", "row_id", "column_id", "is_edge", "total_sequenced_reads",
    "total_umi_count", "n_mapped", "percent_mapped", "percent_rrna_removed", "percent_mitochondrial",
    "percent_duplicated", "ngenes3", "unassigned_multimapping", "unassigned_nofeatures", "unassigned_ambiguity",
    "percent_volume_dmso", "sample_type",
)  # fmt: skip
NOTE = (
    "Simulated counts of a screen that was never run: compounds and genes are real, every effect and count is drawn "
    "at random. Not evidence about any compound."
)


def write_counts(path: Path, counts: NDArray[np.int32], row_ids: Sequence[str], *, first_sample: int) -> None:
    """Write UMI counts as parquet, genes down and samples across, one string column and one int32 column a sample."""
    samples = [str(first_sample + i) for i in range(counts.shape[1])]
    columns = [pa.array(row_ids), *(pa.array(np.ascontiguousarray(counts[:, i])) for i in range(counts.shape[1]))]
    pq.write_table(pa.table(columns, names=["gene_id", *samples]), path, compression="zstd")


def write_metadata(
    path: Path,
    wells: Sequence[Well],
    counts: NDArray[np.int32],
    cells: Cells,
    *,
    job_id: str,
    first_sample: int,
    seed: int,
    settings: Simulation,
) -> None:
    """Write one row a well, with the identity, treatment, plate and quality columns of a release."""
    rng = stream(seed, "quality")
    endogenous = counts[: len(cells.genes)]
    total = counts.sum(axis=0)
    mitochondrial = 100.0 * endogenous[cells.mitochondrial].sum(axis=0) / np.maximum(total, 1)
    ngenes3 = (endogenous >= 3).sum(axis=0)  # noqa: PLR2004  the column's own definition
    controls = {VEHICLE_ID, *CONTROL_IDS.values()}
    rows = []
    for i, well in enumerate(wells):
        is_control = well.source_compound_id in controls
        duplicated, rrna, mapped = rng.uniform(28.0, 38.0), rng.uniform(2.0, 6.0), rng.uniform(84.0, 92.0)
        n_mapped = int(total[i]) + int(rng.integers(0, 19))
        reads = int(n_mapped / (1.0 - duplicated / 100.0) / (mapped / 100.0))
        rows.append(
            [
                first_sample + i, job_id, compound_uuid(well.source_compound_id, seed=seed), well.source_compound_id,
                *_dose(well, is_control=is_control, settings=settings),
                "THP-1", "24h", is_control, well.plate, well.row, well.column, well.is_edge, reads, int(total[i]),
                n_mapped, f"{mapped:.2f}", f"{rrna:.2f}", f"{mitochondrial[i]:.3f}", f"{duplicated:.2f}",
                int(ngenes3[i]), int(reads * rng.uniform(0.03, 0.05)), int(reads * rng.uniform(0.02, 0.04)),
                int(reads * rng.uniform(0.005, 0.01)), settings.vehicle_percent, "control" if is_control else "treated",
            ]
        )  # fmt: skip
    write_csv(path, METADATA_COLUMNS, rows)


def write_chemistry(
    path: Path, compounds: Sequence[CompoundTruth], shipped: Sequence[DemoCompound], *, seed: int
) -> None:
    """Write one row a compound, the vehicle last: structures as supplied, no names."""
    drawn = {compound.inchikey: compound for compound in shipped}
    rng = stream(seed, "chemistry")
    rows = []
    for entry in compounds:
        known = drawn.get(entry.inchikey or "")
        smiles = as_supplied(known.name, known.smiles) if known else None
        identifier = compound_uuid(entry.source_compound_id, seed=seed)
        rows.append(chemistry_row(identifier, entry.source_compound_id, smiles, rng=rng))
    vehicle = compound_uuid(VEHICLE_ID, seed=seed)
    rows.append(chemistry_row(vehicle, VEHICLE_ID, VEHICLE_SMILES, rng=rng))
    write_csv(path, CHEMISTRY_COLUMNS, rows)


def write_annotations(path: Path, shipped: Sequence[DemoCompound]) -> None:
    """Write what is public about the shipped compounds: names, class, mechanism, targets."""
    rows = [[c.inchikey, c.name, "|".join(c.synonyms), c.compound_class, c.moa, "|".join(c.targets)] for c in shipped]
    write_csv(path, ("inchikey", "name", "synonyms", "class", "moa", "target"), rows)


def write_genes(path: Path, cells: Cells) -> None:
    """Write the identities of the genes; fillers have an id only."""
    rows = [[g.gene_id, g.gene_symbol or "", g.entrez_id or "", "|".join(g.former_symbols)] for g in cells.genes]
    write_csv(path, ("gene_id", "gene_symbol", "entrez_id", "former_symbols"), rows)


def write_manifest(path: Path, files: Sequence[Path], *, job_id: str, release: str) -> None:
    """Write what the files of a release are, with their digests, and that they are simulated."""
    content = {
        "job_id": job_id,
        "release": release,
        "simulated": True,
        "note": NOTE,
        "files": [
            {"name": file.name, "n_bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
            for file in files
        ],
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8", newline="\n")


def write_truth(folder: Path, truth: Truth, *, job_id: str) -> tuple[Path, Path]:
    """Write the truth into a folder of its own: compounds as JSON, effects as a table of genes by mechanisms."""
    folder.mkdir(parents=True, exist_ok=True)
    entries, effects = folder / f"truth-{job_id}.json", folder / f"truth-effects-{job_id}.csv"
    content: dict[str, object] = {"job_id": job_id, "simulated": True}
    content["compounds"] = [asdict(entry) for entry in truth.compounds]
    if truth.dose_response:
        content["dose_response"] = {name: asdict(curve) for name, curve in truth.dose_response.items()}
    if truth.scenario:
        content["scenario"] = dict(truth.scenario)
    entries.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")
    table = np.vstack([truth.effects, truth.toxicity_effect]).T
    rows = ([gene, *(f"{value:.4f}" for value in row)] for gene, row in zip(truth.gene_ids, table, strict=True))
    write_csv(effects, ("gene_id", *truth.mechanisms, "toxicity"), rows)
    return entries, effects


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table with the same bytes on every system."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _dose(well: Well, *, is_control: bool, settings: Simulation) -> tuple[float, str]:
    """Give concentration and unit as a release writes them: nM, and for the vehicle percent of the volume."""
    if well.source_compound_id == VEHICLE_ID:
        return settings.vehicle_percent, "%"
    if well.dose_um is not None:
        nanomolar = round(1000 * well.dose_um, 6)
        return int(nanomolar) if nanomolar.is_integer() else nanomolar, "nM"
    return (settings.control_dose_nm if is_control else settings.library_dose_nm), "nM"
