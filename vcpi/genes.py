"""Which gene of a dataset an id means: Ensembl with or without version, symbol, former symbol or Entrez.

Nothing is guessed: what means two genes is ambiguous and not used, and ids of a mouse are refused.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import GeneCoverageError
from vcpi.gene_names import (
    entrez_number,
    gene_id_kind,
    gene_key,
    is_spreadsheet_date,
    refuse_other_species,
    spreadsheet_genes,
    strip_version,
)
from vcpi.records import GeneRow

__all__ = [
    "MINIMUM_GENES",
    "GeneMapper",
    "GeneMapping",
    "gene_id_kind",
    "refuse_other_species",
    "shown_ids",
    "strip_version",
]

MINIMUM_GENES = 10
"""Fewer genes than this say nothing about a signature."""

_Found = tuple[str, tuple[int, ...]]
_ENSEMBL_START = "ens"
_MARKS = frozenset("|/_")  # without one of these an id names no several genes
_SHOWN = 3
_MOLECULE = re.compile(r"ENS(?:T|P)\d{11}", re.IGNORECASE)
_PROBE = re.compile(r"(?:\d+(?:_[a-z])?_at|AFFX-.*|ILMN_\d+|A_\d+_P\d+)\Z", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*(?:\||///)\s*|(?<=ENSG\d{11})(?:\.\d+)?_(?!PAR_Y)")


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
            "spreadsheet_dates": [
                text for part in parts.values() for text in part if _may_be_date(text) and is_spreadsheet_date(text)
            ],
        }

    @property
    def n_ids(self) -> int:
        """How many ids were asked for."""
        return sum(len(getattr(self, name)) for name in _PARTS)

    @property
    def summary(self) -> str:
        """The mapping in one line: counts, and the first ids of each kind that is not used."""
        lost = [
            f"{len(ids)} {name.replace('_', ' ')} ({shown_ids(ids)})" for name in _PARTS[1:] if (ids := self._ids(name))
        ]
        return f"{len(self.used)} of {self.n_ids} ids are genes of the dataset" + "".join(f"; {text}" for text in lost)

    def require(self, minimum: int = MINIMUM_GENES) -> GeneMapping:
        """Return the mapping itself where it is wide enough.

        Raises
        ------
        GeneCoverageError
            Fewer than ``minimum`` genes were found.
        """
        if len(self.used) >= minimum:
            return self
        raise GeneCoverageError(
            f"{self.summary}; expected {minimum} or more human genes as Ensembl ids, symbols or Entrez ids"
            f"{_hint([*self.unmapped, *self.not_in_dataset])}"
        )

    def _ids(self, name: str) -> tuple[str, ...]:
        """Return the ids of one part."""
        ids: tuple[str, ...] = getattr(self, name)
        return ids


_PARTS = ("used", "unmapped", "not_in_dataset", "ambiguous", "duplicates")


class GeneMapper:
    """Finds the genes of one dataset by any of their names.

    Parameters
    ----------
    genes
        The genes of the dataset, in its order.
    aliases
        Further names: former symbol or alias → present symbol or symbols; several make it ambiguous. Where the dataset
        still uses the former symbol of a gene, its present one finds it as well.

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
            if text and gene_id_kind(text) == "ensembl"
        )
        self._entrez = _index((gene.entrez_id, row) for row, gene in enumerate(genes) if gene.entrez_id)
        twins = {row for row, gene in enumerate(genes) if gene.gene_id.endswith("_PAR_Y")}
        twins = {row for row in twins if gene_key(genes[row].gene_id) in self._ids}  # the symbol means the copy on X
        self._symbols = _index(
            (gene.gene_symbol, row) for row, gene in enumerate(genes) if gene.gene_symbol and row not in twins
        )
        self._written: dict[str, list[int]] = defaultdict(list)  # a symbol as it is written, where case tells two apart
        for row, gene in enumerate(genes):
            if row not in twins:
                self._written[gene.gene_symbol or ""].append(row)
        self._former = _index((name, row) for row, gene in enumerate(genes) for name in gene.former_symbols)
        self._known: set[str] = set()
        self._unclear: set[str] = set()
        self._add_aliases(aliases or {})

    def rows(self, gene_id: str) -> tuple[int, ...]:
        """Return the one place of the gene that an id means; none where it is unknown or ambiguous."""
        found = self._find(gene_id)[1]
        return found if len(found) == 1 else ()

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
            part = kind if kind in _PARTS else "ambiguous"
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

    def _find(self, text: str) -> _Found:
        """Look an id up: the kind of name and the genes it means, or the part of the mapping it ends in and none."""
        kind, found = self._find_name(text)
        dated = None if kind or not _may_be_date(text) else spreadsheet_genes(text)
        if dated:
            return self._find_dated(dated)
        if kind:
            return kind, found
        names = [name for name in _SEVERAL.split(text.strip()) if name] if set(text) & _MARKS else []
        several = [self._find_name(name) for name in names] if len(names) > 1 else []
        rows = {row for _, found in several for row in found}
        if rows and "///" in text and len(set(map(gene_key, names))) > 1:  # a probe of several genes
            return "ambiguous", ()
        if rows:
            return next(kind for kind, found in several if found), tuple(sorted(rows))
        return self._why_not(text), ()

    def _find_name(self, text: str) -> _Found:
        """Look one name up, the surest kind of name first; an empty kind where it is not known here."""
        bare = text.strip()
        key = bare.casefold()
        if key in self._ids:
            return "source id", self._ids[key]
        names = (strip_version(bare).casefold(), gene_key(bare)) if key.startswith(_ENSEMBL_START) else ()
        ensembl = next((self._ensembl[name] for name in names if name in self._ensembl), None)
        if ensembl:
            return "ensembl", ensembl
        number = entrez_number(bare) if _may_be_entrez(key) else None
        if number in self._entrez:
            return "entrez", self._entrez[number]
        written = self._written.get(bare, []) if bare else []
        if len(written) == 1 or key in self._symbols:
            return "symbol", tuple(written) if len(written) == 1 else self._symbols[key]
        if key in self._unclear:
            return "ambiguous", ()
        return ("former symbol", self._former[key]) if key in self._former else ("", ())

    def _find_dated(self, genes: tuple[tuple[str, ...], ...]) -> _Found:
        """Look up what a spreadsheet made a date of; a date of two genes is ambiguous."""
        if len(genes) > 1:
            return "ambiguous", ()
        rows = {row for name in genes[0] for row in self._find_name(name)[1]}
        return ("spreadsheet date", tuple(sorted(rows))) if rows else ("not_in_dataset", ())

    def _why_not(self, text: str) -> str:
        """Say whether an id that was not found is that of a gene at all."""
        key = text.strip().casefold()
        may_be_id = key.startswith(_ENSEMBL_START) or _may_be_entrez(key)
        well_formed = may_be_id and gene_id_kind(text) in {"ensembl", "entrez"}
        return "not_in_dataset" if well_formed or key in self._known else "unmapped"

    def _add_aliases(self, aliases: Mapping[str, str | Sequence[str]]) -> None:
        """Let each alias stand for the gene of its present symbol, and the present symbol for that of an alias."""
        present = {
            alias.strip().casefold(): {
                name.strip().casefold() for name in ([names] if isinstance(names, str) else names)
            }
            for alias, names in aliases.items()
        }
        former: dict[str, list[str]] = defaultdict(list)
        for alias, symbols in present.items():
            self._known.update((alias, *symbols))
            if len(symbols) == 1:
                former[next(iter(symbols))].append(alias)
            elif alias not in self._former:
                self._unclear.add(alias)
        for symbol, names in former.items():
            rows = self._symbols.get(symbol) or self._former.get(symbol)
            if rows is None:  # the dataset is older than the present symbol
                rows = tuple(sorted({row for name in names for row in self._symbols.get(name, ())}))
            for name in (symbol, *names) if rows else ():
                self._former[name] = tuple(sorted({*rows, *self._former.get(name, ())}))


