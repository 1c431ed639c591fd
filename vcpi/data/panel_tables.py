"""Reading the shipped tables of panels, their genes, roles and groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Literal

from vcpi.data import _rows, _several, genes
from vcpi.data.panel_records import GeneRole, Panel, PanelGene, PanelGroup
from vcpi.data.sums import present_symbol

VERSION = "1.0"
"""Version of the shipped panels, roles, groups and sums together; a score is stored with it."""

_COMMON = "general pathway knowledge"
_LOW = frozenset({"low", "lost"})


@cache
def read_panels() -> tuple[Panel, ...]:
    """Read the shipped panels, a variant behind the panel it is an extract of.

    Examples
    --------
    >>> len([panel for panel in read_panels() if not panel.variant_of])
    29
    >>> first = read_panels()[0]
    >>> first.key, first.kind, len(first.genes), first.genes[0].symbol
    ('mtorc1', 'footprint', 38, 'HMGCS1')
    """
    members = defaultdict(list)
    for row in _rows("panel_genes.tsv"):
        members[row["panel"]].append(panel_gene(row["gene_symbol"], sign=int(row["sign"])))
    rows = _rows("panels.tsv")
    family = {row["panel"]: {row["panel"], *_variants(rows, row["panel"])} for row in rows}
    return tuple(
        Panel(
            key=row["panel"],
            aliases=_several(row["aliases"]),
            title=row["title"],
            kind="components" if row["kind"] == "components" else "footprint",
            axis=_home(axes(), family[row["panel"]]),
            module=_home(modules(), family[row["panel"]]),
            meaning=row["meaning"],
            caution=row["caution"],
            source=row["source"],
            variant_of=row["variant_of"],
            genes=tuple(members[row["panel"]]),
        )
        for row in rows
    )


@cache
def axes() -> tuple[PanelGroup, ...]:
    """Read the axes: headings under which panels of related processes stand; a panel may stand under two.

    Examples
    --------
    >>> next(axis.panels for axis in axes() if axis.key == "jak-stat-ifn")
    ('ifn', 'ifng')
    """
    return _groups("axis")


@cache
def modules() -> tuple[PanelGroup, ...]:
    """Read the five modules, which unite panels into broad states.

    Examples
    --------
    >>> [module.key for module in modules()]
    ['inflammatory', 'adaptive-stress', 'translation', 'mitochondrial', 'death']
    """
    return _groups("module")


def gene_role(symbol: str) -> GeneRole | None:
    """Say what a gene does; None for a gene of no shipped panel, for which nothing is made up.

    Examples
    --------
    >>> role = gene_role("GLUT1")
    >>> role.symbol, role.role
    ('SLC2A1', 'GLUT1, widespread glucose transporter of the plasma membrane; HIF1, MYC and AKT raise it')
    """
    return _roles().get(present_symbol(symbol))


def panel_gene(symbol: str, *, sign: int, gene_id: str | None = None) -> PanelGene:
    """Put a gene together from the tables."""
    role = _roles().get(symbol, GeneRole(symbol=symbol, role="", source=""))
    return PanelGene(
        symbol=symbol,
        gene_id=gene_id or _gene_ids().get(symbol),
        sign=sign,
        low=role.low,
        lost=role.lost,
        handling_sensitive=role.handling_sensitive,
        role=role.role,
        source=role.source,
    )


@cache
def _gene_ids() -> Mapping[str, str]:
    """Map each symbol that vcpi ships to its Ensembl id."""
    return MappingProxyType({gene.gene_symbol: gene.gene_id for gene in genes() if gene.gene_symbol})


@cache
def symbols_by_id() -> Mapping[str, str]:
    """Map each Ensembl id that vcpi ships to its symbol."""
    return MappingProxyType({gene_id: symbol for symbol, gene_id in _gene_ids().items()})


@cache
def _roles() -> Mapping[str, GeneRole]:
    """Read the roles by symbol."""
    roles = {}
    for row in _rows("gene_roles.tsv"):
        marks = set(_several(row["marks"]))
        roles[row["gene_symbol"]] = GeneRole(
            symbol=row["gene_symbol"],
            role=row["role"],
            source=row["source"] or _COMMON,
            low=bool(marks & _LOW),
            lost="lost" in marks,
            handling_sensitive="handling" in marks,
        )
    return MappingProxyType(roles)


def _groups(kind: Literal["axis", "module"]) -> tuple[PanelGroup, ...]:
    """Read the groups of one kind."""
    return tuple(
        PanelGroup(
            key=row["group"], title=row["title"], kind=kind, seed=row["seed"] == "1", panels=_several(row["panels"])
        )
        for row in _rows("panel_groups.tsv")
        if row["kind"] == kind
    )


def _variants(rows: Sequence[Mapping[str, str]], key: str) -> list[str]:
    """List the variants of a panel."""
    return [row["panel"] for row in rows if row["variant_of"] == key]


def _home(groups: Sequence[PanelGroup], family: set[str]) -> str:
    """Find the first group that holds a panel or one of its variants."""
    return next((group.key for group in groups if family & set(group.panels)), "")
