"""A release of counts into the store: two passes over its plates, then a signature for every treatment."""

from __future__ import annotations

from itertools import pairwise, tee
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.annotations import write_annotations
from vcpi.assemble.compounds import by_source_id, write_compounds
from vcpi.assemble.entries import SignatureWriter
from vcpi.assemble.fitting import fit_release
from vcpi.assemble.noise_rows import keep_noise
from vcpi.assemble.partitions import rest
from vcpi.assemble.plates import ProfilesPart, ScanPart, SizesPart, Source, profiles_of, scan_plate, sizes_of, spread
from vcpi.assemble.publish import build_signature_index, build_structure_index, writing
from vcpi.assemble.readouts import Readouts, enter_levels, enter_quality
from vcpi.assemble.report import IngestReport, reasons, versions
from vcpi.assemble.scheduling import Serial, Threads
from vcpi.assemble.scoring import score_dataset
from vcpi.assemble.spill import SpilledRows
from vcpi.assemble.wells import NO_PLATE, Wells, block_name, flag_low_mapping, unlike_metadata
from vcpi.data import genes as shipped_genes
from vcpi.errors import DataError
from vcpi.ingest.release import open_release
from vcpi.records import Rejected
from vcpi.signature.profiles import GeneFilter, log2_cpm_plus_one
from vcpi.signature.recipe import Recipe
from vcpi.store import read, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlite_utils import Database

    from vcpi.assemble.plates import Scan
    from vcpi.assemble.scheduling import Scheduler
    from vcpi.assemble.wells import Treatment
    from vcpi.ingest.release import Release
    from vcpi.records import SampleRow
    from vcpi.signature.variance import Noise

