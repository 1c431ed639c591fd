"""Pairs of compounds, a row each: how alike their effects are, and how alike those of one effect would have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.figures import look
from vcpi.figures.drawings import pictured
from vcpi.figures.labels import label_of, width_of
from vcpi.figures.rows import checked, is_number, known, tips, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from vcpi.figures.drawings import Draw
    from vcpi.figures.figure import Figure, Spec
    from vcpi.figures.rows import Row

WIDTH, STEP = 520, 20
MOST_ROWS = 60
KINDS = {"other-effect": True, "no-effect": False}  # of a cliff, and whether its point is filled


def pair_rows(
    pairs: Iterable[Mapping[str, Any]],
    *,
    title: str,
    dataset: str = "",
    most: int = MOST_ROWS,
    ends: str = "lowest to highest",
    colour: str = look.VERMILION,
    draw: Draw | None = None,
    simulated: bool = False,
) -> Figure:
    """Draw the connectivity of pairs, one row each, with its range over wells and what one effect would have given.

    Parameters
    ----------
    pairs
        Rows with ``name_a``, ``name_b``, ``connectivity`` and ``tanimoto``, in their order; ``connectivity_low`` and
        ``connectivity_high`` (range over single wells) and ``expected`` where they are known.
    title, dataset, simulated
        What is shown, and of what.
    most
        How many pairs are drawn at most, the first ones.
    ends
        What of the pairs of single wells is at the ends of the range.
    colour
        Of the points.
    draw
        Takes a pair and gives one drawing of both as SVG, or None; called when a page is written.

    Raises
    ------
    InputError
        A pair lacks one of the four.
    """
    rows = known(checked(pairs, "name_a", "name_b", "connectivity", "tanimoto"), "connectivity", "tanimoto")
    if not rows:
        return look.nothing(title, "there is no such pair", about=[dataset], simulated=simulated)
    drawn = [{**row, "name": f"{row['name_a']} / {row['name_b']}"} for row in rows[:most]]
    about = [
        f"{dataset + ': ' if dataset else ''}{look.count(len(rows), 'pair')}"
        + (f", the first {len(drawn)} are drawn" if len(drawn) < len(rows) else "")
        + "; Tanimoto at the right"
    ]
    legend = []
    if any(is_number(row.get("connectivity_high")) and is_number(row.get("connectivity_low")) for row in drawn):
        legend.append(f"Bar: {ends} over pairs of single wells.")
    if any(is_number(row.get("expected")) for row in drawn):
        legend.append("Upright stroke: the connectivity that one shared effect would have given.")
    if len({row.get("kind") for row in drawn} & KINDS.keys()) > 0:
        legend.append("Disc: both act; ring: the weaker one is not active as it was measured.")
    about.append(" ".join(legend))
    marks = _marks(drawn, colour=colour)
    if draw is None:
        return look.figure(title, _body(marks, colour=colour, page=False), about=about, simulated=simulated)

    def hover() -> tuple[Spec, tuple[str, ...]]:
        """Make the page's figure, with drawings."""
        found, notes = pictured(marks, drawn, draw)
        body = _body([{"image": "", **mark} for mark in found], colour=colour, page=True)
        hint = "Point at a mark to see both structures."
        return look.figure(title, body, about=about, simulated=simulated).spec, (hint, *notes)

    return look.figure(title, _body(marks, colour=colour, page=False), about=about, simulated=simulated, hover=hover)


def _marks(rows: Sequence[Row], *, colour: str) -> list[Row]:
    """Write pairs as the figure holds them; equal names of two pairs are told apart by their place."""
    seen: dict[str, int] = {}
    found = []
    for row, said in zip(rows, told(rows), strict=True):
        names = " / ".join(label_of({"name": row[side]}, widest=24) for side in ("name_a", "name_b"))
        seen[names] = seen.get(names, 0) + 1
        numbers = ("connectivity", "connectivity_low", "connectivity_high", "expected")
        found.append(
            {
                "pair": names + (f" ({seen[names]})" if seen[names] > 1 else ""),
                **{name: round(row[name], 5) for name in numbers if is_number(row.get(name))},
                "looks": f"{row['tanimoto']:.2f}",
                "inside": colour if KINDS.get(str(row.get("kind")), True) else "#FFFFFF",
                **said,
            }
        )
    return found


def _body(marks: Sequence[Row], *, colour: str, page: bool) -> Spec:
    """Put the layers together."""
    names = [mark["pair"] for mark in marks]
    fields = ("connectivity", "connectivity_low", "connectivity_high", "expected")
    ends = [mark[field] for mark in marks for field in fields if field in mark] + [0.0]
    air = 0.05 * max(max(ends) - min(ends), 0.2)
    x = look.quantity(
        "connectivity",
        "effect: connectivity (cosine, -1 to 1)",
        (max(min(ends) - air, -1.05), min(max(ends) + air, 1.05)),
    )
    widest = max(width_of(name, look.TEXT) for name in names)
    y: Spec = {
        "field": "pair", "type": "nominal", "sort": names,
        "axis": {"title": None, "labelLimit": int(widest) + 40, "ticks": False, "domain": False, "labelPadding": 8},
    }  # fmt: skip
    plain = [{name: value for name, value in mark.items() if name != "image"} for mark in marks]  # one copy is enough
    ranged = [mark for mark in plain if mark.get("connectivity_low", 0.0) < mark.get("connectivity_high", 0.0)]
    judged = [mark for mark in plain if "expected" in mark]
    layers: list[Spec] = [look.rule(x=0.0, colour="#CCCCCC")]
    if judged:
        stem = {"type": "rule", "color": "#D0D0D0", "strokeWidth": 1}
        tick = {"type": "tick", "color": look.INK, "thickness": 2, "height": 13}
        channels = {"x": {**x, "field": "expected"}, "y": y}
        layers += [
            {"name": "stems", "data": look.data(judged), "mark": stem,
             "encoding": {**channels, "x2": {"field": "connectivity"}}},
            {"name": "expected", "data": look.data(judged), "mark": tick, "encoding": channels},
        ]  # fmt: skip
    if ranged:
        bar = {"type": "rule", "color": colour, "strokeWidth": 5, "opacity": 0.35}
        channels = {"x": {**x, "field": "connectivity_low"}, "x2": {"field": "connectivity_high"}, "y": y}
        layers.append({"name": "ranges", "data": look.data(ranged), "mark": bar, "encoding": channels})
    point = {"type": "point", "size": 62, "stroke": colour, "strokeWidth": 1.6, "opacity": 1}
    inside = {"field": "inside", "type": "nominal", "scale": None, "legend": None}
    looks = {"type": "text", "align": "left", "fontSize": look.TEXT, "color": "#555555"}
    layers += [
        {"name": "pairs", "data": look.data(marks), "mark": point,
         "encoding": {"x": x, "y": y, "fill": inside, "tooltip": tips(marks, pictures=page)}},
        {"name": "looks", "data": look.data(plain), "mark": looks,
         "encoding": {"x": {"value": WIDTH + 10}, "y": y, "text": {"field": "looks", "type": "nominal"}}},
    ]  # fmt: skip
    return {"width": WIDTH, "height": {"step": STEP}, "layer": layers}
