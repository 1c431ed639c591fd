"""The page of an explanation: figures, drawings with the common core, genes for and against, gene sets."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from vcpi.errors import MissingDependencyError
from vcpi.page import document, table
from vcpi.structure.pair_drawing import draw_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcpi.answers import Explanation

_HEAD = ("gene", "adds", "lfc", "± se", "z", "lfc of hit", "± se", "z of hit")
_FIELDS = ("contribution", "query_lfc", "query_se", "query_z", "hit_lfc", "hit_se", "hit_z")


def explanation_page(found: Explanation, figures: Sequence[tuple[str, str]], *, n_genes: int = 20) -> str:
    """Write the page.

    Parameters
    ----------
    found
        The explanation.
    figures
        What the score rests on, as name and text.
    n_genes
        How many genes at either end.

    Returns
    -------
    str
        A whole HTML document without script or network.
    """
    value = found.to_dict(n_genes=n_genes)
    query, hit = value["query"]["name"], value["hit"]["name"]
    simulated = any("SIMULATED" in caveat for caveat in value["caveats"])
    parts = [
        f"<p>Connectivity <b>{value['scores']['connectivity']:.3f}</b> in {escape(value['query']['dataset'])}, "
        f"{escape(value['method']['name'])} over {value['method']['n_genes']:,} genes.</p>",
        table(("", ""), figures, words=True),
        _drawing(value["structure"], query, hit),
        _genes("Genes that carry it", value["agreeing"]),
        _genes("Genes that speak against it", value["disagreeing"]),
        _sum(value),
        _sets(value["gene_sets"]),
        _notes(value["caveats"]),
    ]
    return document(f"Why {hit} is at {value['scores']['connectivity']:.2f} of {query}", parts, simulated=simulated)


def _drawing(structure: dict[str, Any] | None, query: str, hit: str) -> str:
    """Draw both structures with their common core."""
    if structure is None:
        return ""
    try:
        svg = draw_pair(structure["query_smiles"], structure["hit_smiles"], labels=(query, hit), mark="core")
    except MissingDependencyError as error:
        return f'<p class="note">{escape(str(error))}</p>'
    core = f"The common core, in blue, holds {structure['core_atoms']} atoms."
    if not structure["has_core"]:
        core = f"No common core: the largest part that both hold has {structure['core_atoms']} atoms."
    return f"<h2>Structures</h2><p>{core}</p>{svg}"


def _genes(title: str, genes: Sequence[dict[str, Any]]) -> str:
    """List genes with their values on both sides."""
    if not genes:
        return ""
    rows = [
        (
            gene["gene_symbol"] or gene["gene_id"],
            *(_number(gene[field], signed=not field.endswith("_se")) for field in _FIELDS),
        )
        for gene in genes
    ]
    return f"<h2>{title}</h2>{table(_HEAD, rows)}"


def _sum(value: dict[str, Any]) -> str:
    """Say that the contributions sum to the score."""
    others = value["other_genes"]
    return (
        f"<p>{others['n']:,} other genes add {others['contribution']:+.3f}; all contributions sum to "
        f"{value['scores']['connectivity']:.3f}.</p>"
    )


def _sets(sets: Sequence[dict[str, Any]], *, most: int = 20) -> str:
    """List the gene sets that gather at either end."""
    if not sets:
        return ""
    rows = [
        (one["name"], str(one["n"]), _number(one["sum"], signed=True), _number(one["z"], signed=True), f"{one['p']:.2g}",
         f"{one['q']:.2g}")
        for one in sets[:most]
    ]  # fmt: skip
    note = (
        "z above 0: the genes of the set carry the score, below: they speak against it. Genes of a set move together; p "
        "ranks sets and is no error rate."
    )
    return f"<h2>Gene sets</h2>{table(('set', 'genes', 'adds', 'z', 'p', 'q'), rows)}<p class='note'>{note}</p>"


def _notes(caveats: Sequence[str]) -> str:
    """List the caveats."""
    return "<h2>Mind</h2><ul>" + "".join(f"<li>{escape(caveat)}</li>" for caveat in caveats) + "</ul>"


def _number(value: float | None, *, signed: bool = False) -> str:
    """Write a number, or nothing where it is not known."""
    return "" if value is None else f"{value:+.3f}" if signed else f"{value:.3f}"
