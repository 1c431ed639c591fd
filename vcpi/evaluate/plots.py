"""Small plots as inline SVG: no script, no network, colours that colour-blind readers tell apart, fit for print."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isfinite

BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#767676"  # of Okabe and Ito; grey keeps 4.5 : 1 on white
WIDTH = 720
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
    parts = [_open(height, title)]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = LABEL + tick * span
        parts += [_line(x, 0, x, height - 30, GREY, 0.5), _text(x, height - 14, f"{tick:g}", anchor="middle")]
    for place, (label, value, chance) in enumerate(rows):
        y = place * (BAR + GAP) + 2
        shown = min(max(value, 0.0), 1.0) if isfinite(value) else 0.0
        parts.append(_text(LABEL - 8, y + 12, label if len(label) <= 36 else f"{label[:35]}…", anchor="end"))  # noqa: PLR2004
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{shown * span:.1f}" height="{BAR}" fill="{BLUE}"/>')
        if isfinite(chance):
            x = LABEL + chance * span
            parts.append(
                f'<line x1="{x:.1f}" y1="{y - 2}" x2="{x:.1f}" y2="{y + BAR + 2}" stroke="{ORANGE}" stroke-width="3"/>'
            )
        number = f"{value:.2f}" if isfinite(value) else "n/a"
        parts.append(_text(LABEL + shown * span + 6, y + 12, number))
    parts.append(_text(WIDTH - 4, height - 14, f"| {mark}", anchor="end", colour="#8A5F00"))
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
    parts = [_open(HEIGHT, title)]
    for fraction in (0.0, 0.5, 1.0):
        y = TOP + rise * (1 - fraction)
        parts += [
            _line(LEFT, y, LEFT + span, y, GREY, 0.5),
            _text(LEFT - 6, y + 4, f"{fraction * highest:.2g}", anchor="end"),
        ]
    for place, (value, label) in enumerate(zip(values, labels, strict=True)):
        size = rise * min(max(value, 0.0) / highest, 1.0) if isfinite(value) else 0.0
        x = LEFT + place * step
        parts.append(
            f'<rect x="{x + 0.1 * step:.1f}" y="{TOP + rise - size:.1f}" width="{0.8 * step:.1f}" height="{size:.1f}" fill="{BLUE}"/>'
        )
        parts.append(_text(x + step / 2, HEIGHT - BOTTOM + 16, label, anchor="middle"))
    if reference is not None:
        y = TOP + rise * (1 - reference / highest)
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + span}" y2="{y:.1f}" stroke="{ORANGE}" stroke-width="2.5" stroke-dasharray="7 4"/>'
        )
    parts.append(_text(LEFT + span / 2, HEIGHT - 8, x_label, anchor="middle"))
    parts.append(
        f'<text transform="translate(14 {TOP + rise / 2:.0f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    )
    return "\n".join([*parts, "</svg>"])


def _open(height: int, title: str) -> str:
    """Open a drawing that says what it is."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="100%" role="img" aria-label="{escape(title, quote=True)}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:  # noqa: PLR0917  as SVG has it
    """Draw a line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#222") -> str:
    """Write a text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>' if text else ""
