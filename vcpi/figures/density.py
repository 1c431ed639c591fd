"""The landscape: all pairs of a dataset by Tanimoto and connectivity, the notable ones by name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vcpi.figures import look
from vcpi.figures.drawings import pictured
from vcpi.figures.labels import label_of, leaders, place
from vcpi.figures.rows import checked, known, tips, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from vcpi.figures.drawings import Draw
    from vcpi.figures.figure import Figure, Spec
    from vcpi.figures.rows import Row

WIDTH, TALL = 660, 470
_EDGES = ("tanimoto_from", "tanimoto_to", "connectivity_from", "connectivity_to")
_GREYS = ["#F0F0F0", "#4D4D4D"]


def landscape(
    cells: Iterable[Mapping[str, Any]],
    *,
    title: str,
    notable: Iterable[Mapping[str, Any]] = (),
    dataset: str = "",
    tanimoto_from: float = 0.5,
    about: Sequence[str] = (),
    draw: Draw | None = None,
    simulated: bool = False,
) -> Figure:
    """Draw how many pairs lie where, darker for more (log scale), and the notable pairs by name.

    Parameters
    ----------
    cells
        Rows with ``tanimoto_from``, ``tanimoto_to``, ``connectivity_from``, ``connectivity_to`` and ``n``.
    title, dataset, simulated
        What is shown, and of what.
    notable
        Rows with ``name_a``, ``name_b``, ``tanimoto``, ``connectivity`` and ``relation``.
    tanimoto_from
        Where the upright line lies.
    about
        More lines below the title.
    draw
        Takes a notable pair and gives one drawing of both as SVG, or None; called when a page is written.

    Raises
    ------
    InputError
        A cell or a pair lacks one of its fields.
    """
    rows = [row for row in known(checked(cells, *_EDGES, "n"), *_EDGES, "n") if row["n"] > 0]
    if not rows:
        return look.nothing(
            title, "there are no pairs of compounds with structures", about=[dataset], simulated=simulated
        )
    fields = ("name_a", "name_b", "tanimoto", "connectivity", "relation")
    pairs = [
        {**row, "name": f"{row['name_a']} / {row['name_b']}"}
        for row in known(checked(notable, *fields), "tanimoto", "connectivity")
    ]
    lines = [
        f"{dataset + ': ' if dataset else ''}{look.count(sum(row['n'] for row in rows), 'pair')} of compounds"
        + (f"; {len(pairs)} notable ones by name" if pairs else ""),
        *about,
    ]
    marks = _marks(pairs)
    body = _body(rows, pairs, marks, tanimoto_from=tanimoto_from, page=False)
    if draw is None or not pairs:
        return look.figure(title, body, about=lines, simulated=simulated)

    def hover() -> tuple[Spec, tuple[str, ...]]:
        """Make the page's figure, with drawings."""
        found, notes = pictured(marks, pairs, draw)
        told_all = [{"image": "", **mark} for mark in found]
        page = _body(rows, pairs, told_all, tanimoto_from=tanimoto_from, page=True)
        hint = "Point at a named pair to see both structures, at a cell to see how many pairs it holds."
        return look.figure(title, page, about=lines, simulated=simulated).spec, (hint, *notes)

    return look.figure(title, body, about=lines, simulated=simulated, hover=hover)


def _marks(pairs: Sequence[Row]) -> list[Row]:
    """Write pairs as the figure holds them."""
    return [
        {
            "tanimoto": round(row["tanimoto"], 5),
            "connectivity": round(row["connectivity"], 5),
            "kind": look.RELATIONS[row["relation"]][0] if row["relation"] in look.RELATIONS else "not known",
            **said,
        }
        for row, said in zip(pairs, told(pairs), strict=True)
    ]


