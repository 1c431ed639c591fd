"""Drawings of structures as tooltips hold them."""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vcpi.errors import MissingDependencyError, VcpiError
from vcpi.figures.figure import Spec

Draw = Callable[[Mapping[str, Any]], str | None]

_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_CLASS = re.compile(r"""\sclass=(?:'[^']*'|"[^"]*")""")
_STYLE = re.compile(r"""\sstyle=(?:'([^']*)'|"([^"]*)")""")

logger = logging.getLogger(__name__)


def data_uri(svg: str) -> str:
    """Write an SVG drawing as a data URI.

    Examples
    --------
    >>> data_uri("<svg/>")
    'data:image/svg+xml;base64,PHN2Zy8+'
    """
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def slim(svg: str) -> str:
    """Leave out of a drawing what a tooltip does not need: names of parts, and styles written again and again.

    Examples
    --------
    >>> slim("<svg><path class='bond-0' style='fill:none' d='M 0,0'/><path style='fill:none' d='M 1,1'/></svg>")
    "<svg><style>.a{fill:none}</style><path class='a' d='M 0,0'/><path class='a' d='M 1,1'/></svg>"
    """
    names: dict[str, str] = {}

    def short(match: re.Match[str]) -> str:
        """Name a style."""
        style = match.group(1) if match.group(1) is not None else match.group(2)
        name = names.setdefault(style, f"a{len(names)}" if names else "a")
        return f" class='{name}'"

    plain = _STYLE.sub(short, _CLASS.sub("", _COMMENT.sub("", svg)))
    sheet = "".join(f".{name}{{{style}}}" for style, name in names.items())
    end = plain.index(">") + 1
    return f"{plain[:end]}<style>{sheet}</style>{plain[end:]}" if sheet else plain


def side_by_side(drawings: Iterable[str], *, width: int = 250, height: int = 200) -> str:
    """Join drawings into one, from left to right.

    Parameters
    ----------
    drawings
        SVG elements with a size of their own.
    width, height
        What each gets, pixels.

    Examples
    --------
    >>> side_by_side(["<svg/>", "<svg/>"]).count("<svg")
    5
    """
    parts = [
        f'<svg x="{at * width}" y="0" width="{width}" height="{height}">{one}</svg>' for at, one in enumerate(drawings)
    ]
    inner = "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * len(parts)}" height="{height}">{inner}</svg>'


def pictured(
    rows: Iterable[Spec], sources: Iterable[Mapping[str, Any]], draw: Draw
) -> tuple[list[Spec], tuple[str, ...]]:
    """Add a drawing to rows; say why where none can be made.

    Parameters
    ----------
    rows
        What the figure draws.
    sources
        The row of the answer behind each, which ``draw`` takes.
    draw
        Gives one SVG element, or None for a compound without a structure.
    """
    found: list[Spec] = []
    notes: tuple[str, ...] = ()
    for row, source in zip(rows, sources, strict=True):
        try:
            svg = None if notes else draw(source)
        except MissingDependencyError as error:
            notes, svg = (f"Structures are not shown: {error}",), None
        except VcpiError as error:
            logger.info("No drawing of %s: %s", source.get("name"), error)
            svg = None
        found.append({**row, "image": data_uri(slim(svg))} if svg else row)
    return found, notes
