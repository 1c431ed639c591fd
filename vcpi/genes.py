"""Which gene of a dataset an id means: Ensembl with or without version, symbol, former symbol or Entrez.

Nothing is guessed: what means two genes is ambiguous and not used, and ids of a mouse are refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import GeneCoverageError, InputError
from vcpi.records import GeneRow

MINIMUM_GENES = 10
"""Fewer genes than this say nothing about a signature."""

_ENSEMBL = re.compile(r"(ENSG\d{11})(?:\.\d+)?(_PAR_Y)?\Z", re.IGNORECASE)
_ENTREZ = re.compile(r"e?(\d+)(?:\.0)?\Z")
_OTHER_SPECIES = re.compile(r"ENS(?!G\d)[A-Z]{3,4}G\d{11}", re.IGNORECASE)
_MOUSE_SYMBOL = re.compile(r"(?!C\d+orf)(?:[A-Z][A-Za-z0-9-]*[a-z][A-Za-z0-9.-]*|\d+[A-Z]\d+Rik)\Z")
_SYMBOL = re.compile(r"(?:[A-Z][A-Z0-9-]{1,14}|C\d+orf\d+)\Z")
_DATE = re.compile(r"(?:\d{1,2}-(?:Mar|Sep|Dec)|(?:Mar|Sep|Dec)-\d{1,2})\Z", re.IGNORECASE)


def strip_version(gene_id: str) -> str:
    """Take the version off an Ensembl gene id; other ids stay as they are.

    Examples
    --------
    >>> strip_version("ENSG00000141510.18"), strip_version("TP53"), strip_version("ENSG00000182378.15_PAR_Y")
    ('ENSG00000141510', 'TP53', 'ENSG00000182378_PAR_Y')
    """
    text = gene_id.strip()
    found = _ENSEMBL.match(text)
    return found[1].upper() + (found[2] or "").upper() if found else text


def gene_id_kind(gene_id: str) -> str:
    """Name the kind of id that a text looks like: ensembl, entrez, symbol or none.

    Examples
    --------
    >>> [gene_id_kind(text) for text in ("ENSG00000141510.18", "7157", "e7157", "TP53", "sample 3")]
    ['ensembl', 'entrez', 'entrez', 'symbol', 'none']
    """
    text = gene_id.strip()
    if _ENSEMBL.match(text):
        return "ensembl"
    if _ENTREZ.match(text):
        return "entrez"
    return "symbol" if _SYMBOL.match(text) else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneMapping:
    """What became of each id that was mapped.

    Attributes
    ----------
    positions
        Places in the dataset's genes, shape (n_used,), each at most once.
    indices
        Places in the ids that were asked for, shape (n_used,), in rising order.
    used
        The ids that were found.
    unmapped
        Ids that mean no gene known here.
    not_in_dataset
        Ids of genes, well formed or known under another name, that the dataset does not hold.
    ambiguous
        Ids that mean several genes of the dataset.
    duplicates
        Ids of a gene that an earlier id had already named.
    kinds
        How many ids were found by which kind of name.
    """

    positions: NDArray[np.int64]
    indices: NDArray[np.int64]
    used: tuple[str, ...]
    unmapped: tuple[str, ...]
    not_in_dataset: tuple[str, ...]
    ambiguous: tuple[str, ...]
    duplicates: tuple[str, ...]
    kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def report(self) -> dict[str, object]:
        """The mapping as plain lists and counts, for JSON."""
        parts = {name: list(getattr(self, name)) for name in _PARTS}
        return {
            "n_ids": sum(len(part) for part in parts.values()),
            "n_used": len(self.used),
            "kinds": dict(self.kinds),
            **parts,
            "spreadsheet_dates": [text for text in self.unmapped if _DATE.match(text.strip())],
        }

    def require(self, minimum: int = MINIMUM_GENES) -> GeneMapping:
        """Return the mapping itself where it is wide enough.

        Raises
        ------
        GeneCoverageError
            Fewer than ``minimum`` genes were found.
        """
        if len(self.used) >= minimum:
            return self
        n_ids = sum(len(getattr(self, name)) for name in _PARTS)
        lost = [f"{len(getattr(self, name))} {name.replace('_', ' ')}" for name in _PARTS[1:] if getattr(self, name)]
        example = next((getattr(self, name)[0] for name in _PARTS[1:] if getattr(self, name)), None)
        raise GeneCoverageError(
            f"{len(self.used)} of {n_ids} ids are genes of the dataset"
            + (f" ({', '.join(lost)}; for example {example!r})" if lost else "")
            + f"; expected {minimum} or more human genes as Ensembl ids, symbols or Entrez ids"
        )


_PARTS = ("used", "unmapped", "not_in_dataset", "ambiguous", "duplicates")


class GeneMapper:
    """Finds the genes of one dataset by any of their names.

    Parameters
    ----------
    genes
        The genes of the dataset, in its order.
    aliases
        Further names: former symbol or alias → present symbol or symbols.

    Examples
    --------
    >>> genes = [GeneRow(gene_id="ENSG00000107201", gene_symbol="RIGI", former_symbols=("DDX58",))]
    >>> mapping = GeneMapper(genes).map(["DDX58", "rigi", "ENSG00000141510.18", "?"])
    >>> mapping.used, mapping.duplicates, mapping.not_in_dataset, mapping.unmapped
    (('DDX58',), ('rigi',), ('ENSG00000141510.18',), ('?',))
    """

    def __init__(self, genes: Sequence[GeneRow], *, aliases: Mapping[str, str | Sequence[str]] | None = None) -> None:
        self.n_genes = len(genes)
        self._ids = _index((gene.gene_id, row) for row, gene in enumerate(genes))
        self._ensembl = _index(
            (strip_version(text), row)
            for row, gene in enumerate(genes)
            for text in (gene.gene_id, gene.ensembl_id)
            if text and _ENSEMBL.match(text)
        )
        self._entrez = _index((gene.entrez_id, row) for row, gene in enumerate(genes) if gene.entrez_id)
        self._symbols = _index((gene.gene_symbol, row) for row, gene in enumerate(genes) if gene.gene_symbol)
        self._former = _index((name, row) for row, gene in enumerate(genes) for name in gene.former_symbols)
        self._known: set[str] = set()
        self._add_aliases(aliases or {})

    def map(self, ids: Sequence[str]) -> GeneMapping:
        """Find each id among the genes of the dataset.

        Parameters
        ----------
        ids
            Ensembl ids, symbols in any case, former symbols or Entrez ids; they may be mixed.

        Raises
        ------
        InputError
            Most ids are of another species, as ``Tnf`` and ``ENSMUSG00000024401`` are.
        """
        refuse_other_species(ids)
        parts: dict[str, list[str]] = {name: [] for name in _PARTS}
        positions: dict[int, int] = {}
        kinds: Counter[str] = Counter()
        for index, text in enumerate(ids):
            kind, found = self._find(text)
            part = "ambiguous" if len(found) > 1 else self._why_not(text)
            if len(found) == 1:
                part = "duplicates" if found[0] in positions else "used"
                positions.setdefault(found[0], index)
                kinds[kind] += part == "used"
            parts[part].append(text)
        return GeneMapping(
            positions=np.fromiter(positions, dtype=np.int64, count=len(positions)),
            indices=np.fromiter(positions.values(), dtype=np.int64, count=len(positions)),
            kinds=dict(kinds),
            **{name: tuple(part) for name, part in parts.items()},
        )

    def _find(self, text: str) -> tuple[str, tuple[int, ...]]:
        """Look an id up, the surest kind of name first."""
        key = text.strip().casefold()
        entrez = _ENTREZ.match(key)
        tries = (
            ("source id", self._ids, key),
            ("ensembl", self._ensembl, strip_version(text).casefold()),
            ("entrez", self._entrez, entrez[1] if entrez else ""),
            ("symbol", self._symbols, key),
            ("former symbol", self._former, key),
        )
        return next(((kind, index[name]) for kind, index, name in tries if name in index), ("", ()))

    def _why_not(self, text: str) -> str:
        """Say whether an id that was not found is that of a gene at all."""
        well_formed = gene_id_kind(text) in {"ensembl", "entrez"}
        return "not_in_dataset" if well_formed or text.strip().casefold() in self._known else "unmapped"

    def _add_aliases(self, aliases: Mapping[str, str | Sequence[str]]) -> None:
        """Let each alias stand for the genes of its present symbols."""
        for alias, names in aliases.items():
            symbols = [names] if isinstance(names, str) else list(names)
            self._known.update(text.strip().casefold() for text in (alias, *symbols))
            rows = {row for symbol in symbols for row in self._symbols.get(symbol.strip().casefold(), ())}
            if rows:
                key = alias.strip().casefold()
                self._former[key] = tuple(sorted(rows | set(self._former.get(key, ()))))


def refuse_other_species(ids: Sequence[str]) -> None:
    """Stop where most ids are written as those of a mouse or of another animal.

    Raises
    ------
    InputError
        More than half of the ids are Ensembl ids of another species or capitalised as mouse symbols.
    """
    foreign = [text for text in ids if _OTHER_SPECIES.match(text.strip()) or _MOUSE_SYMBOL.match(text.strip())]
    if 2 * len(foreign) > len(ids):
        raise InputError(
            f"{len(foreign)} of {len(ids)} gene ids look like those of a mouse, for example {foreign[0]!r}; "
            "expected human genes; map them to their human orthologs first"
        )


def _index(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    """Gather the rows of each name, in small letters."""
    found: dict[str, list[int]] = {}
    for name, row in pairs:
        rows = found.setdefault(name.strip().casefold(), [])
        if row not in rows:
            rows.append(row)
    return {name: tuple(rows) for name, rows in found.items()}
