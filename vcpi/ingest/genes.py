"""Gene tables, and which of their rows the gene ids of a dataset mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vcpi.gene_names import entrez_number, gene_id_kind, strip_version
from vcpi.ingest.columns import GENE_FIELDS, Fields, clean_id, find_fields, require_fields
from vcpi.ingest.tables import Cells, read_table, reject
from vcpi.records import GeneRow, Rejected, SourceFile
from vcpi.units import is_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneTable:
    """Genes by all of their names. A name of two genes finds neither."""

    rows: tuple[GeneRow, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    files: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()
    index: dict[str, GeneRow | None] = field(default_factory=dict, repr=False)

    def find(self, gene_id: str) -> GeneRow | None:
        """Return the gene that an id means."""
        return self.index.get(strip_version(gene_id).casefold())

    def describe(self, gene_id: str) -> GeneRow:
        """Return the gene of a dataset's own id, with whatever is known of it."""
        found = self.find(gene_id)
        name, kind = strip_version(gene_id), gene_id_kind(gene_id)
        if found is None:
            return GeneRow(
                gene_id=name,
                gene_symbol=name if kind == "symbol" else None,
                entrez_id=entrez_number(name) if kind == "entrez" else None,
                ensembl_id=name if kind == "ensembl" else None,
            )
        return GeneRow(
            gene_id=name,
            gene_symbol=found.gene_symbol,
            entrez_id=found.entrez_id,
            ensembl_id=found.ensembl_id or (name if kind == "ensembl" else None),
            former_symbols=found.former_symbols,
        )


def read_genes(path: Path) -> GeneTable:
    """Read a table of genes from CSV, TSV (either may be gzip) or parquet.

    Returns
    -------
    GeneTable
        A row without any id and symbol is rejected. Rows that say the same of one gene are one; an id whose rows differ
        finds none of them, and is noted.

    Raises
    ------
    DataError
        The file cannot be read, or has no column of gene ids or symbols.
    """
    table = read_table(path)
    fields = find_fields(table.columns, GENE_FIELDS)
    require_fields(table, fields, ("gene_id", "ensembl_id", "entrez_id", "gene_symbol"), GENE_FIELDS)
    rows: list[GeneRow] = []
    rejected = list(table.rejected)
    for number, cells in table.rows:
        row = gene_of(cells, fields)
        if row is None:
            rejected.append(reject(table.file.name, number, cells, "row has no gene id or symbol"))
        else:
            rows.append(row)
    rows = list(dict.fromkeys(rows))
    return GeneTable(
        rows=tuple(rows),
        rejected=tuple(rejected),
        files=(table.file,),
        notes=_twice_notes(table.file.name, rows),
        index=_index(rows),
    )


def gene_of(cells: Cells, fields: Fields) -> GeneRow | None:
    """Read one row of a gene table; None where it has no id and no symbol."""
    source, ensembl = clean_id(fields.first(cells, "gene_id")), fields.first(cells, "ensembl_id")
    entrez, symbol = clean_id(fields.first(cells, "entrez_id")), fields.first(cells, "gene_symbol")
    ensembl = strip_version(ensembl) if ensembl else None
    if source and not ensembl and gene_id_kind(source) == "ensembl":
        ensembl = strip_version(source)
    names = [name for name in (source, ensembl, entrez, symbol) if name]
    former = [name for name in fields.every(cells, "former_symbols") if name != symbol]
    if not names:
        return None
    return GeneRow(
        gene_id=strip_version(names[0]),
        gene_symbol=symbol,
        entrez_id=entrez,
        ensembl_id=ensembl,
        former_symbols=tuple(former),
    )


def _twice_notes(file: str, rows: Sequence[GeneRow]) -> tuple[str, ...]:
    """Say how many ids have rows that differ."""
    counts = Counter(row.gene_id.casefold() for row in rows)
    twice = [row.gene_id for row in rows if counts[row.gene_id.casefold()] > 1]
    if not twice:
        return ()
    n_ids = sum(count > 1 for count in counts.values())
    return (f"{file}: {n_ids} gene ids have rows that differ and name no gene, first {twice[0][:30]!r}",)


def _index(rows: Sequence[GeneRow]) -> dict[str, GeneRow | None]:
    """Gather the names of each kind, the surest last, so that it wins."""
    index: dict[str, GeneRow | None] = {}
    kinds: tuple[list[list[str | None]], ...] = (
        [[*row.former_symbols] for row in rows],
        [[row.gene_symbol] for row in rows],
        [[row.entrez_id, row.entrez_id and f"e{row.entrez_id}"] for row in rows],
        [[row.ensembl_id] for row in rows],
        [[row.gene_id] for row in rows],
    )
    for names in kinds:
        found: dict[str, GeneRow | None] = {}
        for row, texts in zip(rows, names, strict=True):
            for key in {text.casefold() for text in texts if text and not is_missing(text)}:
                found[key] = None if found.get(key, row) != row else row
        index.update(found)
    return index
