"""What vcpi ships: compounds of the demonstration, gene identities, former symbols."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from vcpi.records import GeneRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCompound:
    """One shipped drug: curated facts about a real compound.

    ``smiles`` is the desalted parent as RDKit writes it, ``inchikey`` RDKit's key of it. ``compound_class`` is the
    label of its mechanism class, ``moa`` one sentence on how it acts, ``targets`` gene symbols, ``source`` where the
    structure was looked up. A drug sold as a racemate is drawn without that center.
    """

    name: str
    synonyms: tuple[str, ...]
    smiles: str
    inchikey: str
    compound_class: str
    moa: str
    targets: tuple[str, ...]
    source: str


@cache
def compounds() -> tuple[DemoCompound, ...]:
    """Read the shipped compounds, in the order of the file: members of a class stand together.

    Examples
    --------
    >>> first = compounds()[0]
    >>> first.name, first.synonyms[0], first.compound_class
    ('sirolimus', 'rapamycin', 'mTOR allosteric inhibitor')
    """
    return tuple(
        DemoCompound(
            name=row["name"],
            synonyms=_several(row["synonyms"]),
            smiles=row["smiles"],
            inchikey=row["inchikey"],
            compound_class=row["class"],
            moa=row["moa"],
            targets=_several(row["target"]),
            source=row["source"],
        )
        for row in _rows("compounds.tsv")
    )


@cache
def genes() -> tuple[GeneRow, ...]:
    """Read the shipped gene identities: the genes that the panels name, with Ensembl and Entrez ids.

    ``former_symbols`` holds older symbols and everyday names (GLUT1, MCP-1, TMEM173).

    Examples
    --------
    >>> next(gene.gene_id for gene in genes() if "TMEM173" in gene.former_symbols)
    'ENSG00000184584'
    """
    return tuple(
        GeneRow(
            gene_id=row["gene_id"],
            gene_symbol=row["gene_symbol"],
            entrez_id=row["entrez_id"] or None,
            ensembl_id=row["gene_id"],
            former_symbols=_several(row["former_symbols"]),
        )
        for row in _rows("genes.tsv")
    )


@cache
def gene_aliases() -> Mapping[str, tuple[str, ...]]:
    """Read former symbols and everyday names of human genes: name → present symbols; several make it ambiguous.

    Those of the panel genes and a hand-written table of renamed genes, facts of the HGNC nomenclature, together.

    Examples
    --------
    >>> names = gene_aliases()
    >>> names["SEPT2"], names["TMEM173"], names["TAZ"]
    (('SEPTIN2',), ('STING1',), ('TAFAZZIN', 'WWTR1'))
    """
    panel = {name: (gene.gene_symbol or "",) for gene in genes() for name in gene.former_symbols}
    renamed = {row["former_symbol"]: _several(row["gene_symbol"]) for row in _rows("former_symbols.tsv")}
    return MappingProxyType({**renamed, **panel})


def _rows(name: str) -> list[dict[str, str]]:
    """Read one shipped table; lines that begin with # say where it comes from."""
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t"))


def _several(text: str) -> tuple[str, ...]:
    """Split a cell that holds several values."""
    return tuple(part for part in text.split("|") if part)
