"""A VCPI release: counts, metadata and chemistry as files, read plate by plate.

Sizes of the public releases: 78,778 genes by 19,000 to 29,000 wells. One plate of counts is in memory at a time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import DataError, InputError
from vcpi.ingest.annotations import read_annotations
from vcpi.ingest.compounds import CompoundTable, read_compounds
from vcpi.ingest.counts import CountsFault, CountsFile
from vcpi.ingest.files import source_file
from vcpi.ingest.genes import GeneTable, read_genes
from vcpi.ingest.release_compounds import all_compounds, named_controls
from vcpi.ingest.release_files import ReleaseFiles, check_manifest, find_release
from vcpi.ingest.samples import SampleTable, published_notes, read_samples
from vcpi.ingest.tables import reject
from vcpi.records import GeneRow, Rejected, SampleRow, SourceFile

BLOCK = 384
"""Wells in memory at a time where there are no plates."""

_JOB = re.compile(r"tvc-[a-z]{3}-\d{3}")


def open_release(paths: Sequence[Path], *, genes: Path | None = None) -> Release:
    """Open a release for reading; use it with ``with``.

    Parameters
    ----------
    paths
        The folder of a release or its files: counts parquet, metadata and chemistry tables, and perhaps tables of
        genes and annotations and a ``manifest.json``. They are told apart by content.
    genes
        A gene table that stands elsewhere.

    Raises
    ------
    DataError
        A file is missing, there are two of a kind, one cannot be read, differs from its manifest, or no sample column
        of the counts is in the metadata.
    """
    return Release(find_release([Path(path) for path in paths], genes=genes))


class Release:
    """A release whose counts file is open.

    Attributes
    ----------
    name
        The job ids, joined; without them the manifest's or the folder's name.
    simulated
        Whether the manifest says that nobody measured this.
    genes
        In the order of the counts file, each id once.
    is_spike_in
        Shape (n_genes,), true for ERCC spike-ins.
    compounds
        The chemistry, and compounds of the metadata that it lacks.
    annotations
        What a table of annotations says, or None.
    notes
        What a reader of the results should know.
    files
        What was read, with digests.
    """

    def __init__(self, files: ReleaseFiles) -> None:
        chemistry = read_compounds(files.chemistry) if files.chemistry else None
        drawn = named_controls(chemistry) if chemistry else ()
        ids = {
            row.compound_uuid: row.source_compound_id for row in drawn if row.compound_uuid and row.source_compound_id
        }
        table = read_samples(files.metadata, ids_by_uuid=ids)
        gene_table = read_genes(files.genes) if files.genes else GeneTable()
        self.annotations = read_annotations(files.annotations) if files.annotations else None
        self._counts_file = source_file(files.counts)
        self.files = _all_files(self._counts_file, table, chemistry, gene_table, self.annotations)
        check_manifest(files.manifest, self.files)
        self.name = _name(files, table)
        self.simulated = bool(files.manifest.get("simulated", False))
        self.compounds = all_compounds(chemistry, drawn, table.samples)
        self._counts = CountsFile(files.counts)
        self.genes = tuple(_describe(gene_id, gene_table, self._counts.symbols) for gene_id in self._counts.gene_ids)
        self.is_spike_in: NDArray[np.bool_] = np.array([gene.gene_id.startswith("ERCC-") for gene in self.genes])
        self._samples, missing = _match(table, self._counts, files)
        self._faults: dict[str, Rejected] = {}
        self._rejected = (*table.rejected, *gene_table.rejected, *missing, *_strangers(table, self._counts))
        self._rejected += tuple(
            reject(files.counts.name, row + 2, "", "row has no gene id") for row in self._counts.dropped_rows
        )
        self.notes = tuple(_notes(self, files, table, gene_table))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the counts file."""
        self._counts.close()

    @property
    def samples(self) -> tuple[SampleRow, ...]:
        """Usable samples in the order of the metadata; those with bad counts leave when they are read."""
        return tuple(sample for sample in self._samples if sample.sequenced_id not in self._faults)

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """What cannot be used of metadata, counts and gene table; complete after one pass over the plates."""
        return (*self._rejected, *self._faults.values())

    @property
    def counts_file(self) -> CountsFile:
        """The open file of counts."""
        return self._counts

    @property
    def n_genes(self) -> int:
        """Genes, spike-ins included."""
        return len(self.genes)

    def iter_plates(self) -> Iterator[tuple[str | None, tuple[SampleRow, ...], NDArray[np.int32]]]:
        """Yield plate, samples and counts, one plate at a time.

        Samples with bad counts are left out, and are in :attr:`rejected` from then on. Plates come in the order of
        their ids, samples in that of the metadata. Wells without a plate come last, in blocks.

        Yields
        ------
        plate
            Its id, or None.
        samples
            The wells whose counts are good.
        counts
            Shape (n_samples, n_genes).

        Raises
        ------
        DataError
            The file is damaged, or no sample has good counts.
        """
        n_good = 0
        for plate, wells in _by_plate(self._samples):
            known = [sample for sample in wells if sample.sequenced_id not in self._faults]
            counts, faults = self._read(known)
            good = [place for place in range(len(known)) if place not in faults]
            n_good += len(good)
            if good:
                yield plate, tuple(known[place] for place in good), counts if not faults else counts[good]
        if not n_good:
            raise self.no_good_counts()

    def counts(self, sequenced_ids: Sequence[str]) -> NDArray[np.int32]:
        """Read the counts of some samples.

        Parameters
        ----------
        sequenced_ids
            Ids of samples, in any order.

        Returns
        -------
        ndarray
            Shape (n_samples, n_genes), 0 or more.

        Raises
        ------
        InputError
            A sample is not in the release.
        DataError
            A sample's counts are bad, or the file is damaged.
        """
        by_id = {sample.sequenced_id: sample for sample in self._samples}
        unknown = [name for name in sequenced_ids if name not in by_id]
        if unknown:
            raise InputError(f"{self.name} has no sample {unknown[0]!r}; expected ids of its usable samples")
        counts, faults = self._read([by_id[name] for name in sequenced_ids])
        if faults:
            reason = faults[min(faults)].reason
            raise DataError(f"{self._counts_file.name} sample {sequenced_ids[min(faults)]}: {reason}")
        return counts

    def plates(self) -> Iterator[tuple[str | None, tuple[SampleRow, ...]]]:
        """Yield plate and samples, in the order of :meth:`iter_plates`, without reading counts."""
        for plate, wells in _by_plate(self._samples):
            yield plate, tuple(sample for sample in wells if sample.sequenced_id not in self._faults)

    def leave_out(self, faults: Iterable[tuple[SampleRow, Rejected]]) -> None:
        """Write down which samples have bad counts."""
        self._faults.update((sample.sequenced_id, fault) for sample, fault in faults)

    def no_good_counts(self) -> DataError:
        """Say why no sample can be used."""
        first = next(iter(self._faults.values()))
        return DataError(f"{self._counts_file.name} has no sample with good counts; the first: {first.reason}")

    def _read(self, samples: Sequence[SampleRow]) -> tuple[NDArray[np.int32], dict[int, Rejected]]:
        """Read samples and write down which have bad counts."""
        counts, faults = read_counts(self._counts, samples, self.is_spike_in)
        self.leave_out((samples[place], fault) for place, fault in faults.items())
        return counts, faults