Progress = "Callable[[str, int, int], None] | None"
DEFAULT = Recipe()
LEAST_TO_TELL = 1_000  # reads from which two wells are the same by no accident
FEW_VEHICLES = 8  # in a whole release
MOST_THREADS = 2  # each holds a plate of counts
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

    Memory is bounded by one plate of counts (two with two workers or more) and the compounds' signatures; the profiles
    of all wells wait in a temporary file.

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
            ways: dict[str, Any] = {"recipe": recipe, "workers": workers, "scheduler": scheduler}
            assembly = _Assembly(database, home, release, name=name, **ways)
            try:
                return assembly.run(progress)
            finally:
                rest()


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
        workers: int = 1,
        scheduler: Scheduler | None = None,
    ) -> None:
        self.database, self.home, self.release, self.name, self.recipe = database, home, release, name, recipe
        self.workers = workers
        self.scheduler: Scheduler = scheduler or (Threads(min(workers, MOST_THREADS)) if workers > 1 else Serial())
        self.cluster, self.source = scheduler, Source.of(release)
        self.notes: list[str] = list(release.notes)
        self.rejected: list[Rejected] = []
        self.wells = Wells()
        self.compounds: dict[str, int] = {}
        self.first_of: dict[tuple[float, bytes], str] = {}  # first well of each counts
        self.firsts: list[int] = []  # place of the first well of each plate
        self.measured: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.readouts = Readouts(int((~release.is_spike_in).sum()))

    def run(self, progress: Callable[[str, int, int], None] | None) -> IngestReport:
        """Take every step and report."""
        ingest_id = write.start_ingest(
            self.database, verb="ingest release", source=self.name, files=self.release.files, versions=versions()
        )
        dataset_id = self._enter_dataset()
        n_compounds = self._enter_compounds(progress)
        self._scan(progress)
        self._leave_out_failed_plates()
        self.notes += [*flag_low_mapping(self.wells), *unlike_metadata(self.wells)]
        self._note_blocks()
        if not any(treatment is not None for treatment in self.wells.treatments):
            told = "; ".join(reasons([*self.release.rejected, *self.rejected])) or "all wells are vehicle wells"
            message = f"{self.name} has no well with a compound that can be used ({told})"
            raise DataError(message)
        profiles = self._profiles(progress)
        ways: dict[str, Any] = {"recipe": self.recipe, "scheduler": self.cluster}
        writer = SignatureWriter(self.database, dataset_id, self.wells, profiles, **ways)
        fit = None if self.recipe.baseline == "contest" else fit_release(self.wells, profiles, **ways)
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

    def _enter_compounds(self, progress: Callable[[str, int, int], None] | None) -> int:
        """Enter the chemistry and the annotations of the release."""
        rows = self.release.compounds.rows
        advance = None if progress is None else (lambda done, total: progress("structures", done, total))
        written = write_compounds(
            self.database, rows, source=self.name, workers=self.workers, scheduler=self.cluster, progress=advance
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
        parts, again = tee(self._scan_parts(mitochondrial))
        n_good = 0
        for found, part in zip(spread(self.scheduler, scan_plate, parts), again, strict=True):
            n_good += len(found.places)
            self.release.leave_out((part.samples[place], fault) for place, fault in found.faults.items())
            if found.quality is None:
                continue
            filters.merge(found.filters)
            self.readouts.merge(found.readouts)
            seen |= found.seen
            self._keep_plate(part, found)
            if progress is not None:
                progress("reading counts", len(self.wells.samples), len(self.release.samples))
        if not self.wells.samples:
            if not n_good:
                raise self.release.no_good_counts()
            message = f"{self.name} has no well that can be used: {len(self.rejected)} rejected; see why above"
            raise DataError(message)
        self._settle_effective()
        panels = {gene.ensembl_id for gene in shipped_genes()}
        in_panel = np.array([gene.gene_id in panels for gene in self.release.genes])[counted]
        self.measured = np.zeros(len(self.release.genes), dtype=bool)
        self.measured[counted] = filters.result() | (in_panel & seen)

    def _scan_parts(self, mitochondrial: NDArray[np.bool_]) -> Iterator[ScanPart]:
        """Give the plates to look at."""
        for plate, samples in self.release.plates():
            several = len({(sample.cell_line, sample.time_h) for sample in samples}) > 1
            yield ScanPart(
                source=self.source,
                samples=samples,
                blocks=tuple(block_name(plate, sample, several=several) for sample in samples),
                treatments=tuple(self._treatment(sample) for sample in samples),
                mitochondrial=mitochondrial,
            )

    def _keep_plate(self, part: ScanPart, found: Scan) -> None:
        """Keep what is known of the wells of one plate; those without reads, and copies of other wells, are rejected."""
        assert found.quality is not None  # noqa: S101  of a plate with a good well
        self.firsts.append(len(self.wells.samples))
        for well, place in enumerate(found.places):
            sample, size = part.samples[place], float(found.sizes[well])
            fault = self._fault(sample, size, found.tellers[well])
            if fault is not None:
                row = Rejected(file=sample.file, row=sample.row, raw=sample.sequenced_id, reason=fault)
                self.rejected.append(row)
                continue
            self.wells.blocks.setdefault(part.blocks[place], []).append(len(self.wells.samples))
            self.wells.samples.append(sample)
            self.wells.sizes.append(size)
            self.wells.n_genes.append(int(found.quality.n_genes[well]))
            self.wells.usable.append(bool(found.quality.usable[well]))
            self.wells.mt_shares.append(float(found.quality.mt_share[well]))
            self.wells.flags.append(found.quality.flags(well))
            self.wells.treatments.append(part.treatments[place])

    def _fault(self, sample: SampleRow, size: float, teller: bytes) -> str | None:
        """Say why a well cannot be used: no reads, or a copy of another well; None where it can."""
        if size <= 0:
            return "no reads in this well"
        if size < LEAST_TO_TELL:
            return None
        first = self.first_of.setdefault((size, teller), sample.sequenced_id)
        copied = first != sample.sequenced_id
        return f"the very counts of well {first}: a copy, not another well" if copied else None

    def _settle_effective(self) -> None:
        """Keep what the counts are divided by, for each block of each plate."""
        wells = self.wells
        wells.effective = list(wells.sizes)
        if self.recipe.library_size == "total" or self.recipe.baseline == "contest":
            return
        parts, settled = [], []
        for first, end in pairwise([*self.firsts, len(wells.samples)]):
            for block, members in wells.blocks.items():
                places = [place for place in members if first <= place < end]
                if not places:
                    continue
                vehicle = tuple(wells.samples[place].role == "vehicle" and wells.usable[place] for place in places)
                if not any(vehicle):
                    self.notes.append(
                        f"{block} has no usable vehicle well: its library sizes are against all its wells"
                    )
                samples, method = tuple(wells.samples[place] for place in places), self.recipe.library_size
                parts.append(SizesPart(source=self.source, samples=samples, vehicle=vehicle, method=method))
                settled.append(places)
        for places, sizes in zip(settled, spread(self.scheduler, sizes_of, parts), strict=True):
            for place, size in zip(places, sizes, strict=True):
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
        contest = self.recipe.baseline == "contest"
        parts = (
            ProfilesPart(
                source=self.source,
                samples=tuple(self.wells.samples[place] for place in places),
                measured=self.measured,
                sizes=None if contest else np.array([self.wells.effective[place] for place in places]),
                typical_size=typical,
            )
            for places in self.wells.blocks.values()
        )
        made = zip(self.wells.blocks.values(), spread(self.scheduler, profiles_of, parts), strict=True)
        for done, (places, rows) in enumerate(made, start=1):
            profiles[places] = rows
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
