"""Parts of small plots as inline SVG: no script, no network, colours that colour-blind readers tell apart."""

from __future__ import annotations

from html import escape

BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#767676"  # of Okabe and Ito; grey keeps 4.5 : 1 on white
BROWN, INK, PALE = "#8A5F00", "#222", "#DDD"
WIDTH = 720


def opening(height: float, title: str, *, width: float = WIDTH) -> str:
    """Open a drawing that says what it is.

    Parameters
    ----------
    height, width
        Of the drawing, in its own units; it takes the width of the page.
    title
        What the plot shows, for readers who do not see it.
    """
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="100%" role="img" aria-label="{escape(title, quote=True)}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str = GREY, width: float = 0.5, *, dash: str = "") -> str:  # noqa: PLR0917  as SVG has it
    """Draw a line.

    Examples
    --------
    >>> line(0, 0, 10, 0)
    '<line x1="0.0" y1="0.0" x2="10.0" y2="0.0" stroke="#767676" stroke-width="0.5"/>'
    """
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"{dashes}/>'


def text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK, size: float = 12) -> str:
    """Write a text; nothing where it is empty."""
    if not words:
        return ""
    other = "" if size == 12 else f' font-size="{size:g}"'  # noqa: PLR2004  the size of the drawing
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{other}>{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, colour: str, *, hollow: bool = False, title: str = "") -> str:
    """Draw a rectangle; hollow ones have their colour on the rim, a title is shown when one points at it."""
    fill = f'fill="#fff" stroke="{colour}"' if hollow else f'fill="{colour}"'
    inner = f"><title>{escape(title)}</title></rect>" if title else "/>"
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" {fill}{inner}'


def dot(x: float, y: float, colour: str, *, radius: float = 4, hollow: bool = False, title: str = "") -> str:
    """Draw a circle, like :func:`box`."""
    fill = f'fill="#fff" stroke="{colour}"' if hollow else f'fill="{colour}"'
    inner = f"><title>{escape(title)}</title></circle>" if title else "/>"
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" {fill}{inner}'


def shortened(words: str, most: int) -> str:
    """Cut a text that is longer than so many letters.

    Examples
    --------
    >>> shortened("everolimus", 6)
    'evero…'
    """
    return words if len(words) <= most else f"{words[: most - 1]}…"