def read_counts(
    file: CountsFile,
    samples: Sequence[SampleRow],
    is_spike_in: NDArray[np.bool_],
    *,
    genes: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int32], dict[int, Rejected]]:
    """Read the counts of some samples.

    Parameters
    ----------
    file
        The open file.
    samples
        Samples that have a column in it.
    is_spike_in
        Which genes are spike-ins, shape (n_genes,).
    genes
        Which genes to read, none of them a spike-in; None for all. A sample without a count in any of them has none.

    Returns
    -------
    counts : ndarray
        Shape (n_samples, n_genes), 0 or more.
    faults : dict
        By place in ``samples``: why its counts cannot be used.
    """
    wanted = None if genes is None else np.flatnonzero(genes)
    counts, faults = file.read([sample.sequenced_id for sample in samples], genes=wanted)
    reasons = {place: _reason(fault) for place, fault in faults.items()}
    has_any = counts.any(axis=1, where=~is_spike_in) if genes is None else counts.any(axis=1)
    for place in np.flatnonzero(~has_any).tolist():
        reasons.setdefault(place, "no gene has a count")
    rejected = {}
    for place, reason in reasons.items():
        name = samples[place].sequenced_id
        raw = f"{name}: {faults[place].value}" if place in faults else name
        rejected[place] = reject(file.path.name, None, raw, reason)
    return counts, rejected


def _reason(fault: CountsFault) -> str:
    """Say what is wrong with a sample."""
    return fault.reason if fault.gene_id is None else f"{fault.reason}: {fault.value or 'nothing'} at {fault.gene_id}"


