"""What is done to the counts of one plate: read, looked at and normalized, here or on a worker that sees the same file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.partitions import borrowed, lend
from vcpi.assemble.readouts import Readouts
from vcpi.errors import DataError, VcpiError
from vcpi.ingest.counts import CountsFile
from vcpi.ingest.release import read_counts
from vcpi.kernels.blas import one_thread
from vcpi.signature.profiles import GeneFilter, WellQuality, library_sizes, log2_cpm, log2_cpm_plus_one, well_quality
from vcpi.signature.sizes import effective_sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import TypeVar

    from numpy.typing import NDArray

    from vcpi.assemble.scheduling import Scheduler
    from vcpi.assemble.wells import Treatment
    from vcpi.ingest.release import Release
    from vcpi.records import Rejected, SampleRow

    P = TypeVar("P")
    R = TypeVar("R")

TAIL = 2**16  # bytes: the end of a parquet file says where all else is, and how much
TELLING_STEP = 37  # every so many genes tell two wells of so many reads with the same total apart


@dataclass(frozen=True, slots=True)
class Source:
    """The counts file of a release, and how to know it again.

    Attributes
    ----------
    path
        Where it stands, for whoever reads it.
    size, tail
        Bytes, and the digest of the last of them.
    is_spike_in
        Shape (n_genes,).
    """

    path: Path
    size: int
    tail: str
    is_spike_in: NDArray[np.bool_]

    @classmethod
    def of(cls, release: Release) -> Source:
        """Describe the counts file of an open release, and lend it to this process, for which it need not be opened again."""
        path = release.counts_file.path.resolve()
        source = cls(path, *_known_by(path), release.is_spike_in)
        lend(source.key, release.counts_file)
        return source

    @property
    def key(self) -> tuple[Path, int, str]:
        """What is another for another file."""
        return self.path, self.size, self.tail

    def read(
        self, samples: Sequence[SampleRow], *, genes: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int32], dict[int, Rejected]]:
        """Read counts of some samples, shape (n_samples, n_genes), of these genes or all, and why some are none, by place."""
        with borrowed(self.key, self._open) as file:
            return read_counts(file, samples, self.is_spike_in, genes=genes)

    def _open(self) -> CountsFile:
        """Open the file, if it is the same."""
        try:
            same = _known_by(self.path) == (self.size, self.tail)
        except OSError as error:
            raise DataError(
                f"{self.path} cannot be read by a worker ({error.strerror or error}); "
                "expected the files of the release under the same path on every worker"
            ) from error
        if not same:
            raise DataError(f"{self.path} is another file on a worker; expected the same files on every worker")
        return CountsFile(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPart:
    """The wells of one plate to look at; ``mitochondrial`` is a mask over the genes that are no spike-ins."""

    source: Source
    samples: tuple[SampleRow, ...]
    blocks: tuple[str, ...]
    treatments: tuple[Treatment | None, ...]
    mitochondrial: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What was seen of one plate, of the wells at ``places``; the others are in ``faults``.

    ``tellers`` are digests of some of the counts of each well, ``seen`` the genes with any count.
    """

    places: list[int]
    faults: dict[int, Rejected]
    sizes: NDArray[Any]
    quality: WellQuality | None
    tellers: list[bytes]
    filters: GeneFilter
    readouts: Readouts
    seen: NDArray[np.bool_]


def scan_plate(part: ScanPart) -> Scan:
    """Look at the wells of one plate: depth, quality, expressed genes, how the cells did."""
    counts, faults = part.source.read(part.samples, genes=~part.source.is_spike_in)
    places = [place for place in range(len(part.samples)) if place not in faults]
    rows = counts[places] if faults else counts
    filters, readouts = GeneFilter(rows.shape[1]), Readouts(rows.shape[1])
    sizes, quality = library_sizes(rows), None
    if places:
        samples, blocks = [part.samples[place] for place in places], [part.blocks[place] for place in places]
        treatments = [part.treatments[place] for place in places]
        quality = well_quality(rows, [sample.role for sample in samples], blocks, part.mitochondrial)
        filters.add(rows, library_sizes=sizes)
        readouts.add(rows, sizes, samples, blocks, usable=quality.usable, treatments=treatments)
    return Scan(
        places=places,
        faults=faults,
        sizes=sizes,
        quality=quality,
        tellers=[hashlib.sha256(row[::TELLING_STEP].tobytes()).digest() for row in rows],
        filters=filters,
        readouts=readouts,
        seen=np.asarray(rows.any(axis=0)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SizesPart:
    """Wells of one block on one plate whose counts are to be divided by what withstands a few huge changes."""

    source: Source
    samples: tuple[SampleRow, ...]
    vehicle: tuple[bool, ...]
    method: str


def sizes_of(part: SizesPart) -> list[float]:
    """Give what the counts of each well are divided by."""
    rows, _ = part.source.read(part.samples, genes=~part.source.is_spike_in)
    return effective_sizes(rows, vehicle=part.vehicle, method=part.method).tolist()  # type: ignore[arg-type,no-any-return]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilesPart:
    """Wells of one block to normalize; without ``sizes`` as the contest does it."""

    source: Source
    samples: tuple[SampleRow, ...]
    measured: NDArray[np.bool_]
    sizes: NDArray[np.float64] | None
    typical_size: float


def profiles_of(part: ProfilesPart) -> NDArray[np.float32]:
    """Normalize the measured genes of some wells, shape (n_wells, n_measured)."""
    if part.sizes is None:
        counts, _ = part.source.read(part.samples)
        return log2_cpm_plus_one(counts)[:, part.measured].astype(np.float32)
    rows, _ = part.source.read(part.samples, genes=part.measured)
    return log2_cpm(rows, library_sizes=part.sizes, typical_size=part.typical_size)


def spread(scheduler: Scheduler, function: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    """Have numbers made by whoever the scheduler gives them to, in order, and refuse those who calculate otherwise.

    Raises
    ------
    VcpiError
        A worker's processor or libraries round otherwise than those here.
    """
    here = arithmetic()
    for told, result in scheduler.run(_told, ((function, part) for part in parts)):
        if told != here:
            raise VcpiError(
                "A worker rounds otherwise than this computer (another processor or linear algebra library); nothing was "
                "changed; use workers of the same kind, or build without --scheduler"
            )
        yield result


@cache
def arithmetic() -> str:
    """Digest of results that differ in the last bit between kinds of processors and libraries.

    Examples
    --------
    >>> arithmetic() == arithmetic()
    True
    """
    values = np.linspace(0.1, 9.7, 4_099)
    table = np.sqrt(values[:4_096]).reshape(64, 64)
    digest = hashlib.sha256()
    for found in (np.log2(values), np.log(values), np.exp(values), table @ table, table[0] @ table, values.mean(),
                  np.log2(values.astype(np.float32)), np.median(table, axis=0)):  # fmt: skip
        digest.update(np.asarray(found).tobytes())
    return digest.hexdigest()[:16]


def _told(item: tuple[Callable[[Any], Any], Any]) -> tuple[str, Any]:
    """Do a part, and tell how numbers are rounded here."""
    function, part = item
    with one_thread():
        return arithmetic(), function(part)


def _known_by(path: Path) -> tuple[int, str]:
    """Size of a file, and the digest of its end."""
    with path.open("rb") as handle:
        size = handle.seek(0, 2)
        handle.seek(max(size - TAIL, 0))
        return size, hashlib.sha256(handle.read()).hexdigest()
