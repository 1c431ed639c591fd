"""Simulate a release of real size: 57 plates of 384 wells, 78,778 genes of which about 13,000 are expressed.

    python scripts/simulate_release.py FOLDER [--plates 57] [--genes 78778] [--expressed 13000] [--release 0] [--seed 1]

Compounds, wells, effects and counts are drawn as ``vcpi demo`` draws them, plate by plate into a temporary file that is
then written as one wide parquet, so that memory holds one plate. Beside the drugs that vcpi ships stand compounds put
together from their pieces; the other genes have a stray read here and there, too few to count as expressed. SIMULATED: no evidence about any compound.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bench_molecules import candidates

from vcpi.data import compounds as shipped_compounds
from vcpi.data import genes as shipped_genes
from vcpi.demo import files
from vcpi.demo.chemistry import CHEMISTRY_COLUMNS, VEHICLE_SMILES, as_supplied, chemistry_row
from vcpi.demo.counts import N_SPIKES, draw_counts, spike_ids
from vcpi.demo.layout import FIRST_SAMPLE, SAMPLES_A_RELEASE, VEHICLE_ID, compound_uuid, enrol, fill_plates
from vcpi.demo.mechanisms import draw_cells, draw_effects, draw_toxicity, filler_gene, stream
from vcpi.demo.scenario import Scenario
from vcpi.demo.settings import Simulation
from vcpi.demo.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vcpi.demo.layout import Well
    from vcpi.demo.mechanisms import Cells
    from vcpi.demo.truth import CompoundTruth

N_MECHANISMS, ACTIVE_SHARE = 60, 0.3
STRAY_SHARE = 0.01  # of a read in each gene that is not expressed, in a well


def simulate(
    folder: Path, *, n_plates: int, n_genes: int, n_expressed: int, seed: int = 1, release: int = 0
) -> tuple[int, int]:
    """Write a release of full plates; return how many wells and library compounds it has."""
    settings, scenario = Simulation(), Scenario(release=release)
    n_compounds = n_plates * settings.plate_capacity
    shipped = shipped_compounds() if n_compounds > len(shipped_compounds()) and not release else ()
    controls = tuple(
        c for c in shipped_compounds() if c.name in ("staurosporine", "brefeldin A", "trichostatin A", "rigosertib")
    )
    shipped = shipped or controls
    entries = enrol(
        shipped, n_compounds=n_compounds, n_plates=n_plates, n_mechanisms=N_MECHANISMS, active_share=ACTIVE_SHARE,
        seed=seed, settings=settings, scenario=scenario,
    )  # fmt: skip
    cells = draw_cells(shipped_genes(), n_genes=n_expressed, seed=seed, settings=settings)
    names = tuple(dict.fromkeys(entry.mechanism for entry in entries if entry.mechanism is not None))
    truth = Truth(
        compounds=entries,
        gene_ids=tuple(gene.gene_id for gene in cells.genes),
        mechanisms=names,
        effects=draw_effects(names, cells, seed=seed, strength=1.0, settings=settings, scenario=scenario),
        toxicity_effect=draw_toxicity(cells, seed=seed, strength=1.0, settings=settings),
    )
    wells = fill_plates(entries, n_plates=n_plates, seed=seed, settings=settings, scenario=scenario)
    folder.mkdir(parents=True, exist_ok=True)
    job_id = f"sim-{n_plates:03d}-{release:03d}"
    first = FIRST_SAMPLE + SAMPLES_A_RELEASE * release
    ids = [*truth.gene_ids, *spike_ids()]
    ids += [filler_gene(100_000 + number).gene_id for number in range(n_genes - len(ids))]
    metadata = folder / f"metadata-{job_id}.csv"
    with tempfile.TemporaryFile(dir=folder) as scratch:
        shape = (len(wells), len(ids))
        scratch.truncate(4 * shape[0] * shape[1])
        counts: NDArray[np.int32] = np.memmap(scratch, dtype=np.int32, mode="r+", shape=shape)
        start = 0
        for plate in _plates(wells):
            drawn = draw_counts(plate, cells, truth, seed=seed, strength=1.0, settings=settings, scenario=scenario)
            counts[start : start + len(plate), : len(drawn)] = drawn.T
            _add_stray(counts[start : start + len(plate), len(drawn) :], stream(seed, "stray", start, release))
            _append_metadata(
                metadata, plate, drawn, cells, job_id=job_id, first=first + start, seed=seed + start, settings=settings
            )
            start += len(plate)
        columns = [pa.array(ids), *(_column(row) for row in counts)]
        table = pa.table(columns, names=["gene_id", *(str(first + i) for i in range(len(wells)))])
        pq.write_table(table, folder / f"vcpi_{job_id}_counts.parquet", compression="zstd", row_group_size=len(ids))
        del columns, table, counts
    _write_chemistry(folder / f"compounds-{job_id}.csv", entries, seed=seed, release=release)
    files.write_annotations(folder / f"annotations-{job_id}.csv", shipped)
    files.write_genes(folder / f"genes-{job_id}.csv", cells)
    written = sorted(path for path in folder.iterdir() if job_id in path.name)
    files.write_manifest(folder / "manifest.json", written, job_id=job_id, release="simulated at real size")
    return len(wells), n_compounds


def _plates(wells: Sequence[Well]) -> Iterator[list[Well]]:
    """Give the wells of one plate after the other."""
    by_plate: dict[int, list[Well]] = {}
    for well in wells:
        by_plate.setdefault(well.plate, []).append(well)
    yield from by_plate.values()


def _add_stray(rows: NDArray[np.int32], rng: np.random.Generator) -> None:
    """Give genes that are not expressed a stray read."""
    n_genes = rows.shape[1]
    if not n_genes:
        return
    for well in range(len(rows)):
        rows[well] += np.bincount(
            (n_genes * rng.random(round(STRAY_SHARE * n_genes))).astype(int), minlength=n_genes
        ).astype(np.int32)


def _column(row: NDArray[np.int32]) -> pa.Array:
    """Show a row of a file to parquet, without a copy."""
    return pa.Array.from_buffers(pa.int32(), len(row), [None, pa.py_buffer(row)])


def _append_metadata(
    path: Path, wells: Sequence[Well], counts: NDArray[np.int32], cells: Cells, *, job_id: str, first: int, seed: int,
    settings: Simulation,
) -> None:  # fmt: skip
    """Write the metadata of one plate behind those of the others."""
    part = path.with_suffix(".part")
    files.write_metadata(part, wells, counts, cells, job_id=job_id, first_sample=first, seed=seed, settings=settings)
    text = part.read_text(encoding="utf-8")
    with path.open("a" if path.exists() else "w", encoding="utf-8", newline="") as handle:
        handle.write(text.split("\n", 1)[1] if path.stat().st_size else text)
    part.unlink()


def _write_chemistry(path: Path, entries: Sequence[CompoundTruth], *, seed: int, release: int) -> None:
    """Write one row a compound, the vehicle last; those without a structure of their own get one from pieces."""
    known = {compound.inchikey: compound for compound in shipped_compounds()}
    made = islice(candidates([], seed=seed + 1_000 * release), 2 * len(entries))
    rng = stream(seed, "chemistry")
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(CHEMISTRY_COLUMNS)
        for entry in entries:
            own = known.get(entry.inchikey or "")
            smiles = as_supplied(own.name, own.smiles) if own else next(made)
            uuid = compound_uuid(entry.source_compound_id, seed=seed)
            writer.writerow(chemistry_row(uuid, entry.source_compound_id, smiles, rng=rng))
        writer.writerow(chemistry_row(compound_uuid(VEHICLE_ID, seed=seed), VEHICLE_ID, VEHICLE_SMILES, rng=rng))


def main() -> None:
    """Simulate what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plates", type=int, default=57)
    parser.add_argument("--genes", type=int, default=78_778)
    parser.add_argument("--expressed", type=int, default=13_000)
    parser.add_argument("--release", type=int, default=0, help="another number gives other plates and compounds")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if any(given.folder.glob("*.csv")):
        parser.error(f"{given.folder} holds a release already")
    least = given.expressed + N_SPIKES
    if given.genes < least:
        parser.error(f"--genes is {given.genes}; expected {least} or more")
    n_wells, n_compounds = simulate(
        given.folder, n_plates=given.plates, n_genes=given.genes, n_expressed=given.expressed, seed=given.seed,
        release=given.release,
    )  # fmt: skip
    print(f"{given.folder}: SIMULATED, {n_wells:,} wells, {n_compounds:,} compounds, {given.genes:,} genes")


if __name__ == "__main__":
    main()