def _by_plate(samples: Sequence[SampleRow]) -> Iterator[tuple[str | None, list[SampleRow]]]:
    """Group samples by plate, numbers as numbers; those without come last, in blocks."""
    plates: dict[str, list[SampleRow]] = {}
    loose: list[SampleRow] = []
    for sample in samples:
        (loose if sample.plate is None else plates.setdefault(sample.plate, [])).append(sample)
    for plate in sorted(plates, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0, name)):
        yield plate, plates[plate]
    for start in range(0, len(loose), BLOCK):
        yield None, loose[start : start + BLOCK]


def _match(table: SampleTable, counts: CountsFile, files: ReleaseFiles) -> tuple[tuple[SampleRow, ...], list[Rejected]]:
    """Keep the samples that have a column; both sides are text, so that 123 and "123" are one id."""
    samples = table.samples
    if not samples:
        reasons = Counter(fault.reason for fault in table.rejected).most_common(3)
        shown = "; ".join(f"{count} x {reason}" for reason, count in reasons)
        raise DataError(f"No row of {files.metadata.name} can be used: {shown}")
    have = dict.fromkeys((*counts.samples, *counts.text_columns))
    matched = tuple(sample for sample in samples if sample.sequenced_id in have)
    if not matched:
        columns, ids = list(have)[:3], [sample.sequenced_id for sample in samples[:3]]
        raise DataError(
            f"No sample column of {files.counts.name} is a sequenced_id of {files.metadata.name}: columns are named "
            f"{columns}, ids are {ids}; expected columns named by the ids as text"
        )
    reason = f"sample has no column in {files.counts.name}"
    lost = [
        reject(sample.file, sample.row, sample.sequenced_id, reason)
        for sample in samples
        if sample.sequenced_id not in have
    ]
    return matched, lost


def _strangers(table: SampleTable, counts: CountsFile) -> list[Rejected]:
    """List the columns of numbers that the metadata does not know."""
    reason = f"column has no row in {table.file.name}"
    return [reject(counts.path.name, None, name, reason) for name in counts.samples if name not in table.named]


def _describe(gene_id: str, table: GeneTable, symbols: dict[str, str]) -> GeneRow:
    """Describe a gene by the gene table, and by the counts file's own symbols."""
    gene = table.describe(gene_id)
    if gene.gene_symbol is None and gene_id in symbols:
        return GeneRow(
            gene_id=gene.gene_id, gene_symbol=symbols[gene_id], entrez_id=gene.entrez_id, ensembl_id=gene.ensembl_id
        )
    return gene


def _all_files(
    counts: SourceFile,
    table: SampleTable,
    chemistry: CompoundTable | None,
    genes: GeneTable,
    annotations: CompoundTable | None,
) -> tuple[SourceFile, ...]:
    """List what was read."""
    tables = (*(chemistry.files if chemistry else ()), *genes.files, *(annotations.files if annotations else ()))
    return (counts, table.file, *tables)


def _name(files: ReleaseFiles, table: SampleTable) -> str:
    """Name a release."""
    in_names = _JOB.findall(f"{files.metadata.name} {files.counts.name}")
    jobs = table.job_ids or tuple(dict.fromkeys(in_names))
    said = files.manifest.get("job_id") or files.manifest.get("name")
    return "+".join(jobs) or (said if isinstance(said, str) else "") or files.name


def _notes(release: Release, files: ReleaseFiles, table: SampleTable, genes: GeneTable) -> list[str]:
    """Say what a reader of the results should know."""
    notes = [*table.notes, *published_notes(release.name, table), *release.compounds.notes, *genes.notes]
    if files.chemistry is None:
        notes.append("no chemistry table: structures are not known")
    counts = release._counts
    if counts.n_folded:
        notes.append(f"{counts.n_folded} rows of counts repeat a gene id and were added to its first row")
    known = {sample.sequenced_id for sample in table.samples}
    other = [name for name in counts.text_columns if name not in known]
    if other:
        notes.append(f"columns of {files.counts.name} that are no samples: {', '.join(other[:5])}")
    bare = sum(gene.gene_symbol is None for gene in release.genes)
    if bare:
        notes.append(f"{bare} of {release.n_genes} genes have no symbol" + ("" if genes.rows else ": no gene table"))
    if files.ignored:
        notes.append(f"files that are no part of a release: {', '.join(files.ignored[:5])}")
    return notes
