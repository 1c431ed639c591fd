"""The rank plot: every hit in its place, the best by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcpi.figures import look
from vcpi.figures.labels import HEIGHT, Label, label_of, leaders, place, spread
from vcpi.figures.rows import SURE, bar, checked, kinds, known, thinned, tips, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vcpi.figures.figure import Figure, Spec
    from vcpi.figures.rows import Row

WIDTH, TALL = 660, 400
CROWDED = 0.25  # of the width; labelled points on less are named in a column beside them
_KEPT_AT_ENDS = 1_000


def rank_plot(
    hits: Iterable[Mapping[str, Any]],
    *,
    title: str,
    dataset: str = "",
    n_labelled: int = 10,
    n_all: int | None = None,
    threshold: float | None = None,
    reverse: bool = False,
    method: str = "cosine",
    simulated: bool = False,
) -> Figure:
    """Draw connectivity over rank, the first hits by name.

    Parameters
    ----------
    hits
        Rows with ``name`` and ``connectivity``; ``q_noise``, ``relation``, ``class``, ``tanimoto`` and others where
        they are known. With a ``class`` in any row colours stand for classes, else for relations.
    title
        What is shown.
    dataset
        Where the hits come from.
    n_labelled
        How many of the first are named.
    n_all
        How many compounds were ranked, where more than there are rows.
    threshold
        Connectivity of the dashed line; that from which rows have q below 0.05 where None.
    reverse
        The most negative connectivity is the first.
    method
        What the connectivity is.
    simulated
        Whether the counts are simulated.

    Raises
    ------
    InputError
        A row has no name or no connectivity.
    """
    rows = known(checked(hits, "name", "connectivity"), "connectivity")
    if not rows:
        return look.nothing(title, "no hit has a connectivity", about=[dataset], simulated=simulated)
    rows.sort(key=lambda row: (row["connectivity"] if reverse else -row["connectivity"], str(row["name"])))
    rows = [{**row, "rank": rank} for rank, row in enumerate(rows, start=1)]
    line = bar(rows, reverse=reverse) if threshold is None else threshold
    if threshold is None and all((row.get("q_noise") or 0.0) < SURE for row in rows):
        line = None  # the bar lies beyond what was handed in
    domain = _reach([row["connectivity"] for row in rows], line, method)
    drawn = thinned(rows, [min(row["rank"], len(rows) - row["rank"]) <= _KEPT_AT_ENDS for row in rows])
    by_class = any(row.get("class") for row in rows)
    total = max(n_all or 0, len(rows))
    about = [
        f"{dataset + ': ' if dataset else ''}{look.count(total, 'compound')} ranked by connectivity"
        + (", most opposite first" if reverse else "")
        + (f"; the first {len(rows):,} are drawn" if total > len(rows) else "")
        + (f"; {len(drawn):,} of the points are drawn" if len(drawn) < len(rows) else ""),
    ]
    layers = [
        look.rule(y=0.0, colour="#CCCCCC"),
        _points(drawn, rows, domain, method=method, by_class=by_class, n_labelled=n_labelled),
    ]
    if line is not None:
        name = "q < 0.05" if threshold is None else "threshold"
        text = f"{name} {'down' if reverse else 'up'} from {line:.2f}"
        height = TALL * (domain[1] - line) / (domain[1] - domain[0])
        layers += [
            look.rule(y=round(line, 6)),
            look.corner(text, x=WIDTH, y=height - 5, align="right", baseline="bottom"),
        ]
    layers += _labels(rows[:n_labelled], rows, domain)
    body = {"width": WIDTH, "height": TALL, "layer": layers}
    return look.figure(title, body, about=about, simulated=simulated)


def _reach(values: Sequence[float], line: float | None, method: str) -> tuple[float, float]:
    """Choose the ends of the upright axis."""
    ends = [*values, 0.0] if line is None else [*values, 0.0, line]
    low, high = min(ends), max(ends)
    air = 0.06 * max(high - low, 0.1)
    return look.within(low - air, high + air, method)


def _points(
    drawn: Sequence[Row],
    rows: Sequence[Row],
    domain: tuple[float, float],
    *,
    method: str,
    by_class: bool,
    n_labelled: int,
) -> Spec:
    """Encode the points."""
    if by_class:
        names, colours = kinds(rows, first=n_labelled)
        values = [row["class"] if row.get("class") in names else names[-1] for row in drawn]
        shapes = ["circle"] * len(names)
        heading = "class"
    else:
        used = [name for name in look.RELATIONS if any(row.get("relation") == name for row in rows)]
        names = [look.RELATIONS[name][0] for name in used] or ["compound"]
        colours = [look.RELATIONS[name][1] for name in used] or [look.BLUE]
        shapes = [look.RELATIONS[name][2] for name in used] or ["circle"]
        if used and any(row.get("relation") not in used for row in rows):
            names, colours, shapes = [*names, "not known"], [*colours, look.GREY], [*shapes, "square"]
        values = [look.RELATIONS[row["relation"]][0] if row.get("relation") in used else names[-1] for row in drawn]
        heading = "relation"
    marks = [
        {"rank": row["rank"], "connectivity": round(row["connectivity"], 6), "kind": kind, **said}
        for row, kind, said in zip(drawn, values, told(drawn), strict=True)
    ]
    marks.sort(key=lambda mark: mark["kind"] == "other or none", reverse=True)  # the named classes lie on top
    legend = None if len(names) == 1 else look.legend(heading)
    ends = (0.0, max(row["rank"] for row in rows) * 1.01 + 0.5)
    return {
        "name": "hits",
        "data": look.data(marks),
        "mark": {"type": "point", "filled": True, "size": 46, "opacity": 0.85},
        "encoding": {
            "x": look.quantity("rank", "rank", ends, tickMinStep=1, format=",d", grid=False),
            "y": look.quantity("connectivity", look.effect(method, what="connectivity")[0], domain),
            "color": {
                "field": "kind", "type": "nominal", "scale": {"domain": names, "range": colours}, "legend": legend
            },
            "shape": {"field": "kind", "type": "nominal", "scale": {"domain": names, "range": shapes}, "legend": legend},
            "tooltip": tips(marks),
        },
    }  # fmt: skip


def _labels(first: Sequence[Row], rows: Sequence[Row], domain: tuple[float, float]) -> list[Spec]:
    """Name the first hits, in a column beside them where they stand close."""
    right = max(row["rank"] for row in rows) * 1.01 + 0.5
    points = [
        (WIDTH * row["rank"] / right, TALL * (domain[1] - row["connectivity"]) / (domain[1] - domain[0]))
        for row in rows
    ]
    named = [(at, label_of(row)) for at, row in enumerate(first)]
    if not named:
        return []
    if points[len(named) - 1][0] > CROWDED * WIDTH:
        labels = place(points, named, width=WIDTH, height=TALL, size=look.SMALL, room=60)
        return leaders(labels, points, x=(0.0, right), y=domain, width=WIDTH, height=TALL)
    order = sorted(named, key=lambda one: points[one[0]][1])
    heights = [points[at][1] for at, _ in order]
    gap = HEIGHT * look.SMALL + 1
    x = points[len(named) - 1][0] + 34
    beside = (
        [py for px, py in points if x <= px <= x + 160] if first[-1]["connectivity"] > first[0]["connectivity"] else []
    )
    last = min([heights[-1] - 4, *(py - gap for py in beside)])
    last = max(last, min(gap * (len(order) - 1) + gap / 2, TALL))
    places = spread(heights, gap=gap, low=gap / 2, high=last)
    column = [Label(at=at, text=text, x=x, y=y, align="left") for (at, text), y in zip(order, places, strict=True)]
    return leaders(column, points, x=(0.0, right), y=domain, width=WIDTH, height=TALL)
