"""What each gene adds to a score, and its values in both signatures."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from vcpi.figures import look
from vcpi.figures.labels import label_of
from vcpi.figures.rows import checked, is_number, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from vcpi.figures.figure import Figure, Spec
    from vcpi.figures.rows import Row

WIDTH, STEP = 310, 19
SIDES = {"query": (look.BLUE, "circle"), "hit": (look.ORANGE, "diamond")}
LAYERS = {"lfc": "log2 fold change", "z": "z"}


def pair_plot(
    genes: Iterable[Mapping[str, Any]],
    *,
    title: str,
    query: str,
    hit: str,
    dataset: str = "",
    connectivity: float | None = None,
    n_genes: int = 15,
    n_all: int | None = None,
    simulated: bool = False,
) -> Figure:
    """Draw the genes that carry a score and those that speak against it, with both values and their standard errors.

    Parameters
    ----------
    genes
        Rows with ``gene_id`` and ``contribution``; ``gene_symbol``, ``query_lfc``, ``query_se``, ``query_z`` and the
        same of ``hit`` where they are known. Fold changes are drawn where both sides have them, else z.
    title, dataset, simulated
        What is shown, and of what.
    query, hit
        Names of the two.
    connectivity
        The whole score.
    n_genes
        How many genes at either end at most.
    n_all
        How many genes were compared, where more than there are rows.

    Raises
    ------
    InputError
        A gene has no contribution.
    """
    rows = known(checked(genes, "gene_id", "contribution"), "contribution")
    rows.sort(key=lambda row: (-row["contribution"], str(row["gene_id"])))
    agreeing = [row for row in rows if row["contribution"] > 0][:n_genes]
    disagreeing = [row for row in rows if row["contribution"] < 0][-n_genes:]
    drawn = [*agreeing, *disagreeing]
    if not drawn:
        return look.nothing(title, "no gene adds to the score or takes from it", about=[dataset], simulated=simulated)
    carried = fsum(row["contribution"] for row in drawn)
    about = [
        f"{dataset + ': ' if dataset else ''}{len(agreeing)} genes that carry the score most and {len(disagreeing)} that speak "
        f"against it, of {max(n_all or 0, len(rows)):,}",
        f"They add {carried:+.3f}" + ("" if connectivity is None else f" to a connectivity of {connectivity:.3f}"),
    ]
    names = _names(drawn)
    layer = next((name for name in LAYERS if _has(drawn, name)), None)
    panels = [_bars(drawn, names)]
    if layer is not None:
        panels.append(_values(drawn, names, layer, {"query": query, "hit": hit}))
        if layer == "lfc" and any(is_number(row.get("query_se")) for row in drawn):
            about.append("Lines beside the points: ± 1 standard error")
    resolve = {"scale": {"color": "independent", "shape": "independent"}}
    body: Spec = {"hconcat": panels, "spacing": 14, "resolve": resolve}
    return look.figure(title, body, about=about, simulated=simulated)


def _has(rows: Sequence[Row], layer: str) -> bool:
    """Say whether a layer is there on both sides."""
    return all(any(is_number(row.get(f"{side}_{layer}")) for row in rows) for side in SIDES)


def _names(rows: Sequence[Row]) -> list[str]:
    """Name genes; where two share a symbol the id stands beside it."""
    symbols = [str(row.get("gene_symbol") or row["gene_id"]) for row in rows]
    return [
        label_of({"name": symbol if symbols.count(symbol) == 1 else f"{symbol} {row['gene_id']}"}, widest=30)
        for symbol, row in zip(symbols, rows, strict=True)
    ]


def _genes(names: Sequence[str], *, labels: bool) -> Spec:
    """Encode the genes from the top."""
    axis = {"title": None, "ticks": False, "domain": False, "labels": labels, "labelLimit": 260, "grid": not labels}
    return {"field": "gene", "type": "nominal", "sort": list(names), "axis": axis}


def _bars(rows: Sequence[Row], names: Sequence[str]) -> Spec:
    """Draw what each gene adds."""
    marks = [
        {"gene": name, "adds": round(row["contribution"], 6), "side": "for" if row["contribution"] > 0 else "against"}
        for name, row in zip(names, rows, strict=True)
    ]
    ends = [mark["adds"] for mark in marks] + [0.0]
    air = 0.03 * (max(ends) - min(ends))
    x = look.quantity("adds", "adds to the connectivity", (min(ends) - air, max(ends) + air), tickCount=5)
    scale = {"domain": ["for", "against"], "range": [look.GREEN, look.VERMILION]}
    colour = {"field": "side", "type": "nominal", "scale": scale, "legend": None}
    tooltip = [{"field": "gene", "type": "nominal"}, {"field": "adds", "type": "quantitative", "format": "+.4f"}]
    channels = {"x": x, "y": _genes(names, labels=True), "color": colour, "tooltip": tooltip}
    bar = {"type": "bar", "height": STEP - 6}
    layers = [
        {"name": "contributions", "data": look.data(marks), "mark": bar, "encoding": channels},
        look.rule(x=0.0, colour=look.GREY),
    ]
    return {"width": WIDTH, "height": STEP * len(names), "layer": layers}


def _values(rows: Sequence[Row], names: Sequence[str], layer: str, called: Mapping[str, str]) -> Spec:
    """Draw the values of both signatures."""
    labels = {side: f"{label_of({'name': name})} ({side})" for side, name in called.items()}
    marks: list[Row] = []
    for name, row in zip(names, rows, strict=True):
        for side, label in labels.items():
            value, se = row.get(f"{side}_{layer}"), row.get(f"{side}_se")
            if not is_number(value):
                continue
            spread = float(se) if layer == "lfc" and is_number(se) else 0.0  # type: ignore[arg-type]  # is_number says so
            at = float(value)  # type: ignore[arg-type]
            marks.append(
                {"gene": name, "of": label, "value": round(at, 5), "low": round(at - spread, 5), "high": round(at + spread, 5),
                 "se": f"{spread:.3f}" if spread else "-"}
            )  # fmt: skip
    ends = [mark[end] for mark in marks for end in ("low", "high")] + [0.0]
    air = 0.04 * max(max(ends) - min(ends), 1e-6)
    x = look.quantity("value", LAYERS[layer], (min(ends) - air, max(ends) + air), tickCount=6)
    scale = {"domain": list(labels.values())}
    colour = {
        "field": "of", "type": "nominal", "legend": look.legend(None),
        "scale": {**scale, "range": [SIDES[side][0] for side in labels]},
    }  # fmt: skip
    shape = {**colour, "scale": {**scale, "range": [SIDES[side][1] for side in labels]}}
    offset = {"field": "of", "type": "nominal", "scale": {"domain": list(labels.values()), "paddingOuter": 0.6}}
    y = {"y": _genes(names, labels=False), "yOffset": offset}
    tooltip = [{"field": "gene", "type": "nominal"}, {"field": "of", "type": "nominal"},
               {"field": "value", "type": "quantitative", "title": LAYERS[layer], "format": ".3f"},
               {"field": "se", "type": "nominal", "title": "standard error"}]  # fmt: skip
    spans = {"x": {**x, "field": "low"}, "x2": {"field": "high"}, **y, "color": colour}
    points = {"x": x, **y, "color": colour, "shape": shape, "tooltip": tooltip}
    layers = [
        look.rule(x=0.0, colour=look.GREY),
        {"name": "errors", "data": look.data(marks), "mark": {"type": "rule", "strokeWidth": 1.4}, "encoding": spans},
        {"name": "values", "data": look.data(marks), "mark": {"type": "point", "filled": True, "size": 40, "opacity": 1},
         "encoding": points},
    ]  # fmt: skip
    return {"width": WIDTH, "height": STEP * len(names), "layer": layers}
