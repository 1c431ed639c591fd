"""Where labels go so that they cover neither one another nor the points they name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vcpi.figures import look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    from vcpi.figures.figure import Spec

EM = 0.56  # mean width of a letter over the font size, on the safe side
HEIGHT = 1.25  # of a line over the font size
_REACHES = (10.0, 16.0, 26.0, 40.0, 60.0, 85.0, 120.0)
_ANGLES = tuple(math.radians(degree) for degree in (0, 35, -35, 60, -60, 90, -90, 120, -120, 145, -145, 180))
COVERED, CROSSED = 70.0, 60.0  # what covering a point and crossing another leader cost, in pixels of distance


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text whose left end (right end where ``align`` is ``right``) is at x, centred on y; pixels from the top left."""

    at: int
    text: str
    x: float
    y: float
    align: str


def width_of(text: str, size: float) -> float:
    """Estimate the width of a text in pixels."""
    return EM * size * len(text)


def place(
    points: ArrayLike,
    named: Sequence[tuple[int, str]],
    *,
    width: float,
    height: float,
    size: float = 11.0,
    room: float = 0.0,
) -> list[Label]:
    """Place labels beside points, the first named first; a label that finds no room is left out.

    Parameters
    ----------
    points
        All points of the figure, shape (n, 2), pixels from the top left.
    named
        Row of a point and its text.
    width, height
        Of the figure, pixels.
    size
        Of the letters, pixels.
    room
        How far labels may reach over the right end, pixels.

    Examples
    --------
    >>> [(label.text, label.align) for label in place([[10, 50], [12, 50]], [(0, "a"), (1, "b")], width=99, height=99)]
    [('a', 'left'), ('b', 'left')]
    """
    where = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    boxes: list[tuple[float, float, float, float]] = []
    leaders: list[tuple[float, float, float, float]] = []
    found: list[Label] = []
    for row, text in named:
        px, py = where[row].tolist()
        best: tuple[float, Label, tuple[float, float, float, float]] | None = None
        for reach in _REACHES:
            if best is not None and reach >= best[0]:
                break
            for angle in _ANGLES:
                x, y = px + reach * math.cos(angle), py - reach * math.sin(angle)
                left = math.cos(angle) > -0.1  # noqa: PLR2004 - straight up reads as to the right
                span = width_of(text, size)
                box = (x if left else x - span, y - HEIGHT * size / 2, x + span if left else x, y + HEIGHT * size / 2)
                if box[0] < 0 or box[2] > width + room or box[1] < 0 or box[3] > height:
                    continue
                if any(_meet(box, other) for other in boxes):
                    continue
                leader = (px, py, x, y)
                if any(_cuts(leader, other) for other in boxes) or any(_cuts(other, box) for other in leaders):
                    continue
                crossed = sum(_cross(leader, other) for other in leaders)
                cost = reach + COVERED * _inside(where, box) + CROSSED * crossed
                if best is None or cost < best[0]:
                    align = "left" if left else "right"
                    best = (cost, Label(at=row, text=text, x=x, y=y, align=align), box)
        if best is not None:
            found.append(best[1])
            boxes.append(best[2])
            leaders.append((px, py, best[1].x, best[1].y))
    return found


