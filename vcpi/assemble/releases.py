"""A release of counts into the store: two passes over its plates, then a signature for every treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.annotations import write_annotations
from vcpi.assemble.compounds import by_source_id, write_compounds
from vcpi.assemble.entries import SignatureWriter
from vcpi.assemble.fitting import fit_release
from vcpi.assemble.noise_rows import keep_noise
from vcpi.assemble.publish import build_signature_index, build_structure_index, writing
from vcpi.assemble.readouts import Readouts, enter_levels, enter_quality
from vcpi.assemble.report import IngestReport, reasons, versions
from vcpi.assemble.scoring import score_dataset
from vcpi.assemble.spill import SpilledRows
from vcpi.assemble.wells import NO_PLATE, Wells, block_name, flag_low_mapping, unlike_metadata
from vcpi.data import genes as shipped_genes
from vcpi.errors import DataError
from vcpi.ingest.release import open_release
from vcpi.records import Rejected
from vcpi.signature.profiles import GeneFilter, library_sizes, log2_cpm, log2_cpm_plus_one, well_quality
from vcpi.signature.recipe import Recipe
from vcpi.signature.sizes import effective_sizes
from vcpi.store import read, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlite_utils import Database

    from vcpi.assemble.scheduling import Scheduler
    from vcpi.assemble.wells import Treatment
    from vcpi.ingest.release import Release
    from vcpi.records import SampleRow
    from vcpi.signature.profiles import WellQuality
    from vcpi.signature.variance import Noise

Progress = "Callable[[str, int, int], None] | None"
DEFAULT = Recipe()
LEAST_TO_TELL, TELLING_STEP = 1_000, 37  # reads from which two wells are the same by no accident
FEW_VEHICLES = 8  # in a whole release
LEAST_DEPTH = 0.1  # a plate with a smaller share of the usual depth has failed


def ingest_release(
    home: Path,
    paths: Sequence[Path],
    *,
    genes: Path | None = None,
    dataset: str | None = None,
    recipe: Recipe = DEFAULT,
    workers: int = 1,
    scheduler: Scheduler | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> IngestReport:
    """Read a VCPI release and make its signatures, all or nothing.

    Memory is bounded by one plate of counts and the compounds' signatures; the profiles of all wells wait in a
    temporary file.

    Parameters
    ----------
    home
        Folder of the workspace, made where it is not there.
    paths
        The folder of a release, or its files.
    genes
        Table of gene ids and symbols, for releases that give ids alone.
    dataset
        Name of the dataset; that of the release where None.
    recipe
        What is done to the counts.

    Raises
    ------
    DataError
        A file is unusable as a whole. The workspace is as it was.
    """
    with open_release(paths, genes=genes) as release:
        name = dataset or release.name
        with writing(home) as database:
            assembly = _Assembly(database, home, release, name=name, recipe=recipe, scheduler=scheduler)
            return assembly.run(workers, progress)


class _Assembly:
    """One release on its way into the store, inside one transaction."""

    def __init__(
        self,
        database: Database,
        home: Path,
        release: Release,
        *,
        name: str,
        recipe: Recipe,
        scheduler: Scheduler | None = None,
    ) -> None:
        self.database, self.home, self.release, self.name, self.recipe = database, home, release, name, recipe
        self.scheduler = scheduler
        self.notes: list[str] = list(release.notes)
        self.rejected: list[Rejected] = []
        self.wells = Wells()
        self.compounds: dict[str, int] = {}
        self.first_of: dict[tuple[float, int], str] = {}  # first well of each counts
        self.measured: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.readouts = Readouts(int((~release.is_spike_in).sum()))

    def run(self, workers: int, progress: Callable[[str, int, int], None] | None) -> IngestReport:
        """Take every step and report."""
        ingest_id = write.start_ingest(
            self.database, verb="ingest release", source=self.name, files=self.release.files, versions=versions()
        )
        dataset_id = self._enter_dataset()
        n_compounds = self._enter_compounds(workers, progress)
        self._scan(progress)
        self._leave_out_failed_plates()
        self.notes += [*flag_low_mapping(self.wells), *unlike_metadata(self.wells)]
        self._note_blocks()
        if not any(treatment is not None for treatment in self.wells.treatments):
            told = "; ".join(reasons([*self.release.rejected, *self.rejected])) or "all wells are vehicle wells"
            message = f"{self.name} has no well with a compound that can be used ({told})"
            raise DataError(message)
        profiles = self._profiles(progress)
        writer = SignatureWriter(self.database, dataset_id, self.wells, profiles, recipe=self.recipe)
        fit = None if self.recipe.baseline == "contest" else fit_release(self.wells, profiles, recipe=self.recipe)
        if fit is None:
            n_signatures = writer.write_expression(self._expression)
        else:
            self.notes += fit.notes
            n_signatures = writer.write_effects(fit, progress)
            expressed = self.readouts.expressed(self.measured[~self.release.is_spike_in])
            keep_noise(self.database, dataset_id, self.wells, profiles, fit, expressed=expressed)
        self.notes += writer.notes
        self.rejected += writer.rejected
        del profiles, writer
        self._enter_genes(dataset_id, None if fit is None else fit.noise)
        self._enter_samples(dataset_id)
        enter_levels(self.database, dataset_id, self.readouts, ~self.release.is_spike_in)
        enter_quality(self.database, dataset_id, self.wells, self.readouts)
        self.notes += score_dataset(self.database, dataset_id)
        self.rejected[:0] = self.release.rejected
        counts = {
            "compounds": n_compounds,
            "samples": len(self.wells.samples),
            "plates": len({sample.plate for sample in self.wells.samples}),
            "genes": int(self.measured.sum()),
            "signatures": n_signatures,
            "rejected": write.reject(self.database, ingest_id, self.rejected),
        }
        write.finish_ingest(self.database, ingest_id, counts)
        notes, limits = write.canonical_json(self.notes), write.canonical_json(self._limits())
        self.database.execute(
            "UPDATE dataset SET notes = ?, recipe = json_set(recipe, '$.limits', json(?)) WHERE dataset_id = ?",
            [notes, limits, dataset_id],
        )
        self._index(dataset_id)
        return IngestReport(
            verb="ingest release",
            source=self.name,
            counts=counts,
            notes=tuple(self.notes),
            first_reasons=reasons(self.rejected),
        )

    def _limits(self) -> list[str]:
        """Say what the layout of this release leaves open in every answer."""
        found = []
        if not any(sample.plate for sample in self.wells.samples):
            found.append("no plate ids: wells of one plate resemble each other, and this is in every score and p here")
        n_vehicle = sum(len(self.wells.vehicles(block)) for block in self.wells.blocks)
        if not n_vehicle:
            found.append(
                "no vehicle well: effects are against the other compounds of the plate, and noise is known from "
                "replicates alone"
            )
        elif n_vehicle < FEW_VEHICLES:
            found.append(
                f"{n_vehicle} vehicle wells in all: noise is known from replicates rather than from vehicle wells"
            )
        return found

    def _enter_dataset(self) -> int:
        """Enter the dataset with its recipe."""
        contest = self.recipe.baseline == "contest"
        recipe = {
            "normalization": "log2(CPM + 1)" if contest else "log2 CPM, prior of one count at median depth",
            "library_size": "total" if contest else self.recipe.library_size,
            "options": self.recipe.to_dict(),
            "replicates": "mean" if contest else "mean; from three wells on weighted by correlation (MODZ)",
            "features": self.recipe.features,
            "gene_filter": "1 CPM or more in 2 % of the wells, or a gene of a shipped panel with any count",
            "versions": versions(),
        }
        return write.add_dataset(
            self.database,
            name=self.name,
            kind="release",
            simulated=self.release.simulated,
            search_layer="expression" if contest else "feature",
            baseline=self.recipe.baseline,
            recipe=recipe,
            notes=self.notes,
        )

    def _enter_compounds(self, workers: int, progress: Callable[[str, int, int], None] | None) -> int:
        """Enter the chemistry and the annotations of the release."""
        rows = self.release.compounds.rows
        advance = None if progress is None else (lambda done, total: progress("structures", done, total))
        written = write_compounds(
            self.database, rows, source=self.name, workers=workers, scheduler=self.scheduler, progress=advance
        )
        self.rejected += [row for row in written.rejected if "is the vehicle" not in row.reason]
        self.rejected += self.release.compounds.rejected
        self.compounds = by_source_id(rows, written.compound_ids)
        if self.release.annotations is not None:
            self.rejected += write_annotations(self.database, self.release.annotations, source=self.name)
        return len({compound_id for compound_id in written.compound_ids if compound_id is not None})

    def _scan(self, progress: Callable[[str, int, int], None] | None) -> None:
        """First pass: depth and quality of the wells, and which genes are expressed."""
        counted = ~self.release.is_spike_in
        names = [gene.gene_symbol or "" for gene in self.release.genes]
        mitochondrial = np.array([name.upper().startswith("MT-") for name in names])[counted]
        filters = GeneFilter(int(counted.sum()))
        seen = np.zeros(int(counted.sum()), dtype=bool)
        for plate, samples, counts in self.release.iter_plates():
            rows = counts[:, counted]
            sizes = library_sizes(rows)
            several = len({(sample.cell_line, sample.time_h) for sample in samples}) > 1
            blocks = [block_name(plate, sample, several=several) for sample in samples]
            quality = well_quality(rows, [s.role for s in samples], blocks, mitochondrial)
            filters.add(rows, library_sizes=sizes)
            treatments = [self._treatment(sample) for sample in samples]
            self.readouts.add(rows, sizes, samples, blocks, usable=quality.usable, treatments=treatments)
            seen |= rows.any(axis=0)
            first = len(self.wells.samples)
            reasons_of = self._faults(samples, rows, sizes)
            self._keep_wells(blocks, samples, sizes, quality, reasons_of)
            self._keep_effective(rows[[reason is None for reason in reasons_of]], first)
            if progress is not None:
                progress("reading counts", len(self.wells.samples), len(self.release.samples))
        if not self.wells.samples:
            message = f"{self.name} has no well that can be used: {len(self.rejected)} rejected; see why above"
            raise DataError(message)
        panels = {gene.ensembl_id for gene in shipped_genes()}
        in_panel = np.array([gene.gene_id in panels for gene in self.release.genes])[counted]
        self.measured = np.zeros(len(self.release.genes), dtype=bool)
        self.measured[counted] = filters.result() | (in_panel & seen)

    def _faults(self, samples: Sequence[SampleRow], rows: NDArray[Any], sizes: NDArray[Any]) -> list[str | None]:
        """Say for each well of a plate why it cannot be used: no reads, or a copy of another well; None where it can."""
        found: list[str | None] = []
        for sample, row, size in zip(samples, rows, sizes.tolist(), strict=True):
            if size <= 0:
                found.append("no reads in this well")
                continue
            # every so many genes tell two wells of so many reads with the same total apart
            key = size, hash(np.ascontiguousarray(row[::TELLING_STEP]).tobytes())
            first = self.first_of.setdefault(key, sample.sequenced_id) if size >= LEAST_TO_TELL else sample.sequenced_id
            copied = first != sample.sequenced_id
            found.append(f"the very counts of well {first}: a copy, not another well" if copied else None)
        return found

    def _keep_wells(
        self,
        blocks: Sequence[str],
        samples: Sequence[SampleRow],
        sizes: NDArray[Any],
        quality: WellQuality,
        faults: Sequence[str | None],
    ) -> None:
        """Keep what is known of the wells of one plate; those with a fault are rejected."""
        for well, (sample, fault) in enumerate(zip(samples, faults, strict=True)):
            if fault is not None:
                row = Rejected(file=sample.file, row=sample.row, raw=sample.sequenced_id, reason=fault)
                self.rejected.append(row)
                continue
            self.wells.blocks.setdefault(blocks[well], []).append(len(self.wells.samples))
            self.wells.samples.append(sample)
            self.wells.sizes.append(float(sizes[well]))
            self.wells.n_genes.append(int(quality.n_genes[well]))
            self.wells.usable.append(bool(quality.usable[well]))
            self.wells.mt_shares.append(float(quality.mt_share[well]))
            self.wells.flags.append(quality.flags(well))
            self.wells.treatments.append(self._treatment(sample))

    def _keep_effective(self, rows: NDArray[Any], first: int) -> None:
        """Keep what the counts of one plate are divided by, block by block."""
        wells = self.wells
        wells.effective += wells.sizes[first:]
        if self.recipe.library_size == "total" or self.recipe.baseline == "contest":
            return
        for block, members in wells.blocks.items():
            places = [place for place in members if place >= first]
            if not places:
                continue
            vehicle = [wells.samples[place].role == "vehicle" and wells.usable[place] for place in places]
            if not any(vehicle):
                self.notes.append(f"{block} has no usable vehicle well: its library sizes are against all its wells")
            counts = rows[[place - first for place in places]]
            made = effective_sizes(counts, vehicle=vehicle, method=self.recipe.library_size)
            for place, size in zip(places, made.tolist(), strict=True):
                wells.effective[place] = size

    def _leave_out_failed_plates(self) -> None:
        """Take plates with hardly a read out of the signatures; their wells stay, with the reason."""
        typical = float(np.quantile(self.wells.sizes, 0.75))  # half of the plates may have failed
        for plate, places in list(self.wells.blocks.items()):
            depth = float(np.median([self.wells.sizes[place] for place in places]))
            if self.recipe.baseline == "contest" or depth >= LEAST_DEPTH * typical:
                continue
            del self.wells.blocks[plate]
            reason = f"plate {plate} failed: {depth:,.0f} UMI a well, where {typical:,.0f} are usual in this release"
            self.notes.append(reason)
            for place in places:
                sample = self.wells.samples[place]
                self.wells.treatments[place] = None
                self.wells.flags[place] = (*self.wells.flags[place], "failed-plate")
                self.rejected.append(Rejected(file=sample.file, row=sample.row, raw=sample.sequenced_id, reason=reason))

    def _note_blocks(self) -> None:
        """Say where a plate is parted, and where a part has no vehicle well to compare with."""
        parted = [
            block
            for block, places in self.wells.blocks.items()
            if block != (self.wells.samples[places[0]].plate or NO_PLATE)
        ]
        if parted and any(sample.plate for sample in self.wells.samples):
            self.notes.append(f"plates with several cell lines or times are compared within each: {'; '.join(parted)}")
        for block in parted:
            n = sum(self.wells.samples[place].role == "vehicle" for place in self.wells.blocks[block])
            if not n:
                self.notes.append(f"{block} has no vehicle well")

    def _treatment(self, sample: SampleRow) -> Treatment | None:
        """Say what was done to a well; vehicle wells have no treatment."""
        compound_id = self._compound(sample)
        if sample.role == "vehicle" or compound_id is None:
            return None
        return compound_id, sample.dose_um, sample.time_h, sample.cell_line

    def _compound(self, sample: SampleRow) -> int | None:
        """Find the compound of a well by its id, then by its UUID."""
        for text in (sample.source_compound_id, sample.compound_uuid):
            if text and text in self.compounds:
                return self.compounds[text]
        return None

    def _profiles(self, progress: Callable[[str, int, int], None] | None) -> SpilledRows:
        """Second pass: normalize the expressed genes of every well into a temporary file."""
        profiles = SpilledRows((len(self.wells.samples), int(self.measured.sum())))
        typical = float(np.median(self.wells.effective))
        for done, places in enumerate(self.wells.blocks.values(), start=1):
            counts = self.release.counts([self.wells.samples[place].sequenced_id for place in places])
            sizes = np.array([self.wells.effective[place] for place in places])
            if self.recipe.baseline == "contest":
                profiles[places] = log2_cpm_plus_one(counts)[:, self.measured].astype(np.float32)
            else:
                profiles[places] = log2_cpm(counts[:, self.measured], library_sizes=sizes, typical_size=typical)
            if progress is not None:
                progress("normalizing", done, len(self.wells.blocks))
        return profiles

    def _expression(self, places: Sequence[int]) -> NDArray[np.float64]:
        """Mean log2(CPM + 1) of some wells, as the contest defines it."""
        counts = self.release.counts([self.wells.samples[place].sequenced_id for place in places])
        return np.asarray(log2_cpm_plus_one(counts)[:, self.measured].mean(axis=0))

    def _enter_genes(self, dataset_id: int, noise: Noise | None) -> None:
        """Enter every gene of the release, with its place in the vectors where it is measured."""
        spiked = self.release.is_spike_in
        positions: list[int | None] = [None] * len(self.measured)
        sigmas: list[float | None] = [None] * len(self.measured)
        for position, row in enumerate(np.flatnonzero(self.measured).tolist()):
            positions[row] = position
            sigmas[row] = None if noise is None else float(np.sqrt(noise.sigma2[position]))
        statuses = [
            "spike-in" if spike else "measured" if kept else "low"
            for spike, kept in zip(spiked.tolist(), self.measured.tolist(), strict=True)
        ]
        write.add_genes(
            self.database, dataset_id, self.release.genes, statuses=statuses, positions=positions, sigmas=sigmas
        )

    def _enter_samples(self, dataset_id: int) -> None:
        """Enter every well that was used."""
        wells = self.wells
        rows = (
            (sample, self._compound(sample), int(size), n_genes, flags)
            for sample, size, n_genes, flags in zip(wells.samples, wells.sizes, wells.n_genes, wells.flags, strict=True)
        )
        write.add_samples(self.database, dataset_id, rows)

    def _index(self, dataset_id: int) -> None:
        """Build the indexes that this release changes."""
        build_structure_index(self.database, self.home)
        (dataset,) = [row for row in read.datasets(self.database.conn) if row["dataset_id"] == dataset_id]
        build_signature_index(self.database, self.home, dataset)
