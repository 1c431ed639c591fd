"""What all figures have in common: colours that colour-blind readers tell apart, fonts, titles, empty figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcpi.figures.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vcpi.figures.figure import Spec

# of Okabe and Ito; grey keeps 4.5 : 1 on white
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
GREY, PALE, INK, LEADER = "#767676", "#B8B8B8", "#222222", "#999999"
CLASS_COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY)
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
SMALL, TEXT, TITLE = 11, 12, 16
UNBOUNDED = frozenset({"xsum", "ensemble"})  # connectivity scores without a lowest and a highest value
RELATIONS = {
    "analog-mimic": ("alike in both (analog-mimic)", GREEN, "circle"),
    "scaffold-hop": ("alike in effect only (scaffold-hop)", BLUE, "diamond"),
    "activity-cliff": ("alike in structure only (activity-cliff)", VERMILION, "triangle-up"),
    "unrelated": ("alike in neither (unrelated)", PALE, "circle"),
}
_CONFIG: Spec = {
    "font": FONT,
    "background": "white",
    "view": {"stroke": None},
    "padding": 12,
    "axis": {
        "labelFontSize": TEXT,
        "titleFontSize": TEXT + 1,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": "#EBEBEB",
        "domainColor": GREY,
        "tickColor": GREY,
        "titlePadding": 8,
    },
    "legend": {
        "labelFontSize": TEXT,
        "titleFontSize": TEXT,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": INK,
        "labelLimit": 300,
        "symbolOpacity": 1,
        "symbolSize": 70,
    },
    "title": {
        "anchor": "start",
        "frame": "group",
        "fontSize": TITLE,
        "subtitleFontSize": TEXT,
        "subtitleColor": "#555555",
        "subtitlePadding": 5,
        "color": INK,
        "offset": 14,
    },
    "text": {"font": FONT},
}
_WIDEST = 110


def figure(
    title: str,
    body: Spec,
    *,
    about: Sequence[str],
    simulated: bool,
    notes: Sequence[str] = (),
    **more: Any,  # noqa: ANN401 - fields of Figure
) -> Figure:
    """Make a figure with its title, and SIMULATED in it where that is so.

    Parameters
    ----------
    title
        What is shown.
    body
        The Vega-Lite of the marks.
    about
        Lines below the title: dataset, n, what a line or colour means; empty ones are left out.
    simulated, notes
        As in :class:`Figure`.
    **more
        Other fields of :class:`Figure`.
    """
    whole = f"SIMULATED: {title}" if simulated else title
    lines = [part for line in about if line for part in _wrapped(line)]
    head: dict[str, Any] = {"text": whole, "subtitle": lines} if lines else {"text": whole}
    spec = {"title": head, "description": f"{whole}. {' '.join(lines)}".strip(), **body, "config": _CONFIG}
    return Figure(title=whole, spec=spec, simulated=simulated, notes=tuple(notes), **more)


def nothing(title: str, reason: str, *, about: Sequence[str] = (), simulated: bool = False) -> Figure:
    """Make a figure that says why it shows nothing.

    Parameters
    ----------
    title
        What would have been shown.
    reason
        Why there is nothing.
    about, simulated
        As in :func:`figure`.
    """
    words = {"type": "text", "fontSize": TEXT + 2, "color": INK, "text": _wrapped(f"Nothing to show: {reason}", 64)}
    body: Spec = {"width": 480, "height": 120, "data": {"values": [{}]}, "mark": words}
    return figure(title, body, about=about, simulated=simulated)


def data(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Hold rows as Vega-Lite takes them."""
    return {"values": [dict(row) for row in rows]}


def quantity(name: str, title: str | None, domain: tuple[float, float], /, **axis: Any) -> Spec:  # noqa: ANN401 - of Vega-Lite
    """Encode a number on an axis from one end to the other."""
    return {
        "field": name,
        "type": "quantitative",
        "scale": {"domain": [round(end, 6) for end in domain], "nice": False, "zero": False},
        "axis": {"title": title, **axis},
    }


def rule(*, x: float | None = None, y: float | None = None, colour: str = GREY) -> Spec:
    """Draw a dashed line across the figure at one value."""
    channel = {"x": {"datum": x}} if x is not None else {"y": {"datum": y}}
    mark = {"type": "rule", "strokeDash": [5, 4], "color": colour, "strokeWidth": 1.2, "clip": True}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": channel}


def effect(method: str, *, what: str = "effect: connectivity") -> tuple[str, bool]:
    """Name the axis of connectivity by its method, and say whether that stays within -1 and 1.

    Examples
    --------
    >>> effect("wtcs"), effect("xsum", what="connectivity")
    (('effect: connectivity (wtcs, -1 to 1)', True), ('connectivity (xsum)', False))
    """
    bounded = method not in UNBOUNDED
    return f"{what} ({method}{', -1 to 1' if bounded else ''})", bounded


def within(low: float, high: float, method: str) -> tuple[float, float]:
    """Keep the ends of an axis of connectivity to what its method reaches."""
    return (max(low, -1.05), min(high, 1.05)) if effect(method)[1] else (low, high)


def legend(title: str | None, *, columns: int = 2) -> Spec:
    """Put a legend below the figure, where it covers nothing."""
    return {"title": title, "orient": "bottom", "direction": "horizontal", "columns": columns, "offset": 6}


def corner(text: str, *, x: float, y: float, align: str, baseline: str = "top", colour: str = "#555555") -> Spec:
    """Write a text at a place of the figure in pixels."""
    mark = {"type": "text", "text": text, "fontSize": TEXT, "color": colour, "align": align, "baseline": baseline}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": {"x": {"value": x}, "y": {"value": y}}}


def count(number: int, noun: str) -> str:
    """Write a number and what it counts.

    Examples
    --------
    >>> count(1, "pair"), count(1200, "pair")
    ('1 pair', '1,200 pairs')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _wrapped(text: str, widest: int = _WIDEST) -> list[str]:
    """Break a text into lines at spaces."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > widest:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
