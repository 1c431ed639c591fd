"""The nouns of gene panels: a gene and its role, a panel, a group of panels, what panels share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

CPM_FLOOR = 1.0
"""Mean counts per million from which a gene is measured."""

COMPOUND_SHARE = 0.01
"""Share of the compounds in which a gene silent in vehicle must reach the floor to be measured all the same."""

PanelKind = Literal["footprint", "components", "group", "user"]


class GeneStatus(StrEnum):
    """How well a dataset sees a gene, best first.

    Attributes
    ----------
    MEASURED
        In the gene table, and the mean CPM reaches :data:`CPM_FLOOR` in vehicle or in at least
        :data:`COMPOUND_SHARE` of the compounds.
    LOW
        In the gene table, and seen, below the floor: log changes are compressed and noisy.
    NOT_QUANTIFIABLE
        In the gene table, with counts that are zero or nearly zero everywhere. That is no proof of silence: reads of
        well-expressed genes are lost where annotations overlap.
    ABSENT
        Not in the dataset's gene table.
    """

    MEASURED = "measured"
    LOW = "low"
    NOT_QUANTIFIABLE = "not quantifiable"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneRole:
    """What a gene does, in a sentence of our own.

    Attributes
    ----------
    symbol
        Present symbol.
    role
        One sentence without closing stop, below 200 characters.
    source
        Where it can be read, or ``general pathway knowledge``.
    low
        Below a mean of 1 CPM in DRUG-seq of THP-1 cells.
    lost
        Low although well expressed: its reads are most likely dropped where annotations overlap.
    handling_sensitive
        An immediate-early gene that moves when wells are merely handled.
    """

    symbol: str
    role: str
    source: str
    low: bool = False
    lost: bool = False
    handling_sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelGene:
    """A gene of a panel.

    Attributes
    ----------
    symbol, gene_id
        Present symbol, and Ensembl id without version; None where it is not known here.
    sign
        1 or -1: it rises or falls when the process is active; 0 where nothing is expected.
    low, lost, handling_sensitive, role, source
        As in :class:`GeneRole`; a gene of a user's panel may have no role.
    """

    symbol: str
    gene_id: str | None
    sign: int
    low: bool = False
    lost: bool = False
    handling_sensitive: bool = False
    role: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Genes that tell of one process.

    Attributes
    ----------
    key, aliases
        What a user types.
    title
        Name in words.
    kind
        ``footprint``, ``components``, ``group`` (several panels in one) or ``user`` (no signs).
    axis, module
        Keys of the groups under which it stands; empty where there is none.
    meaning
        What a positive score says; for components, what a positive mean says.
    caution
        What cannot be concluded.
    source
        What to read about the process; the genes are chosen from general pathway knowledge.
    genes
        In the order of the panel, no gene twice.
    variant_of
        Key of the panel that it is an extract of; empty for the panels themselves.
    """

    key: str
    title: str
    kind: PanelKind
    genes: tuple[PanelGene, ...]
    aliases: tuple[str, ...] = ()
    axis: str = ""
    module: str = ""
    meaning: str = ""
    caution: str = ""
    source: str = ""
    variant_of: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The genes' symbols, in their order."""
        return tuple(gene.symbol for gene in self.genes)

    @property
    def signed(self) -> bool:
        """Whether a directed score can be made: some gene has a sign."""
        return any(gene.sign for gene in self.genes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelGroup:
    """An axis or a module: panels that stand together.

    Attributes
    ----------
    key, title
        What a user types, and the name in words.
    kind
        ``axis`` or ``module``.
    seed
        Whether hand-made reports use it; the other axes hold the remaining panels.
    panels
        Keys of its panels.
    """

    key: str
    title: str
    kind: Literal["axis", "module"]
    seed: bool
    panels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two panels share.

    Attributes
    ----------
    first, second
        Keys of the panels.
    shared
        Symbols of the genes of both.
    opposite
        Those whose signs contradict one another: the panels pull against each other by construction.
    """

    first: str
    second: str
    shared: tuple[str, ...]
    opposite: tuple[str, ...]
