"""Structure against effect: compounds, or pairs of them, by Tanimoto and connectivity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcpi.figures import look
from vcpi.figures.drawings import pictured
from vcpi.figures.labels import label_of, leaders, place
from vcpi.figures.rows import bar, checked, known, thinned, tips, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vcpi.figures.drawings import Draw
    from vcpi.figures.figure import Figure, Spec
    from vcpi.figures.rows import Row

WIDTH, TALL = 660, 470
MOST_DRAWINGS = 200
MOST_KEPT = 2_500  # points that stay where others are left out
_ACROSS = (-0.02, 1.02)
_ZOOM: Spec = {"name": "zoom", "select": "interval", "bind": "scales"}


def structure_function(
    points: Iterable[Mapping[str, Any]],
    *,
    title: str,
    dataset: str = "",
    noun: str = "compound",
    tanimoto_from: float = 0.5,
    connectivity_from: float | None = None,
    n_labelled: int = 14,
    draw: Draw | None = None,
    most_drawings: int = MOST_DRAWINGS,
    method: str = "cosine",
    simulated: bool = False,
) -> Figure:
    """Draw connectivity over Tanimoto in four quadrants, the most telling points by name.

    Parameters
    ----------
    points
        Rows with ``name``, ``tanimoto``, ``connectivity`` and ``relation`` (``analog-mimic``, ``scaffold-hop``,
        ``activity-cliff``, ``unrelated`` or None); ``q_noise`` and others where they are known.
    title, dataset, simulated
        What is shown, and of what.
    noun
        What a point is, in the singular.
    tanimoto_from
        Where the upright line lies.
    connectivity_from
        Where the lying line is; that from which points have q below 0.05 where None.
    n_labelled
        How many points are named at most: by quadrant in turn, the furthest out first.
    draw
        Takes a point and gives its drawing as SVG, or None; called for points that the page shows, when it is written.
    most_drawings
        How many points have one at most, the named ones first.
    method
        What the connectivity is.

    Raises
    ------
    InputError
        A point lacks one of the four.
    """
    rows = known(checked(points, "name", "tanimoto", "connectivity", "relation"), "tanimoto", "connectivity")
    if not rows:
        reason = f"no {noun} has both a Tanimoto and a connectivity"
        return look.nothing(title, reason, about=[dataset], simulated=simulated)
    rows.sort(key=lambda row: (-row["connectivity"], -row["tanimoto"], str(row["name"])))
    line = bar(rows) if connectivity_from is None else connectivity_from
    domain = _reach(rows, line, method)
    kept = set(_telling(rows)[:MOST_KEPT])
    drawn = thinned(rows, [at in kept for at in range(len(rows))])
    order = _telling(drawn)
    counts = ", ".join(
        f"{sum(row['relation'] == name for row in rows):,} {name}"
        for name in look.RELATIONS
        if any(row["relation"] == name for row in rows)
    )
    about = [
        f"{dataset + ': ' if dataset else ''}{look.count(len(rows), noun)}"
        + (f" ({counts})" if counts else "")
        + (f"; {len(drawn):,} are drawn" if len(drawn) < len(rows) else "")
    ]

    def body(marks: Sequence[Row], *, page: bool) -> Spec:
        """Put the parts together, for a page or for paper."""
        layers = _frame(domain, tanimoto_from=tanimoto_from, line=line, named=connectivity_from is None)
        layers += [_points(marks, domain, method=method, page=page)]
        layers += _labels([drawn[at] for at in order[:n_labelled]], drawn, domain)
        return {"width": WIDTH, "height": TALL, "layer": layers}

    marks = _marks(drawn)
    if draw is None:
        return look.figure(title, body(marks, page=False), about=about, simulated=simulated)
    chosen = sorted(order[:most_drawings])

    def hover() -> tuple[Spec, tuple[str, ...]]:
        """Make the page's figure, with drawings."""
        with_drawings, notes = pictured([marks[at] for at in chosen], [drawn[at] for at in chosen], draw)
        told_all = [{**mark, "image": ""} for mark in marks]
        for at, mark in zip(chosen, with_drawings, strict=True):
            told_all[at] = {"image": "", **mark}
        if len(chosen) < len(marks):
            notes = (*notes, f"{len(chosen):,} of {len(marks):,} points have a drawing: those furthest out")
        hint = "Point at a mark to see what it is; drag to move, turn the wheel to zoom, double-click to go back."
        return look.figure(title, body(told_all, page=True), about=about, simulated=simulated).spec, (hint, *notes)

    return look.figure(title, body(marks, page=False), about=about, simulated=simulated, hover=hover)


def _reach(rows: Sequence[Row], line: float | None, method: str) -> tuple[float, float]:
    """Choose the ends of the upright axis."""
    ends = [row["connectivity"] for row in rows] + [0.0] + ([] if line is None else [line])
    air = 0.08 * max(max(ends) - min(ends), 0.2)
    return look.within(min(ends) - air, max(ends) + air, method)