def _body(rows: Sequence[Row], pairs: Sequence[Row], marks: Sequence[Row], *, tanimoto_from: float, page: bool) -> Spec:
    """Put the layers together."""
    low = min([row["connectivity_from"] for row in rows] + [row["connectivity"] for row in pairs])
    high = max([row["connectivity_to"] for row in rows] + [row["connectivity"] for row in pairs])
    domain = (low - 0.02, high + 0.02)
    across = (-0.005, 1.005)
    x = look.quantity(
        "tanimoto", "structure: Tanimoto (Morgan, 0 to 1)", across, tickCount=10, format=".1f", grid=False
    )
    y = look.quantity("connectivity", "effect: connectivity (cosine, -1 to 1)", domain, grid=False)
    layers = [_cells(rows, x, y), look.rule(y=0.0, colour="#BBBBBB"), look.rule(x=round(tanimoto_from, 6))]
    if pairs:
        layers += [_pairs(marks, x, y, page=page), *_labels(rows, pairs, across, domain)]
    return {"width": WIDTH, "height": TALL, "layer": layers}


def _cells(rows: Sequence[Row], x: Spec, y: Spec) -> Spec:
    """Encode the counts."""
    cells = [
        {**{name: round(row[name], 5) for name in _EDGES}, "n": row["n"], "pairs": look.count(row["n"], "pair"),
         "looks": f"{row['tanimoto_from']:.2f} to {row['tanimoto_to']:.2f}",
         "acts": f"{row['connectivity_from']:.2f} to {row['connectivity_to']:.2f}"}
        for row in rows
    ]  # fmt: skip
    top = max(row["n"] for row in rows)
    values = [10**power for power in range(int(math.log10(top)) + 1)]
    legend = {
        "title": "pairs in a cell", "orient": "bottom", "gradientLength": 220, "format": ",d", "values": values,
    }  # fmt: skip
    scale = {"type": "log", "domain": [1, max(top, 2)], "range": _GREYS}
    return {
        "name": "cells",
        "data": look.data(cells),
        "mark": {"type": "rect", "clip": True},
        "encoding": {
            "x": {**x, "field": "tanimoto_from"},
            "x2": {"field": "tanimoto_to"},
            "y": {**y, "field": "connectivity_from"},
            "y2": {"field": "connectivity_to"},
            "color": {"field": "n", "type": "quantitative", "scale": scale, "legend": legend},
            "tooltip": [
                {"field": "pairs", "type": "nominal", "title": "title"},
                {"field": "looks", "type": "nominal", "title": "Tanimoto"},
                {"field": "acts", "type": "nominal", "title": "connectivity"},
            ],
        },
    }


def _pairs(marks: Sequence[Row], x: Spec, y: Spec, *, page: bool) -> Spec:
    """Encode the notable pairs."""
    legend = [*look.RELATIONS.values(), ("not known", look.GREY, "square")]
    used = [one for one in legend if any(mark["kind"] == one[0] for mark in marks)]
    names = [one[0] for one in used]
    kind = {"field": "kind", "type": "nominal", "legend": look.legend(None)}
    return {
        "name": "pairs",
        "data": look.data(marks),
        "mark": {"type": "point", "filled": True, "size": 75, "opacity": 1, "stroke": "white", "strokeWidth": 0.8},
        "encoding": {
            "x": x,
            "y": y,
            "fill": {**kind, "scale": {"domain": names, "range": [one[1] for one in used]}},
            "shape": {**kind, "scale": {"domain": names, "range": [one[2] for one in used]}},
            "tooltip": tips(marks, pictures=page),
        },
    }


def _labels(
    rows: Sequence[Row], pairs: Sequence[Row], across: tuple[float, float], domain: tuple[float, float]
) -> list[Spec]:
    """Name the notable pairs beside the crowd."""

    def pixels(tanimoto: float, connectivity: float) -> tuple[float, float]:
        """Return a place of the figure."""
        return (
            WIDTH * (tanimoto - across[0]) / (across[1] - across[0]),
            TALL * (domain[1] - connectivity) / (domain[1] - domain[0]),
        )

    points = [pixels(row["tanimoto"], row["connectivity"]) for row in pairs]
    top = max(row["n"] for row in rows)
    crowd = [
        pixels((row["tanimoto_from"] + row["tanimoto_to"]) / 2, (row["connectivity_from"] + row["connectivity_to"]) / 2)
        for row in rows
        if row["n"] > max(top**0.5, 5)
    ]
    named = [(at, label_of(row, widest=46)) for at, row in enumerate(pairs)]
    labels = place([*points, *crowd], named, width=WIDTH, height=TALL)
    return leaders(labels, points, x=across, y=domain, width=WIDTH, height=TALL)