def spread(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Move places along a line apart until none is nearer to the next than a gap, in their order.

    Parameters
    ----------
    wanted
        Ascending places.
    gap
        Least distance.
    low, high
        Ends of the line; where the places do not fit, the gap shrinks.

    Examples
    --------
    >>> spread([5.0, 5.0, 5.0], gap=4.0, low=0.0, high=100.0)
    [1.0, 5.0, 9.0]
    """
    n = len(wanted)
    if n > 1:
        gap = min(gap, (high - low) / (n - 1))
    pools: list[tuple[float, int]] = []  # mean and size; less its gaps each place only has to be no lower than the last
    for at, value in enumerate(wanted):
        mean, size = value - at * gap, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, size = (mean * size + other * more) / (size + more), size + more
        pools.append((mean, size))
    most = high - gap * (n - 1)
    level = [min(max(mean, low), most) for mean, size in pools for _ in range(size)]
    return [round(value + at * gap, 6) for at, value in enumerate(level)]


def label_of(row: Mapping[str, Any], *, widest: int = 28) -> str:
    """Return the name of a row, cut where it is long."""
    name = " ".join(str(row["name"]).split())
    return name if len(name) <= widest else f"{name[: widest - 1]}…"


def leaders(
    labels: Sequence[Label],
    points: Sequence[tuple[float, float]],
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    width: float,
    height: float,
) -> list[Spec]:
    """Draw labels, each with a thin line to its point, in the units of the axes so that they move with the points.

    Parameters
    ----------
    labels, points
        Pixels from the top left.
    x, y
        Ends of the axes.
    width, height
        Of the figure, pixels.
    """
    if not labels:
        return []

    def across(pixels: float) -> float:
        """Return the value at a place of the lying axis."""
        return round(x[0] + (x[1] - x[0]) * pixels / width, 6)

    def up(pixels: float) -> float:
        """Return the value at a place of the upright axis."""
        return round(y[1] - (y[1] - y[0]) * pixels / height, 6)

    rows = [
        {
            "x": across(label.x), "y": up(label.y), "px": across(points[label.at][0]), "py": up(points[label.at][1]),
            "text": label.text,
        }
        for label in labels
    ]  # fmt: skip
    mark: Spec = {"type": "rule", "color": look.LEADER, "strokeWidth": 0.7, "clip": True}
    channels = {"x": _number("px"), "y": _number("py"), "x2": {"field": "x"}, "y2": {"field": "y"}}
    layers: list[Spec] = [{"name": "leaders", "data": look.data(rows), "mark": mark, "encoding": channels}]
    for align, step in (("left", 2), ("right", -2)):
        some = [row for row, label in zip(rows, labels, strict=True) if label.align == align]
        mark = {
            "type": "text",
            "align": align,
            "baseline": "middle",
            "fontSize": look.SMALL,
            "color": look.INK,
            "dx": step,
        }
        channels = {"x": _number("x"), "y": _number("y"), "text": {"field": "text", "type": "nominal"}}
        if some:
            layers.append({"name": f"names_{align}", "data": look.data(some), "mark": mark, "encoding": channels})
    return layers


def _number(field: str) -> Spec:
    """Encode a number on the axis that the figure has."""
    return {"field": field, "type": "quantitative"}


def _meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Say whether two boxes overlap, with a little air between them."""
    return a[0] < b[2] + 3 and b[0] < a[2] + 3 and a[1] < b[3] + 1 and b[1] < a[3] + 1


def _cuts(line: tuple[float, ...], box: tuple[float, ...]) -> bool:
    """Say whether a leader runs through a box."""
    for at in range(1, 12):
        x, y = line[0] + (line[2] - line[0]) * at / 12, line[1] + (line[3] - line[1]) * at / 12
        if box[0] - 1 < x < box[2] + 1 and box[1] - 1 < y < box[3] + 1:
            return True
    return False


def _cross(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Say whether two leaders cross."""

    def side(line: tuple[float, ...], x: float, y: float) -> bool:
        """Say on which side of a line a point is."""
        return (line[2] - line[0]) * (y - line[1]) - (line[3] - line[1]) * (x - line[0]) > 0

    return side(a, b[0], b[1]) != side(a, b[2], b[3]) and side(b, a[0], a[1]) != side(b, a[2], a[3])


def _inside(points: NDArray[np.float64], box: tuple[float, ...]) -> int:
    """Count the points that a box would cover."""
    x, y = points[:, 0], points[:, 1]
    return int(((x > box[0] - 6) & (x < box[2] + 6) & (y > box[1] - 2) & (y < box[3] + 2)).sum())