def _telling(rows: Sequence[Row]) -> list[int]:
    """Order points by how much there is to say of them: quadrants in turn, the furthest out of each first."""
    keys: dict[str, Callable[[Row], float]] = {
        "analog-mimic": lambda row: -row["connectivity"] - row["tanimoto"],
        "scaffold-hop": lambda row: -row["connectivity"],
        "activity-cliff": lambda row: row["connectivity"] - row["tanimoto"],
        "unrelated": lambda row: -abs(row["connectivity"]) - row["tanimoto"],
    }
    ranked = [
        sorted((at for at, row in enumerate(rows) if row["relation"] == name), key=lambda at: key(rows[at]))
        for name, key in keys.items()
    ]
    told_of = [group for group in ranked[:-1] if group]
    turns = [group[turn] for turn in range(max(map(len, told_of), default=0)) for group in told_of if turn < len(group)]
    rest = ranked[-1] + [at for at, row in enumerate(rows) if row["relation"] not in keys]
    return [*turns, *rest]


def _frame(domain: tuple[float, float], *, tanimoto_from: float, line: float | None, named: bool) -> list[Spec]:
    """Draw the lines between the quadrants and name them in the corners."""
    layers = [look.rule(y=0.0, colour="#DDDDDD"), look.rule(x=round(tanimoto_from, 6))]
    if line is not None:
        text = f"{'q < 0.05' if named else 'alike in effect'} up from {line:.2f}"
        height = TALL * (domain[1] - line) / (domain[1] - domain[0])
        layers += [
            look.rule(y=round(line, 6)),
            look.corner(text, x=WIDTH - 4, y=height - 4, align="right", baseline="bottom"),
        ]
    for name, x, y, align, baseline in (
        ("scaffold-hop", 6, 4, "left", "top"),
        ("analog-mimic", WIDTH - 4, 4, "right", "top"),
        ("activity-cliff", WIDTH - 4, TALL - 4, "right", "bottom"),
        ("unrelated", 6, TALL - 4, "left", "bottom"),
    ):
        colour = look.RELATIONS[name][1] if name != "unrelated" else look.GREY
        layers.append(look.corner(name, x=x, y=y, align=align, baseline=baseline, colour=colour))
    return layers


def _marks(rows: Sequence[Row]) -> list[Row]:
    """Write points as the figure holds them."""
    return [
        {
            "tanimoto": round(row["tanimoto"], 5),
            "connectivity": round(row["connectivity"], 5),
            "kind": look.RELATIONS[row["relation"]][0] if row["relation"] in look.RELATIONS else "not known",
            **said,
        }
        for row, said in zip(rows, told(rows), strict=True)
    ]


def _points(marks: Sequence[Row], domain: tuple[float, float], *, method: str, page: bool) -> Spec:
    """Encode the points; those that say least lie below."""
    legend = [*look.RELATIONS.values(), ("not known", look.GREY, "square")]
    used = [one for one in legend if any(mark["kind"] == one[0] for mark in marks)]
    names = [one[0] for one in used]
    told_last = {"alike in neither (unrelated)": 0, "not known": 0}
    ordered = sorted(marks, key=lambda mark: told_last.get(mark["kind"], 1))
    scales: dict[str, Any] = {
        "color": {"domain": names, "range": [one[1] for one in used]},
        "shape": {"domain": names, "range": [one[2] for one in used]},
    }
    mark = {"type": "point", "filled": True, "size": 58, "opacity": 0.85, "clip": True}
    spec: Spec = {
        "name": "points",
        "data": look.data(ordered),
        "mark": mark,
        "encoding": {
            "x": look.quantity(
                "tanimoto", "structure: Tanimoto (Morgan, 0 to 1)", _ACROSS, grid=False, tickCount=10, format=".1f"
            ),
            "y": look.quantity("connectivity", look.effect(method)[0], domain, grid=False),
            **{
                channel: {"field": "kind", "type": "nominal", "scale": scale, "legend": look.legend(None)}
                for channel, scale in scales.items()
            },
            "tooltip": tips(ordered, pictures=page),
        },
    }
    return {**spec, "params": [_ZOOM]} if page else spec


def _labels(named: Sequence[Row], rows: Sequence[Row], domain: tuple[float, float]) -> list[Spec]:
    """Name points where there is room, in data units so that the names move with them."""
    low, high = _ACROSS
    points = [
        (
            WIDTH * (row["tanimoto"] - low) / (high - low),
            TALL * (domain[1] - row["connectivity"]) / (domain[1] - domain[0]),
        )
        for row in rows
    ]
    at = {id(row): place_ for place_, row in enumerate(rows)}
    wanted = [(at[id(row)], label_of(row)) for row in named if row["relation"] not in ("unrelated", None)]
    corners = [(20.0 + 12 * x, y) for x in range(6) for y in (8.0, TALL - 8.0)]
    corners += [(WIDTH - 20.0 - 12 * x, y) for x in range(6) for y in (8.0, TALL - 8.0)]
    labels = place([*points, *corners], wanted, width=WIDTH, height=TALL)
    return leaders(labels, points, x=_ACROSS, y=domain, width=WIDTH, height=TALL)
