"""The plots of a report as inline SVG: axes with what noise gives, genes by replicate, clouds, scales of quality.

Direction is told by side and sign, certainty by filled and hollow; colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, isfinite, log10, sqrt
from typing import Any

from vcpi.svg import BLUE, BROWN, GREY, INK, ORANGE, PALE, WIDTH, box, dot, line, opening, shortened, text

ROW, LABEL, RIGHT, FOOT = 22, 250, 120, 40
LETTERS = 32
CLOUD_HEIGHT, LEFT, BOTTOM, TOP = 400, 60, 46, 16
COLUMNS, ROWS = 80, 50
NAMED = 14
LETTER, LINE = 6.2, 13  # width of a letter, about, and height of a line
DOT = 6  # radius of a point with what keeps names off it

Row = Mapping[str, Any]


def reach_of(rows: Sequence[Row]) -> float:
    """Return how far the bars, and the bands of noise behind them, reach from 0; 1 where there are none.

    Parameters
    ----------
    rows
        As in :func:`bars`.

    Examples
    --------
    >>> reach_of([{"value": -3.0, "low": -2.0, "high": 2.0}, {"value": None}])
    3.0
    """
    numbers = [abs(row[name]) for row in rows for name in ("value", "low", "high") if _known(row.get(name))]
    return max(numbers, default=1.0)


def bars(rows: Sequence[Row], *, title: str, x_label: str, sure: float = 0.05, reach: float | None = None) -> str:
    """Draw lying bars to both sides of 0, over the band that noise gives.

    Parameters
    ----------
    rows
        From the top: ``label``, ``value`` (None for none, then ``reason`` is written), ``low`` and ``high`` of the band
        (None for none), ``q`` (filled below ``sure``, hollow otherwise), ``note`` for the right margin.
    title
        What the plot shows, for readers who do not see it.
    x_label
        Of the axis.
    sure
        From which q on a bar is hollow.
    reach
        How far the axis goes to both sides, the same for plots whose bars are to be compared (the largest
        :func:`reach_of` them); where None as far as these rows need.

    Examples
    --------
    >>> svg = bars([{"label": "IFN", "value": 1.2, "low": -0.2, "high": 0.2, "q": 0.01}], title="t", x_label="x")
    >>> svg.startswith("<svg") and "IFN" in svg
    True
    """
    most = reach_of(rows) if reach is None else reach
    scale = _Scale(-most, most, LABEL, WIDTH - RIGHT)
    height = len(rows) * ROW + FOOT
    parts = [opening(height, title), *_upright(scale, 0, height - FOOT + 4, x_label, height)]
    for place, row in enumerate(rows):
        y, value = place * ROW + 3, row.get("value") if _known(row.get("value")) else None
        parts.append(text(LABEL - 8, y + 13, _label(row["label"]), anchor="end"))
        if value is None:
            parts.append(text(scale(0) + 6, y + 13, shortened(row.get("reason") or "no score", 60), colour=GREY))
            continue
        if _known(row.get("low")) and _known(row.get("high")):
            low, high = scale(row["low"]), scale(row["high"])
            parts.append(box(low, y, high - low, ROW - 6, PALE, title="95 % of profiles without an effect"))
        certain = _known(row.get("q")) and row["q"] < sure
        left, right = sorted((scale(0), scale(value)))
        parts.append(
            box(
                left, y + 4, right - left, ROW - 14, BLUE if value > 0 else ORANGE, hollow=not certain,
                title=f"{row['label']}: {value:+.3f}",
            )
        )  # fmt: skip
        parts.append(text(WIDTH - RIGHT + 8, y + 13, row.get("note", "")))
    return "\n".join([*parts, "</svg>"])


def replicate_dots(rows: Sequence[Row], *, title: str, x_label: str) -> str:
    """Draw a row for each gene: its replicates hollow, its value filled, the standard error as a bar.

    Parameters
    ----------
    rows
        From the top: ``label``, ``value``, ``se`` (None where not known), ``replicates`` (values, perhaps none),
        ``suspect`` (greyed), ``note`` for the right margin.
    title, x_label
        As in :func:`bars`.
    """
    numbers = [
        value
        for row in rows
        for value in (
            row["value"],
            *row.get("replicates", ()),
            row["value"] - (row.get("se") or 0.0),
            row["value"] + (row.get("se") or 0.0),
        )
        if _known(value)
    ]
    scale = _Scale(min([*numbers, 0.0]), max([*numbers, 0.0]), LABEL, WIDTH - RIGHT)
    height = len(rows) * ROW + FOOT
    parts = [opening(height, title), *_upright(scale, 0, height - FOOT + 4, x_label, height)]
    for place, row in enumerate(rows):
        y, value = place * ROW + ROW / 2, row["value"]
        colour = GREY if row.get("suspect") else BLUE if value > 0 else BROWN
        parts.append(
            text(
                LABEL - 8,
                y + 4,
                _label(row["label"]),
                anchor="end",
                colour=GREY if row.get("suspect") else INK,
            )
        )
        if _known(row.get("se")):
            parts.append(line(scale(value - row["se"]), y, scale(value + row["se"]), y, colour, 2))
        parts += [
            dot(scale(one), y, colour, radius=3.5, hollow=True, title=f"replicate: {one:+.2f}")
            for one in row.get("replicates", ())
            if _known(one)
        ]
        parts.append(dot(scale(value), y, colour, title=f"{row['label']}: {value:+.2f}"))
        parts.append(text(WIDTH - RIGHT + 8, y + 4, row.get("note", "")))
    return "\n".join([*parts, "</svg>"])


def cloud(
    x: Sequence[float],
    y: Sequence[float],
    *,
    named: Sequence[tuple[float, float, str]],
    title: str,
    x_label: str,
    y_label: str,
    links: Mapping[str, tuple[str, str]] | None = None,
    width: float = WIDTH,
) -> str:
    """Draw many points as shades of grey, and some of them by name.

    Parameters
    ----------
    x, y
        All points; those that are not finite are left out.
    named
        Points with a name, the most important first. Names are written where they cover neither another name nor a named
        point; the others show when one points at their point.
    links
        Name → where its point leads, and what draws it (``data-drawing``), for a page that is served.
    title, x_label, y_label
        As in :func:`bars`.
    width
        Of the drawing, in its own units; letters keep their size in them, so that a phone wants a narrow one.
    """
    points = [(a, b) for a, b in zip(x, y, strict=True) if isfinite(a) and isfinite(b)]
    if not points:
        return ""
    across = _Scale(min(a for a, _ in points), max(a for a, _ in points), LEFT, width - 20)
    up = _Scale(min(b for _, b in points), max(b for _, b in points), CLOUD_HEIGHT - BOTTOM, TOP)
    head = opening(CLOUD_HEIGHT, title, width=width)
    head = head.replace('role="img"', 'role="group"') if links else head  # a picture holds no links for a screen reader
    parts = [head, *_upright(across, TOP, CLOUD_HEIGHT - BOTTOM, x_label, CLOUD_HEIGHT)]
    for tick in up.ticks:
        parts += [
            line(LEFT, up(tick), width - 20, up(tick), GREY, 0.3),
            text(LEFT - 6, up(tick) + 4, f"{tick:g}", anchor="end"),
        ]
    parts.append(
        f'<text transform="translate(14 {CLOUD_HEIGHT / 2:.0f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    )
    parts += _shades([(across(a), up(b)) for a, b in points], width=width)
    for a, b, name in named:
        point = dot(across(a), up(b), BLUE if b >= 0 else BROWN, title=f"{name}: {a:.3g}, {b:.3g}")
        parts.append(_linked(point, name, links or {}))
    parts += _names(
        [(across(a), up(b)) for a, b, _ in named], [shortened(name, 22) for _, _, name in named], width=width
    )
    return "\n".join([*parts, "</svg>"])


def _linked(point: str, name: str, links: Mapping[str, tuple[str, str]]) -> str:
    """Make a point a link, where there is one for its name."""
    if name not in links:
        return point
    target, drawing = (escape(one, quote=True) for one in links[name])
    return f'<a href="{target}" data-drawing="{drawing}" aria-label="{escape(name, quote=True)}">{point}</a>'


def gauges(rows: Sequence[Row], *, title: str) -> str:
    """Draw a scale for each figure of quality: its usual range as a band, its replicates hollow, its value filled.

    Parameters
    ----------
    rows
        From the top: ``label``, ``value``, ``replicates``, ``low`` and ``high`` of the usual range, ``least`` and ``most`` of
        the scale, ``note``.
    title
        As in :func:`bars`.
    """
    height = len(rows) * (ROW + 16) + 8
    parts = [opening(height, title)]
    for place, row in enumerate(rows):
        y = place * (ROW + 16) + 14
        shown = [value for value in (row["value"], *row.get("replicates", ())) if _known(value)]
        scale = _Scale(min([row["least"], *shown]), max([row["most"], *shown]), LABEL, WIDTH - RIGHT)
        parts.append(text(LABEL - 8, y + 4, _label(row["label"]), anchor="end"))
        parts.append(line(LABEL, y, WIDTH - RIGHT, y, GREY, 1))
        if _known(row.get("low")) and _known(row.get("high")):
            parts.append(box(scale(row["low"]), y - 6, scale(row["high"]) - scale(row["low"]), 12, PALE, title="usual"))
        for tick in scale.ticks:
            parts += [
                line(scale(tick), y, scale(tick), y + 5),
                text(scale(tick), y + 17, f"{tick:g}", anchor="middle", size=10, colour=GREY),
            ]
        parts += [
            dot(scale(one), y, BLUE, radius=3.5, hollow=True, title=f"well: {one:.3g}")
            for one in row.get("replicates", ())
            if _known(one)
        ]
        if _known(row["value"]):
            parts.append(dot(scale(row["value"]), y, BLUE, radius=5, title=f"{row['label']}: {row['value']:.3g}"))
        parts.append(text(WIDTH - RIGHT + 8, y + 4, row.get("note", "")))
    return "\n".join([*parts, "</svg>"])


def _label(words: str) -> str:
    """Cut a long label in its middle: what tells two apart often stands at the end; capitals are wide."""
    most = LETTERS if not words.isupper() else LETTERS - 5
    return words if len(words) <= most else f"{words[: most - 13]}…{words[-12:]}"


class _Scale:
    """From values to places between two ends, with round ticks; the ends of the values are on it."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        if high - low < 1e-9:  # noqa: PLR2004
            low, high = low - 0.5, high + 0.5
        step = _round_step((high - low) / 5)
        self.low, self.high = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
        self.start, self.end = start, end
        n = round((self.high - self.low) / step)
        self.ticks = [round(self.low + place * step, 10) + 0.0 for place in range(n + 1)]

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def _round_step(width: float) -> float:
    """Give the round number (1, 2 or 5 times a power of ten) next above a width."""
    power = 10.0 ** floor(log10(width))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= width * (1 - 1e-9))


