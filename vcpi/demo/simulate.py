"""Simulate a VCPI release with known truth.

The compounds, their structures and the genes are real; every effect and count is drawn. The files have the formats
and the quirks of real releases; the truth goes into a folder beside them that no ingestion reads.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vcpi.data import DemoCompound
from vcpi.data import compounds as shipped_compounds
from vcpi.data import genes as shipped_genes
from vcpi.demo import files
from vcpi.demo.counts import draw_counts, spike_ids
from vcpi.demo.layout import CONTROL_IDS, FIRST_SAMPLE, SAMPLES_A_RELEASE, Well, enrol, fill_plates
from vcpi.demo.mechanisms import Cells, draw_cells, draw_effects, draw_toxicity, stream
from vcpi.demo.scenario import Scenario
from vcpi.demo.settings import Simulation
from vcpi.demo.truth import CompoundTruth, DoseResponse, Truth
from vcpi.errors import InputError

__all__ = ["CompoundTruth", "Scenario", "SimulatedRelease", "Simulation", "Truth", "simulate_release"]

logger = logging.getLogger(__name__)
JOB_ID = "sim-demo-001"
MIN_GENES = 100
ACTIVE_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRelease:
    """A simulated release: where its files are, and what is true in it.

    ``folder`` is what a user would ingest; ``truth_folder`` stands beside it and is never ingested.
    """

    job_id: str
    folder: Path
    counts: Path
    metadata: Path
    compounds: Path
    annotations: Path
    genes: Path
    manifest: Path
    truth_folder: Path
    truth: Truth

    @property
    def ingested(self) -> tuple[Path, ...]:
        """The files that an ingestion may read."""
        return (self.counts, self.metadata, self.compounds, self.annotations, self.genes, self.manifest)


def simulate_release(
    folder: Path,
    *,
    seed: int = 1,
    n_plates: int = 3,
    strength: float = 1.0,
    n_genes: int = 2400,
    n_compounds: int | None = None,
    n_mechanisms: int = 12,
    active_share: float | None = None,
    compounds: Sequence[DemoCompound] | None = None,
    job_id: str = JOB_ID,
    settings: Simulation | None = None,
    scenario: Scenario | None = None,
) -> SimulatedRelease:
    """Draw a screen of plates of 384 wells and write it in the formats of a VCPI release.

    A plate holds vehicle wells, wells of the four positive controls and two wells of each of its library compounds;
    where there are fewer compounds than a plate has room for, wells stay empty. Equal arguments give equal bytes.

    Parameters
    ----------
    folder
        Where the files go; created if need be. The truth goes into its sibling ``<name>-truth``.
    seed
        Of all draws, 0 or more.
    n_plates
        Plates, 1 or more.
    strength
        Factor on every planted effect, 0 or more; at 0 nothing is active (a null world).
    n_genes
        Genes beside a dozen spike-ins, 100 or more: the shipped ones, then fillers without a symbol.
    n_compounds
        Library compounds in all; those beyond ``compounds`` have an id and no structure. Default: no others.
    n_mechanisms
        Mechanisms among the compounds without a structure, each drawn at random, 1 or more.
    active_share
        Share of the library compounds that are active, in [0, 1]. Among compounds with a structure, which act as
        their class does, none is made active: where more would act, receptor and weak classes fall silent first, then
        the members listed last of the largest classes. Default: 0.3 of the compounds without a structure, and every
        compound whose class acts.
    compounds
        Compounds to screen; default all shipped ones, ``()`` for none.
    job_id
        Names the release and its files.
    settings
        The numbers behind the draws.
    scenario
        What is unusual about the screen: bad plates, dose series, lost genes. Default: nothing.

    Returns
    -------
    SimulatedRelease
        Paths and truth.

    Raises
    ------
    InputError
        When an argument is out of range or the compounds do not fit on the plates.
    """
    _check(seed=seed, strength=strength, n_genes=n_genes, n_mechanisms=n_mechanisms, active_share=active_share)
    settings, scenario = settings or Simulation(), scenario or Scenario()
    shipped = _with_controls(shipped_compounds() if compounds is None else compounds)
    entries = enrol(
        shipped,
        n_compounds=n_compounds,
        n_plates=n_plates,
        n_mechanisms=n_mechanisms,
        active_share=ACTIVE_SHARE if active_share is None else active_share,
        shipped_share=active_share,
        seed=seed,
        settings=settings,
        scenario=scenario,
    )
    if strength == 0:
        entries = tuple(replace(entry, active=False, mechanism=None, potency=0.0, toxicity=0.0) for entry in entries)
    cells = draw_cells(shipped_genes(), n_genes=n_genes, seed=seed, settings=settings)
    _check_lost(scenario, cells)
    truth = _draw_truth(entries, cells, seed=seed, strength=strength, settings=settings, scenario=scenario)
    wells = fill_plates(entries, n_plates=n_plates, seed=seed, settings=settings, scenario=scenario)
    release = _paths(Path(folder), job_id, truth)
    _write(release, wells, cells, shipped, seed=seed, strength=strength, settings=settings, scenario=scenario)
    logger.info("Simulated %d wells of %d compounds in %s", len(wells), len(entries), folder)
    return release


def _check(*, seed: int, strength: float, n_genes: int, n_mechanisms: int, active_share: float | None) -> None:
    """Refuse arguments that are out of range."""
    if seed < 0:
        raise InputError(f"seed is {seed}; expected 0 or more")
    if not 0.0 <= strength < float("inf"):
        raise InputError(f"strength is {strength}; expected a number of 0 or more")
    if n_genes < MIN_GENES:
        raise InputError(f"n_genes is {n_genes}; expected {MIN_GENES} or more")
    if n_mechanisms < 1:
        raise InputError(f"n_mechanisms is {n_mechanisms}; expected 1 or more")
    if active_share is not None and not 0.0 <= active_share <= 1.0:
        raise InputError(f"active_share is {active_share}; expected a share from 0 to 1")


def _check_lost(scenario: Scenario, cells: Cells) -> None:
    """Refuse lost genes of which the screen has none."""
    known = {name for gene in cells.genes for name in (gene.gene_id, gene.gene_symbol)}
    if scenario.lost_genes and known.isdisjoint(scenario.lost_genes):
        raise InputError(f"None of the {len(scenario.lost_genes)} lost_genes is in the screen; raise n_genes")


def _with_controls(compounds: Sequence[DemoCompound]) -> tuple[DemoCompound, ...]:
    """Add the positive controls, which every plate carries."""
    given = {compound.name for compound in compounds}
    missing = (one for one in shipped_compounds() if one.name in CONTROL_IDS and one.name not in given)
    return (*compounds, *missing)


def _draw_truth(
    entries: tuple[CompoundTruth, ...],
    cells: Cells,
    *,
    seed: int,
    strength: float,
    settings: Simulation,
    scenario: Scenario,
) -> Truth:
    """Draw what the mechanisms at work do."""
    mechanisms = tuple(dict.fromkeys(entry.mechanism for entry in entries if entry.mechanism is not None))
    return Truth(
        compounds=entries,
        gene_ids=tuple(gene.gene_id for gene in cells.genes),
        mechanisms=mechanisms,
        effects=draw_effects(mechanisms, cells, seed=seed, strength=strength, settings=settings, scenario=scenario),
        toxicity_effect=draw_toxicity(cells, seed=seed, strength=strength, settings=settings),
        dose_response={
            entry.source_compound_id: _draw_curve(entry.source_compound_id, seed=seed)
            for entry in entries
            if scenario.doses_um and entry.active and entry.role == "library"
        },
        scenario=scenario.to_dict(),
    )


def _draw_curve(source_compound_id: str, *, seed: int) -> DoseResponse:
    """Draw how a compound answers to dose: half of its effect between 0.1 and 5 µM, toxicity at higher doses."""
    rng = stream(seed, "dose", source_compound_id)
    ec50 = 10 ** rng.uniform(-1.0, 0.7)
    return DoseResponse(
        ec50_um=round(float(ec50), 4),
        toxicity_ec50_um=round(float(ec50 * 10 ** rng.uniform(0.0, 1.0)), 4),
        slope=round(float(rng.uniform(0.8, 2.0)), 4),
    )


def _paths(folder: Path, job_id: str, truth: Truth) -> SimulatedRelease:
    """Name the files of a release, as downloads are named."""
    return SimulatedRelease(
        job_id=job_id,
        folder=folder,
        counts=folder / f"vcpi_{job_id}_counts.parquet",
        metadata=folder / f"metadata-{job_id}.csv",
        compounds=folder / f"compounds-{job_id}.csv",
        annotations=folder / f"annotations-{job_id}.csv",
        genes=folder / f"genes-{job_id}.csv",
        manifest=folder / "manifest.json",
        truth_folder=folder.parent / f"{folder.name}-truth",
        truth=truth,
    )


def _write(
    release: SimulatedRelease,
    wells: Sequence[Well],
    cells: Cells,
    shipped: Sequence[DemoCompound],
    *,
    seed: int,
    strength: float,
    settings: Simulation,
    scenario: Scenario,
) -> None:
    """Draw the counts and write every file, the manifest last."""
    release.folder.mkdir(parents=True, exist_ok=True)
    first_sample = FIRST_SAMPLE + SAMPLES_A_RELEASE * scenario.release
    counts = draw_counts(
        wells, cells, release.truth, seed=seed, strength=strength, settings=settings, scenario=scenario
    )
    rows = [*release.truth.gene_ids, *spike_ids()]
    files.write_counts(release.counts, counts, rows, first_sample=first_sample)
    files.write_metadata(
        release.metadata,
        wells,
        counts,
        cells,
        job_id=release.job_id,
        first_sample=first_sample,
        seed=seed,
        settings=settings,
    )
    files.write_chemistry(release.compounds, release.truth.compounds, shipped, seed=seed)
    files.write_annotations(release.annotations, shipped)
    files.write_genes(release.genes, cells)
    files.write_manifest(
        release.manifest, release.ingested[:-1], job_id=release.job_id, release="simulated demonstration"
    )
    files.write_truth(release.truth_folder, release.truth, job_id=release.job_id)
