"""Gene panels that vcpi ships: which genes tell of which process, with what sign, and what they cannot tell.

A *footprint* holds genes that move when a process is active, each with its sign; *components* are the members of a
pathway, whose mRNA is not its activity, without sign. The tables beside this module hold the panels; users bring
their own as GMT (:func:`panel_of_genes`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from itertools import combinations

from vcpi.data.panel_records import (
    COMPOUND_SHARE,
    CPM_FLOOR,
    GeneRole,
    GeneStatus,
    Overlap,
    Panel,
    PanelGene,
    PanelGroup,
    PanelKind,
)
from vcpi.data.panel_tables import VERSION, axes, gene_role, modules, panel_gene, read_panels, symbols_by_id
from vcpi.data.sums import GeneSum, folded, parse_sum, present_symbol, sums
from vcpi.errors import InputError
from vcpi.gene_names import gene_id_kind, strip_version

__all__ = [
    "COMPOUND_SHARE",
    "CPM_FLOOR",
    "VERSION",
    "GeneRole",
    "GeneStatus",
    "GeneSum",
    "Overlap",
    "Panel",
    "PanelGene",
    "PanelGroup",
    "PanelKind",
    "axes",
    "gene_role",
    "group_panel",
    "modules",
    "nearest_panels",
    "overlaps",
    "panel",
    "panel_of_genes",
    "parse_sum",
    "read_panels",
    "sums",
    "without_overlap",
]

LIKE_ENOUGH, LESS_LIKE = 0.62, 0.25  # from which likeness on a name is suggested, and how far below the likest one
LEAST_LETTERS = 4
_EMPTY = frozenset(
    {"and", "of", "the", "in", "a", "i", "response", "pathway", "signaling", "signalling", "genes", "output"}
)


def panel(name: str) -> Panel:
    """Find a shipped panel by its key or an alias; case, blanks and hyphens do not matter.

    Some keys are names of genes too (``p53``, ``ifng``): whoever takes panels and genes in one place says which is
    meant.

    Raises
    ------
    InputError
        There is no such panel.

    Examples
    --------
    >>> panel("Interferon").key, panel("NF-κB").key, panel("erk slow").variant_of
    ('ifn', 'nfkb', 'erk')
    """
    names = {folded(text): found for found in read_panels() for text in (found.key, *found.aliases)}
    found = names.get(folded(name))
    if found is None:
        raise InputError(f"No panel {name[:60]!r}; {_nearest(name, names)}panels: {', '.join(_keys(read_panels()))}")
    return found


def nearest_panels(text: str, *, n: int = 4) -> list[tuple[str, str]]:
    """Find panels, modules, axes and sums whose key, alias or title is like a text, the likest first.

    Parameters
    ----------
    text
        What was asked for.
    n
        How many at most.

    Returns
    -------
    list of tuple
        Key and title of each; empty where nothing is like it.

    Examples
    --------
    >>> nearest_panels("IFN-alpha")[0]
    ('ifn', 'Type I interferon response (JAK-STAT)')
    >>> [key for key, _ in nearest_panels("hypoxya")], nearest_panels("zzzz")
    (['hif'], [])
    """
    best: dict[str, tuple[float, str]] = {}
    for key, title, names in _choices():
        likeness = max(_likeness(text, name) for name in names)
        if likeness >= LIKE_ENOUGH and key not in best:
            best[key] = (likeness, title)
    found = sorted(best, key=lambda key: -best[key][0])
    return [(key, best[key][1]) for key in found if best[key][0] >= best[found[0]][0] - LESS_LIKE][:n]


@cache
def _choices() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """List what compounds can be ranked by as shipped: key, title and all names of each."""
    panels = [(one.key, one.title, (one.key, one.title, *one.aliases)) for one in read_panels()]
    groups = [(one.key, one.title, (one.key, one.title)) for one in (*modules(), *axes())]
    summed = [(one.name, one.title or one.expression, (one.name, *one.aliases)) for one in sums()]
    return (*panels, *groups, *summed)


def _likeness(text: str, name: str) -> float:
    """Say how alike two names are, 0 to 1: as spelled, or by the words that they share; the first words tell most."""
    whole = SequenceMatcher(None, folded(text), folded(name)).ratio()
    asked, own = _words(text), _words(name)
    shared = [word for word in asked if any(word == other or _begins(word, other) for other in own)]
    if not asked or not shared:
        return whole
    return max(whole, 0.6 + 0.2 * (asked[0] in shared) + 0.2 * len(shared) / max(len(asked), len(own)))


def _begins(word: str, other: str) -> bool:
    """Say whether the shorter of two words is the beginning of the longer; a few letters are not enough."""
    short, long = sorted((word, other), key=len)
    return len(short) >= LEAST_LETTERS and long.startswith(short)


def _words(text: str) -> list[str]:
    """Cut a name into its words, without those that say nothing."""
    return [word for word in re.findall(r"[^\W_]+", text.casefold()) if word not in _EMPTY]


def group_panel(name: str) -> Panel:
    """Make one panel of the panels of a module or an axis, to score it like any other.

    A gene keeps its sign where the panels agree on it or only one has a sign, and has none where they contradict.

    Raises
    ------
    InputError
        There is no such group.

    Examples
    --------
    >>> death = group_panel("death")
    >>> death.kind, next(gene.sign for gene in death.genes if gene.symbol == "BAX")
    ('group', 1)
    """
    groups = {folded(group.key): group for group in (*modules(), *axes())}
    group = groups.get(folded(name))
    if group is None:
        raise InputError(f"No module or axis {name[:60]!r}; there are: {', '.join(_keys(list(groups.values())))}")
    united: dict[str, PanelGene] = {}
    signs = defaultdict(set)
    for gene in (gene for key in group.panels for gene in panel(key).genes):
        united.setdefault(gene.symbol, gene)
        signs[gene.symbol].add(gene.sign)
    return Panel(
        key=group.key,
        title=group.title,
        kind="group",
        axis=group.key if group.kind == "axis" else "",
        module=group.key if group.kind == "module" else "",
        meaning=f"the panels {', '.join(group.panels)} together",
        caution="a mean over several processes: read the panels themselves before naming one",
        genes=tuple(replace(gene, sign=_agreed(signs[symbol])) for symbol, gene in united.items()),
    )


def panel_of_genes(key: str, symbols: Sequence[str], *, title: str = "") -> Panel:
    """Make a panel of a user's gene list, without signs.

    Parameters
    ----------
    key
        Its name.
    symbols
        Gene symbols, former ones too, or Ensembl ids; a gene named twice counts once.
    title
        Name in words; the key without one.

    Returns
    -------
    Panel
        Of kind ``user``. Genes that are not known here stay as they are written.

    Raises
    ------
    InputError
        The key is blank or there is no gene.

    Examples
    --------
    >>> mine = panel_of_genes("mine", ["GLUT1", "SLC2A1", "ENSG00000170345.11"])
    >>> [(gene.symbol, gene.sign) for gene in mine.genes]
    [('SLC2A1', 0), ('FOS', 0)]
    """
    if not key.strip():
        raise InputError("Panel has a blank name; expected a name to ask for it by")
    members = {gene.gene_id or gene.symbol.casefold(): gene for gene in map(_user_gene, symbols) if gene.symbol}
    if not members:
        raise InputError(f"Panel {key.strip()[:60]!r} has no genes; expected gene symbols or Ensembl ids")
    return Panel(key=key.strip(), title=title or key.strip(), kind="user", genes=tuple(members.values()))


@cache
def overlaps() -> tuple[Overlap, ...]:
    """List the pairs of shipped panels that share genes, in the order of the panels; variants are left out.

    Examples
    --------
    >>> shared = {(pair.first, pair.second): pair for pair in overlaps()}
    >>> shared["nrf2", "ahr"].shared, shared["mtorc1", "nrf2"].opposite
    (('NQO1',), ('SQSTM1',))
    """
    found = []
    for first, second in combinations(_whole_panels(), 2):
        signs = {gene.symbol: gene.sign for gene in second.genes}
        shared = [gene for gene in first.genes if gene.symbol in signs]
        opposite = tuple(gene.symbol for gene in shared if gene.sign * signs[gene.symbol] < 0)
        if shared:
            symbols = tuple(gene.symbol for gene in shared)
            found.append(Overlap(first=first.key, second=second.key, shared=symbols, opposite=opposite))
    return tuple(found)


def without_overlap(panel: Panel, *, others: Sequence[Panel] | None = None) -> Panel:
    """Leave out the genes that stand in other panels too.

    Parameters
    ----------
    panel
        Any panel.
    others
        The panels to stay clear of; without them all shipped ones but the panel itself, its variants and the panel
        that it is a variant of.

    Returns
    -------
    Panel
        With the key ``…-unshared``.

    Raises
    ------
    InputError
        No gene remains.

    Examples
    --------
    >>> without_overlap(read_panels()[0]).symbols
    ('SCD', 'ACLY', 'SHMT2', 'SLC7A5', 'SLC3A2')
    """
    if others is None:
        own = {panel.key, panel.variant_of}
        others = [other for other in _whole_panels() if other.key not in own]
    shared = {symbol for other in others for symbol in other.symbols}
    kept = tuple(gene for gene in panel.genes if gene.symbol not in shared)
    if not kept:
        raise InputError(f"Panel {panel.key!r} shares all its genes with other panels; name fewer others")
    left_out = f"without {len(panel.genes) - len(kept)} of {len(panel.genes)} genes, which other panels hold too"
    return replace(
        panel,
        key=f"{panel.key}-unshared",
        aliases=(),
        title=f"{panel.title}, unshared genes",
        caution="; ".join(filter(None, (left_out, panel.caution))),
        genes=kept,
        variant_of=panel.key,
    )


def _user_gene(text: str) -> PanelGene:
    """Read a gene of a user, by symbol or Ensembl id."""
    if gene_id_kind(text) != "ensembl":
        return panel_gene(present_symbol(text), sign=0)
    gene_id = strip_version(text)
    symbol = symbols_by_id().get(gene_id, gene_id)
    return panel_gene(symbol, sign=0, gene_id=gene_id)


def _whole_panels() -> list[Panel]:
    """List the panels that are no variant of another."""
    return [panel for panel in read_panels() if not panel.variant_of]


def _agreed(signs: set[int]) -> int:
    """Return the one sign that several panels give a gene, 0 where they contradict or give none."""
    given = signs - {0}
    return given.pop() if len(given) == 1 else 0


def _keys(items: Sequence[Panel] | Sequence[PanelGroup]) -> list[str]:
    """List the keys of panels or groups."""
    return [item.key for item in items]


def _nearest(name: str, names: Mapping[str, Panel]) -> str:
    """Suggest the panels whose names are nearest to what was asked for."""
    close = Counter(names[text].key for text in get_close_matches(folded(name), names, n=5, cutoff=0.6))
    return f"the nearest: {', '.join(close)}; " if close else ""