def _upright(scale: _Scale, top: float, bottom: float, label: str, height: float) -> list[str]:
    """Draw the ticks of a lying axis, and its name."""
    parts = []
    for tick in scale.ticks:
        strong = abs(tick) < 1e-9  # noqa: PLR2004
        parts += [
            line(scale(tick), top, scale(tick), bottom, INK if strong else GREY, 1 if strong else 0.3),
            text(scale(tick), bottom + 14, f"{tick:g}", anchor="middle"),
        ]
    return [*parts, text((scale.start + scale.end) / 2, height - 6, label, anchor="middle")]


def _shades(points: Sequence[tuple[float, float]], *, width: float) -> list[str]:
    """Count points in small boxes and shade each by its count."""
    columns = round(COLUMNS * width / WIDTH)
    width, height = (width - 20 - LEFT) / columns, (CLOUD_HEIGHT - BOTTOM - TOP) / ROWS
    counts: dict[tuple[int, int], int] = {}
    for a, b in points:
        key = min(int((a - LEFT) / width), columns - 1), min(int((b - TOP) / height), ROWS - 1)
        counts[key] = counts.get(key, 0) + 1
    most = max(counts.values())
    return [
        f'<rect x="{LEFT + column * width:.1f}" y="{TOP + row * height:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{GREY}" fill-opacity="{0.18 + 0.72 * sqrt(count / most):.2f}"/>'
        for (column, row), count in sorted(counts.items())
    ]


