"""Figures of answers: takes what ``to_dict()`` of an answer gives, and nothing else of the database.

Whether the counts are simulated is read from the caveats where it is not said; answers about a whole dataset do not
tell, so say it there. ``draw`` takes a row and gives one SVG element, or None: a hit for :func:`of_like` and a map of
one compound, a pair (``inchikey_a``, ``inchikey_b`` …) for :func:`of_cliffs`, :func:`of_hops`, a map of all pairs.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from vcpi.figures import look
from vcpi.figures.contributions import pair_plot
from vcpi.figures.density import landscape
from vcpi.figures.heat import heat_map
from vcpi.figures.mountain import mountain_plot
from vcpi.figures.pairs import pair_rows
from vcpi.figures.ranks import rank_plot
from vcpi.figures.scatter import structure_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vcpi.figures.drawings import Draw
    from vcpi.figures.figure import Figure

    Answer = Mapping[str, Any]
    Genes = Iterable[Mapping[str, Any]]

CORNERS = {
    "both": "analog-mimic",
    "effect-only": "scaffold-hop",
    "effect_only": "scaffold-hop",
    "structure-only": "activity-cliff",
    "structure_only": "activity-cliff",
    "neither": "unrelated",
}
LAYERS = ("feature", "z", "lfc", "expression")


def of_like(
    answer: Answer,
    *,
    ranked: Sequence[Mapping[str, Any]] | None = None,
    classes: Mapping[int, str] | None = None,
    simulated: bool | None = None,
) -> Figure:
    """Draw the rank plot of an answer of ``like`` or ``query``; the hits of the answer are named.

    Parameters
    ----------
    answer
        ``JointAnswer.to_dict()``.
    ranked
        All ranked compounds, with ``name`` and ``connectivity`` at least, as the hits of a map of the query; the hits of
        the answer alone where None.
    classes
        ``compound_id`` → class, for colours.
    simulated
        As told; from the caveats where None.
    """
    hits = list(answer["hits"])
    reverse = answer.get("method", {}).get("direction") == "reverse"
    told = {hit.get("compound_id"): hit for hit in hits}
    rows = [{**_ranked(row, reverse=reverse), **told.get(row.get("compound_id"), {})} for row in ranked or hits]
    if classes:
        rows = [{**row, "class": classes.get(int(row["compound_id"]))} for row in rows]
    verb = "does the opposite of" if reverse else "behaves like"
    return rank_plot(
        rows,
        title=f"What {verb} {_called(answer)}",
        dataset=_dataset(answer),
        n_labelled=len(hits) if hits else 0,
        reverse=reverse,
        method=_method(answer),
        simulated=_simulated(answer, simulated),
    )


def _ranked(row: Mapping[str, Any], *, reverse: bool) -> dict[str, Any]:
    """Return a ranked compound as the rank plot takes it; its q is of likeness, and says nothing of the opposite."""
    found = {"relation": CORNERS.get(row.get("corner", "")), **row}
    return {**found, "q_noise": None} if reverse else found


def of_map(answer: Answer, *, draw: Draw | None = None, simulated: bool | None = None) -> Figure:
    """Draw an answer of ``map``: the scatter of one compound against all others, or the landscape of all pairs.

    Parameters
    ----------
    answer
        ``LibraryAnswer.to_dict()``.
    draw
        Takes a hit (map of one compound) or a notable pair and gives its drawing.
    simulated
        As told; from the caveats where None.
    """
    bar = float(answer.get("method", {}).get("alike_in_structure_from", 0.5))
    common: dict[str, Any] = {"dataset": _dataset(answer), "tanimoto_from": bar, "draw": draw}
    common["simulated"] = _simulated(answer, simulated)
    if "name" in answer["query"]:
        points = [{**hit, "relation": CORNERS.get(hit["corner"])} for hit in answer["hits"]]
        return structure_function(points, title=f"Structure against effect: {_called(answer)} and all others", **common)
    notable = [
        {**pair, "relation": CORNERS[corner]}
        for corner, pairs in answer["summary"].get("notable", {}).items()
        for pair in pairs
    ]
    counts = answer["summary"].get("quadrants", {}).get("all") or {}
    words = {
        "both": "in both",
        "structure_only": "in structure only",
        "effect_only": "in effect only",
        "neither": "in neither",
    }
    line = ", ".join(f"{counts[name]:,} {word}" for name, word in words.items() if name in counts)
    about = [f"Pairs alike {line}"] if line else []
    return landscape(
        answer["hits"], title="Structure against effect: all pairs", notable=notable, about=about, **common
    )


def of_like_structures(answer: Answer, *, draw: Draw | None = None, simulated: bool | None = None) -> Figure:
    """Draw hits and analogs of an answer of ``like`` by Tanimoto and connectivity.

    Parameters
    ----------
    answer
        ``JointAnswer.to_dict()``.
    draw
        Takes a hit and gives its drawing.
    simulated
        As told; from the caveats where None.
    """
    rows = {hit.get("compound_id"): hit for hit in (*answer["analogs"], *answer["hits"])}
    return structure_function(
        rows.values(),
        title=f"Hits and analogs of {_called(answer)}: structure against effect",
        dataset=_dataset(answer),
        tanimoto_from=float(answer.get("method", {}).get("alike_in_structure_from", 0.5)),
        draw=draw,
        method=_method(answer),
        simulated=_simulated(answer, simulated),
    )


def of_cliffs(answer: Answer, *, draw: Draw | None = None, simulated: bool | None = None) -> Figure:
    """Draw an answer of ``cliffs``: a row for each pair.

    Parameters
    ----------
    answer
        ``LibraryAnswer.to_dict()``.
    draw
        Takes a pair and gives one drawing of both.
    simulated
        As told; from the caveats where None.
    """
    return pair_rows(
        answer["hits"],
        title="Activity cliffs: look alike, act differently",
        dataset=_dataset(answer),
        colour=look.RELATIONS["activity-cliff"][1],
        draw=draw,
        simulated=_simulated(answer, simulated),
    )


def of_hops(answer: Answer, *, draw: Draw | None = None, simulated: bool | None = None) -> Figure:
    """Draw an answer of ``hops``: a row for each pair.

    Parameters
    ----------
    answer
        ``LibraryAnswer.to_dict()``.
    draw
        Takes a pair and gives one drawing of both.
    simulated
        As told; from the caveats where None.
    """
    pairs = [
        {"connectivity_high": hit["connectivity_mean"], **hit} if "connectivity_mean" in hit else hit
        for hit in answer["hits"]
    ]
    return pair_rows(
        pairs,
        title="Scaffold hops: act alike, look different",
        dataset=_dataset(answer),
        ends="lowest to mean",
        colour=look.RELATIONS["scaffold-hop"][1],
        draw=draw,
        simulated=_simulated(answer, simulated),
    )


def of_explain(answer: Answer, *, n_genes: int = 15, simulated: bool | None = None) -> Figure:
    """Draw an answer of ``explain``: what each gene adds, and its values on both sides.

    Parameters
    ----------
    answer
        ``Explanation.to_dict(n_genes=...)``.
    n_genes
        How many genes at either end at most.
    simulated
        As told; from the caveats where None.
    """
    genes = [*answer["agreeing"], *answer["disagreeing"]]
    query, hit = _called(answer), str(answer["hit"]["name"])
    return pair_plot(
        genes,
        title=f"Genes for and against the likeness of {hit} to {query}",
        query=query,
        hit=hit,
        dataset=_dataset(answer),
        connectivity=answer["scores"].get("connectivity"),
        n_genes=n_genes,
        n_all=len(genes) + int(answer.get("other_genes", {}).get("n", 0)),
        simulated=_simulated(answer, simulated),
    )


def of_lists(
    answer: Answer,
    genes: Genes,
    *,
    up: Sequence[str] = (),
    down: Sequence[str] = (),
    hit: str | None = None,
    signed: bool = True,
    simulated: bool | None = None,
) -> Figure:
    """Draw the mountain plot of gene lists in the signature of one hit.

    Over the values that the dataset is compared on (``Database.compared``), the peaks are those of the score ``wtcs``.

    Parameters
    ----------
    answer
        ``JointAnswer.to_dict()`` of a query with lists.
    genes
        The signature of the hit, as ``Database.compared`` or ``Database.signature`` gives it: search features where it
        has them, else z, else lfc, else expression.
    up, down
        Genes of the lists, by gene id or symbol of the dataset.
    hit
        Name of the hit; the first of the answer where None.
    signed
        Whether the lists say which way; else ``up`` is one list of genes that move, ranked by how much.
    simulated
        As told; from the caveats where None.
    """
    rows = list(genes)
    layer = _layer(rows)
    id_of: dict[str, str] = {}
    for row in rows:
        for name in (row.get("gene_symbol"), row["gene_id"]):
            if name:
                id_of.setdefault(str(name).upper(), str(row["gene_id"]))
    # an unknown gene stays in its list, so that the figure counts it as not found
    listed = [[id_of.get(str(gene).upper(), str(gene)) for gene in one] for one in (up, down)]
    name = hit or (answer["hits"][0]["name"] if answer["hits"] else "no hit")
    values = {str(row["gene_id"]): float(row[layer]) for row in rows if row.get(layer) is not None}
    unit = {"feature": "search feature"}.get(layer, layer)
    return mountain_plot(
        values if signed else {gene: abs(value) for gene, value in values.items()},
        up=listed[0],
        down=listed[1],
        title=f"The genes of the query in the signature of {name}",
        dataset=_dataset(answer),
        unit=unit if signed else f"|{unit}|",
        score=_scored(answer, name, two=bool(up and down)),
        simulated=_simulated(answer, simulated),
    )


def _scored(answer: Answer, name: str, *, two: bool) -> str:
    """Say how the score of a hit comes from the peaks of its mountain, or that it does not."""
    score = next((hit["connectivity"] for hit in answer["hits"] if hit["name"] == name), None)
    method = _method(answer)
    if score is None:
        return ""
    if method != "wtcs":
        return f"The hit is ranked by {method} ({score:+.3f}), which is another score than these sums; wtcs is made of them"
    rule = (
        "half of ES up less ES down, 0 where both have one sign"
        if two
        else "the ES, turned round for genes that go down"
    )
    return f"Score: wtcs {score:+.3f}, {rule}"


def of_shared_genes(
    answer: Answer,
    signature_of: Callable[[str], Genes],
    *,
    n_hits: int = 25,
    n_genes: int = 30,
    simulated: bool | None = None,
) -> Figure:
    """Draw the heat map of hits by the genes that they share with the query.

    Parameters
    ----------
    answer
        ``JointAnswer.to_dict()``; its query is the first row where it has a signature of its own.
    signature_of
        Gives the signature of a name (an InChIKey where the row has one), as ``Database.signature`` does.
    n_hits, n_genes
        How many rows and columns at most; the genes behind most hits come in.
    simulated
        As told; from the caveats where None.
    """
    hits = [hit for hit in answer["hits"] if hit.get("signature_id") is not None][:n_hits]
    often = Counter(gene for hit in hits for gene in hit.get("shared_genes", ()))
    genes = [gene for gene, _ in sorted(often.items(), key=lambda one: (-one[1], one[0]))[:n_genes]]
    wanted = set(genes)
    query = [answer["query"]] if answer["query"].get("signature_id") is not None else []
    values: dict[str, dict[str, float | None]] = {}
    unit = "z"
    for row in [*query, *hits] if genes else []:
        signature = list(signature_of(str(row.get("inchikey") or row["name"])))
        unit = _layer(signature)
        name = str(row["name"])
        found: dict[str, float | None] = {}
        for gene in signature:
            for label in (gene.get("gene_symbol"), gene["gene_id"]):
                if label in wanted:
                    found.setdefault(str(label), gene.get(unit))
        values[name if name not in values else f"{name} ({row.get('source_compound_id') or len(values)})"] = found
    return heat_map(
        values,
        title=f"Genes that hits share with {_called(answer)}",
        dataset=_dataset(answer),
        unit=unit,
        simulated=_simulated(answer, simulated),
    )


def _layer(rows: Sequence[Mapping[str, Any]]) -> str:
    """Choose what is drawn of a signature."""
    return next((layer for layer in LAYERS if rows and rows[0].get(layer) is not None), LAYERS[0])


def _method(answer: Answer) -> str:
    """Name the connectivity score."""
    return str(answer.get("method", {}).get("name") or "cosine")


def _called(answer: Answer) -> str:
    """Name the query."""
    return str(answer["query"].get("name") or "the query")


def _dataset(answer: Answer) -> str:
    """Name the dataset."""
    return str(answer["query"].get("dataset") or answer.get("method", {}).get("dataset") or "")


def _simulated(answer: Answer, told: bool | None) -> bool:  # noqa: FBT001
    """Say whether the counts are simulated."""
    return any("SIMULATED" in caveat for caveat in answer.get("caveats", ())) if told is None else told