def shown_ids(ids: Sequence[str]) -> str:
    """Show the first few ids in a message."""
    return ", ".join(repr(text[:30]) for text in ids[:_SHOWN]) + (", …" if len(ids) > _SHOWN else "")


def _may_be_date(text: str) -> bool:
    """Say at a glance whether a text may be a date, which is then looked at closely: it begins as days and months do."""
    first = text.strip()[:1].casefold()
    return first.isdigit() or first in {"m", "s", "o", "d"}


def _may_be_entrez(key: str) -> bool:
    """Say at a glance whether an id in small letters may be of Entrez: it ends with a digit and begins as those do."""
    return key[-1:].isdigit() and (key[0].isdigit() or key[0] in "egn")


def _hint(ids: Sequence[str]) -> str:
    """Say what else ids that mean no gene may be."""
    if 2 * sum(_MOLECULE.match(text.strip()) is not None for text in ids) > len(ids):
        return "; these are transcripts or proteins: name their genes"
    if 2 * sum(_PROBE.match(text.strip()) is not None for text in ids) > len(ids):
        return "; these are probes of a microarray: name their genes"
    return ""


def _index(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    """Gather the rows of each name, in small letters."""
    found: dict[str, list[int]] = {}
    for name, row in pairs:
        rows = found.setdefault(name.strip().casefold(), [])
        if row not in rows:
            rows.append(row)
    return {name: tuple(rows) for name, rows in found.items()}
