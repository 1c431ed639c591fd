"""Small plots as inline SVG: no script, no network, colours that colour-blind readers tell apart, fit for print."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isfinite

from vcpi.svg import BLUE, BROWN, GREY, ORANGE, WIDTH, box, line, opening, shortened, text

BAR, GAP, LABEL, RIGHT = 16, 6, 250, 60
HEIGHT, LEFT, BOTTOM, TOP = 260, 60, 44, 14


def bars(rows: Sequence[tuple[str, float, float]], *, title: str, mark: str = "chance") -> str:
    """Draw lying bars from 0 to 1.

    Parameters
    ----------
    rows
        Label, value and the value that chance gives (NaN for none), from the top.
    title
        What the plot shows, for readers who do not see it.
    mark
        What the upright stroke in each bar stands for.
    """
    height = len(rows) * (BAR + GAP) + 34
    span = WIDTH - LABEL - RIGHT
    parts = [opening(height, title)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = LABEL + tick * span
        parts += [line(x, 0, x, height - 30, GREY, 0.5), text(x, height - 14, f"{tick:g}", anchor="middle")]
    for place, (label, value, chance) in enumerate(rows):
        y = place * (BAR + GAP) + 2
        shown = min(max(value, 0.0), 1.0) if isfinite(value) else 0.0
        parts.append(text(LABEL - 8, y + 12, shortened(label, 36), anchor="end"))
        parts.append(box(LABEL, y, shown * span, BAR, BLUE))
        if isfinite(chance):
            x = LABEL + chance * span
            parts.append(line(x, y - 2, x, y + BAR + 2, ORANGE, 3))
        number = f"{value:.2f}" if isfinite(value) else "n/a"
        parts.append(text(LABEL + shown * span + 6, y + 12, number))
    parts.append(text(WIDTH - 4, height - 14, f"| {mark}", anchor="end", colour=BROWN))
    return "\n".join([*parts, "</svg>"])


def columns(
    values: Sequence[float],
    *,
    title: str,
    labels: Sequence[str],
    x_label: str,
    y_label: str,
    reference: float | None = None,
    top: float | None = None,
) -> str:
    """Draw standing bars, with a dashed line at a reference value.

    Parameters
    ----------
    values, labels
        One bar each, from the left; an empty label is not written.
    title
        What the plot shows, for readers who do not see it.
    x_label, y_label
        Of the axes.
    reference
        Where the dashed line lies.
    top
        Upper end of the axis; default a little above the highest bar.
    """
    finite = [value for value in values if isfinite(value)]
    highest = top or 1.1 * max([*finite, reference or 0.0, 1e-9])
    span, rise = WIDTH - LEFT - 20, HEIGHT - BOTTOM - TOP
    step = span / max(len(values), 1)
    parts = [opening(HEIGHT, title)]
    for fraction in (0.0, 0.5, 1.0):
        y = TOP + rise * (1 - fraction)
        parts += [
            line(LEFT, y, LEFT + span, y, GREY, 0.5),
            text(LEFT - 6, y + 4, f"{fraction * highest:.2g}", anchor="end"),
        ]
    for place, (value, label) in enumerate(zip(values, labels, strict=True)):
        size = rise * min(max(value, 0.0) / highest, 1.0) if isfinite(value) else 0.0
        x = LEFT + place * step
        parts.append(box(x + 0.1 * step, TOP + rise - size, 0.8 * step, size, BLUE))
        parts.append(text(x + step / 2, HEIGHT - BOTTOM + 16, label, anchor="middle"))
    if reference is not None:
        y = TOP + rise * (1 - reference / highest)
        parts.append(line(LEFT, y, LEFT + span, y, ORANGE, 2.5, dash="7 4"))
    parts.append(text(LEFT + span / 2, HEIGHT - 8, x_label, anchor="middle"))
    parts.append(
        f'<text transform="translate(14 {TOP + rise / 2:.0f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    )
    return "\n".join([*parts, "</svg>"])
