"""Signatures made elsewhere: any matrix of genes and treatments, joined to tables of compounds and genes by id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import DataError, GeneCoverageError, InputError
from vcpi.genes import MINIMUM_GENES, strip_version
from vcpi.ingest.columns import GENE_FIELDS, find_fields
from vcpi.ingest.compounds import CompoundTable
from vcpi.ingest.gct import read_gct
from vcpi.ingest.gctx import read_gctx
from vcpi.ingest.genes import GeneTable, gene_of, read_genes
from vcpi.ingest.h5ad import read_h5ad
from vcpi.ingest.matrix import Axis, Matrix, read_matrix
from vcpi.ingest.orientation import genes_are_in_rows
from vcpi.ingest.signature_meta import Joined, SignatureReader, read_joined
from vcpi.ingest.tables import reject
from vcpi.records import GeneRow, Rejected, SignatureRow, SourceFile

UNITS = ("auto", "z", "lfc")
ORIENTATIONS = ("auto", "signatures-in-rows", "genes-in-rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureTable:
    """Signatures of a source.

    Attributes
    ----------
    signatures
        What is known of each; every one names a ``source_compound_id`` that is in ``compounds``.
    genes
        The genes, in the order of the values.
    values
        Shape (n_signatures, n_genes), finite.
    unit
        ``z`` or ``lfc``.
    compounds
        The compounds of the signatures, and the further rows of the compound table.
    n_read, n_folded
        Signatures of the file, and those folded into an identical one of the same id.
    """

    signatures: tuple[SignatureRow, ...]
    genes: tuple[GeneRow, ...]
    values: NDArray[np.float32]
    unit: str
    compounds: CompoundTable
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[SourceFile, ...] = ()
    n_read: int = 0
    n_folded: int = 0


def read_signatures(
    path: Path,
    *,
    compounds: Path | None = None,
    genes: Path | None = None,
    orientation: str = "auto",
    id_column: str | None = None,
    unit: str = "auto",
) -> SignatureTable:
    """Read signatures from parquet, CSV, TSV, GCT, GCTX or h5ad.

    Parameters
    ----------
    path
        A matrix of genes and signatures.
    compounds
        A table of the compounds, or of the signatures, that is joined by whichever of its columns holds their ids.
    genes
        A table of the genes, joined by id, Ensembl id, Entrez id or symbol.
    orientation
        ``signatures-in-rows``, ``genes-in-rows``, or ``auto``: told by which side looks like genes and which joins
        the tables.
    id_column
        The column of ids of a table.
    unit
        ``z``, ``lfc``, or ``auto``: taken for z, and said so.

    Raises
    ------
    InputError
        An option has another value.
    GeneCoverageError
        There are fewer than ten genes, or fewer than ten are in the gene table.
    DataError
        A file cannot be read, the orientation cannot be told, or no signature can be used.
    """
    if unit not in UNITS:
        raise InputError(f"Unit is {unit!r}; expected one of {', '.join(UNITS)}")
    if orientation not in ORIENTATIONS:
        raise InputError(f"Orientation is {orientation!r}; expected one of {', '.join(ORIENTATIONS)}")
    matrix = _read(Path(path), id_column)
    gene_table = read_genes(genes) if genes else GeneTable()
    joined = read_joined(compounds) if compounds else None
    genes_in_rows = orientation == "genes-in-rows"
    if orientation == "auto":
        genes_in_rows = genes_are_in_rows(matrix, genes=gene_table, joined=joined)
    build = _Build(matrix, gene_table, joined, genes_in_rows=genes_in_rows)
    return build.table(unit)


def _read(path: Path, id_column: str | None) -> Matrix:
    """Read a file by the format that its name says."""
    suffixes = [suffix.casefold() for suffix in path.suffixes if suffix.casefold() != ".gz"]
    readers = {".gct": read_gct, ".gctx": read_gctx, ".h5ad": read_h5ad}
    reader = readers.get(suffixes[-1]) if suffixes else None
    return reader(path) if reader else read_matrix(path, id_column=id_column)


class _Build:
    """Turns one matrix into signatures, and writes down what it leaves out."""

    def __init__(self, matrix: Matrix, genes: GeneTable, joined: Joined | None, *, genes_in_rows: bool) -> None:
        self.file = matrix.file.name
        self.matrix, self.gene_table, self.joined = matrix, genes, joined
        self.gene_axis, self.signature_axis = (matrix.rows, matrix.columns)[:: 1 if genes_in_rows else -1]
        self.values = matrix.values.T if genes_in_rows else matrix.values
        self.texts = {(cell[1], cell[0]) if genes_in_rows else cell: text for cell, text in matrix.texts.items()}
        self.rejected: list[Rejected] = list(matrix.rejected)
        self.n_read = len(self.signature_axis.ids) + (0 if genes_in_rows else len(matrix.rejected))
        self.notes: list[str] = [*genes.notes]
        self.n_folded = self._n_empty = self._n_unlike = 0

    def table(self, unit: str) -> SignatureTable:
        """Take every step."""
        places = self._gene_places()
        genes = self._genes(places)
        self._check_coverage(genes, places)
        reader = SignatureReader(self.file, self.signature_axis, self.joined)
        kept: list[tuple[int, SignatureRow]] = []
        for place in self._unique(reader.ids, places):
            fault = self._fault(place, places)
            if fault:
                self._reject(place, reader.ids[place], fault)
            else:
                kept.append((place, reader.read(place)))
        if not kept:
            first = self.rejected[-1].reason if self.rejected else "it is empty"
            raise DataError(f"{self.file} has no signature that can be used; the last: {first}")
        values = np.ascontiguousarray(self.values[np.ix_([place for place, _ in kept], places)], dtype=np.float32)
        signatures = tuple(row for _, row in kept)
        return SignatureTable(
            signatures=signatures,
            genes=genes,
            values=values,
            unit=self._unit(unit, values),
            compounds=reader.compounds(signatures),
            rejected=(*self.rejected, *self.gene_table.rejected),
            notes=(*self.notes, *reader.notes()),
            files=(self.matrix.file, *(self.joined.files if self.joined else ()), *self.gene_table.files),
            n_read=self.n_read,
            n_folded=self.n_folded,
        )

    def _gene_places(self) -> list[int]:
        """Choose the genes: each id once, none that is missing everywhere."""
        by_id: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self.gene_axis.ids):
            by_id[strip_version(name)].append(place)
        places: list[int] = []
        for name, same in by_id.items():
            if name and (len(same) == 1 or all(_equal(self.values[:, same[0]], self.values[:, p]) for p in same[1:])):
                places.append(same[0])
                continue
            reason = f"gene {name} has {len(same)} rows of values that differ" if name else "gene has no id"
            self.rejected += [reject(self.file, self.gene_axis.row(place), name, reason) for place in same]
        self._n_unlike = len(self.gene_axis.ids) - sum(len(by_id[strip_version(self.gene_axis.ids[p])]) for p in places)
        empty = [place for place in places if np.isnan(self.values[:, place]).all()]
        self._n_empty = len(empty)
        if empty:
            self.notes.append(
                f"{len(empty)} genes have no value in any signature and were dropped: {self._named(empty)}"
            )
        gone = set(empty)
        return sorted(place for place in places if place not in gone)

    def _genes(self, places: Sequence[int]) -> tuple[GeneRow, ...]:
        """Describe the genes by the gene table, else by what the file says beside them."""
        beside = _genes_beside(self.gene_axis)
        genes = []
        for place in places:
            name = self.gene_axis.ids[place]
            own = beside.get(place)
            known = self.gene_table.find(name) is not None or own is None
            genes.append(self.gene_table.describe(name) if known or own is None else own)
        return tuple(genes)

    def _check_coverage(self, genes: Sequence[GeneRow], places: Sequence[int]) -> None:
        """Stop where there are too few genes; note those that the gene table does not know."""
        if len(genes) < MINIMUM_GENES:
            raise GeneCoverageError(
                f"{self.file} has {len(genes)} genes{self._lost_genes()}; expected {MINIMUM_GENES} or more"
            )
        if not self.gene_table.rows:
            return
        lost = [place for place in places if self.gene_table.find(self.gene_axis.ids[place]) is None]
        if len(places) - len(lost) < MINIMUM_GENES:
            raise GeneCoverageError(
                f"{len(places) - len(lost)} of {len(places)} genes of {self.file} are in {self.gene_table.files[0].name}, "
                f"for example not {self.gene_axis.ids[lost[0]]!r}; expected {MINIMUM_GENES} or more"
            )
        if lost:
            self.notes.append(f"{len(lost)} of {len(places)} genes are not in the gene table: {self._named(lost)}")

    def _lost_genes(self) -> str:
        """Say why genes of the file are none, where they were dropped."""
        reasons = [f"{self._n_empty} genes hold no number in any signature"] if self._n_empty else []
        if self._n_empty and self.texts:
            (_, gene), text = next(iter(self.texts.items()))
            reasons[0] += f", for example {text[:30]!r} at {self.gene_axis.ids[gene][:30]}"
        if self._n_unlike:
            reasons.append(f"{self._n_unlike} rows are of genes without an id or whose rows differ")
        return f" with values: {', '.join(reasons)}" if reasons else ""

    def _unique(self, ids: Sequence[str], places: Sequence[int]) -> list[int]:
        """Fold signatures that are identical under one id; reject those that differ."""
        by_id: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(ids):
            by_id[name].append(place)
        unique: list[int] = []
        for name, same in by_id.items():
            if not name:
                for place in same:
                    self._reject(place, name, "signature has no id")
            elif all(_equal(self.values[same[0]][places], self.values[place][places]) for place in same[1:]):
                unique.append(same[0])
                self.n_folded += len(same) - 1
            else:
                for place in same:
                    self._reject(place, name, f"signature id has {len(same)} signatures that differ")
        if self.n_folded:
            self.notes.append(f"{self.n_folded} identical signatures of the same id were folded")
        return sorted(unique)

    def _fault(self, place: int, places: Sequence[int]) -> str | None:
        """Say what keeps a signature from being used, if anything."""
        values = self.values[place][places]
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            gene = places[int(bad[0])]
            shown = self.texts.get((place, gene), str(values[bad[0]]))
            return f"{len(bad)} values are no finite numbers, first {shown!r} at gene {self.gene_axis.ids[gene]}"
        return None if values.any() else "all values are zero"

    def _reject(self, place: int, name: str, reason: str) -> None:
        """Write down a signature that cannot be used."""
        self.rejected.append(reject(self.file, self.signature_axis.row(place), name, reason))

    def _named(self, places: Sequence[int]) -> str:
        """Name the first few genes."""
        names = ", ".join(self.gene_axis.ids[place] for place in places[:3])
        return names + ("…" if len(places) > 3 else "")  # noqa: PLR2004

    def _unit(self, unit: str, values: NDArray[np.float32]) -> str:
        """Take the values for z where nobody says otherwise."""
        if unit != "auto":
            return unit
        spread = float(np.median(values[:2000].std(axis=1, dtype=np.float64)))
        self.notes.append(
            f"values are taken for z scores (their spread over the genes is {spread:.2g}); "
            "--unit lfc where they are log2 fold changes"
        )
        return "z"


def _equal(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    """Whether two vectors are the same, missing values included."""
    return bool(np.array_equal(a, b, equal_nan=True))


def _genes_beside(axis: Axis) -> dict[int, GeneRow]:
    """Read what a file says of its genes beside their ids."""
    fields = find_fields(axis.columns, GENE_FIELDS)
    if not fields.places:
        return {}
    genes: dict[int, GeneRow] = {}
    for place, cells in enumerate(axis.cells):
        gene = gene_of(cells, fields)
        if gene is not None:
            genes[place] = replace(gene, gene_id=strip_version(axis.ids[place]))
    return genes