def _names(points: Sequence[tuple[float, float]], names: Sequence[str], *, width: float) -> list[str]:
    """Write names beside their points, the first first, each where it covers nothing; one without room is left out."""
    taken = [(x - DOT, x + DOT, y - DOT, y + DOT) for x, y in points]
    parts: list[str] = []
    for (x, y), name in zip(points, names, strict=True):
        if len(parts) == NAMED:
            break
        for anchor, left, middle in _places(x, y, LETTER * len(name)):
            at = (left, left + LETTER * len(name), middle - LINE / 2, middle + LINE / 2)
            if (
                at[0] >= LEFT
                and at[1] <= width
                and at[2] >= 0
                and at[3] <= CLOUD_HEIGHT - BOTTOM
                and not any(
                    at[0] < other[1] and other[0] < at[1] and at[2] < other[3] and other[2] < at[3] for other in taken
                )
            ):
                taken.append(at)
                shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * LETTER * len(name)
                parts.append(text(left + shift, middle + 4, name, anchor=anchor))
                break
    return parts


def _places(x: float, y: float, width: float) -> list[tuple[str, float, float]]:
    """List where the name of a point may stand, the best first: anchor, left end, middle height."""
    gap = DOT + 2
    sides = [("start", x + gap, y), ("end", x - gap - width, y)]
    over = [("middle", x - width / 2, y - gap - 5), ("middle", x - width / 2, y + gap + 6)]
    corners = [
        (anchor, left, y + shift)
        for shift in (-9.0, 9.0)
        for anchor, left in (("start", x + gap - 2), ("end", x - gap + 2 - width))
    ]
    return [*sides, *over, *corners]


def _known(value: object) -> bool:
    """Say whether there is a number."""
    return isinstance(value, int | float) and isfinite(value)
