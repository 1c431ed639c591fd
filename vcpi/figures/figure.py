"""One figure, and the files it can be saved as."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vcpi.errors import InputError, MissingDependencyError, WorkspaceError
from vcpi.manifest import write_whole

if TYPE_CHECKING:
    from types import ModuleType

Spec = dict[str, Any]

SUFFIXES = (".svg", ".png", ".html")
GRAMMAR = "6.1"  # of Vega-Lite; equal in all versions of vl-convert that pyproject.toml admits
_OURS = (b"SQLite format 3", b"\x93NUMPY", b"IxM2", b"IxMp", b"PAR1", b"\x89HDF")
_ID = re.compile(r"""(\bid="|url\(#)(clip|gradient_)(\d+)""")
_START = (
    'vegaEmbed("#figure", JSON.parse(document.getElementById("spec").textContent), '
    '{actions: false, renderer: "svg", tooltip: {theme: "vcpi"}});'
)
_POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 1.5rem auto; width: fit-content;
  max-width: 100%; padding: 0 1rem; }
#figure { overflow-x: auto; } p { color: #555; max-width: 48rem; }
.simulated { border: 3px solid #8A5F00; padding: .4rem 1rem; font-weight: bold; color: #222; }
#vg-tooltip-element.vcpi-theme { font: 13px/1.4 system-ui, sans-serif; background: #fff; color: #222;
  border: 1px solid #767676; box-shadow: 2px 2px 6px #0004; padding: .5rem .7rem; max-width: 560px; }
#vg-tooltip-element.vcpi-theme h2 { font-size: 14px; margin: 0 0 .2rem; }
#vg-tooltip-element.vcpi-theme img { display: block; max-width: 520px; height: 200px; min-width: 250px; }
#vg-tooltip-element.vcpi-theme td.key { color: #555; padding-right: .6rem; text-align: right; max-width: none; }
#vg-tooltip-element.vcpi-theme td.value { max-width: 380px; overflow: hidden; }
@media print { body { margin: 0; } }
"""
_LICENCE = (
    "The script holds Vega, Vega-Lite, Vega-Embed and Vega-Tooltip: Copyright (c) 2015-2025, University of Washington "
    "Interactive Data Lab, BSD 3-Clause License; and parts of D3: Copyright 2010-2025 Mike Bostock, ISC License"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that is drawn when it is saved.

    ``spec`` is the figure in Vega-Lite, which ``altair.Chart.from_dict(figure.spec)`` takes too; ``notes`` are written
    below it on a page. ``hover``, called when a page is asked for, gives the specification of the page, with drawings
    of structures, and more notes.
    """

    title: str
    spec: Spec
    simulated: bool = False
    notes: tuple[str, ...] = ()
    hover: Callable[[], tuple[Spec, tuple[str, ...]]] | None = None

    def svg(self) -> str:
        """Draw the figure as one SVG document; equal figures give equal text.

        Raises
        ------
        MissingDependencyError
            The extra ``plot`` is not installed.
        """
        return _renumbered(_renderer().vegalite_to_svg(self.spec, vl_version=GRAMMAR))

    def png(self, *, scale: float = 2.0) -> bytes:
        """Draw the figure as PNG.

        Parameters
        ----------
        scale
            Pixels for each of the SVG, above 0 and up to 10.

        Raises
        ------
        MissingDependencyError
            The extra ``plot`` is not installed.
        InputError
            The scale is out of range.
        """
        if not 0 < scale <= 10:  # noqa: PLR2004
            raise InputError(f"scale is {scale}; expected a number above 0 and up to 10")
        return bytes(_renderer().vegalite_to_png(self.spec, vl_version=GRAMMAR, scale=scale))

    def html(self) -> str:
        """Write one page that stands alone: it fetches nothing, and forbids the browser to.

        Raises
        ------
        MissingDependencyError
            The extra ``plot`` is not installed.
        """
        spec, more = (self.spec, ()) if self.hover is None else self.hover()
        script = _renderer().javascript_bundle(_START, vl_version=GRAMMAR)
        data = json.dumps(spec, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
        parts = [
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(self.title)}</title>',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style>\n<!-- {_LICENCE} -->\n</head>\n<body>",
            '<p class="simulated">SIMULATED counts: nothing here is evidence about any compound.</p>'
            if self.simulated
            else "",
            f'<div id="figure">{self.svg()}</div>',  # for readers without script, who see the figure as it stands
            *(f"<p>{escape(note)}</p>" for note in (*self.notes, *more)),
            f'<script type="application/json" id="spec">{data}</script>',
            f'<script type="module">{script}</script>\n</body>\n</html>\n',
        ]
        return "\n".join(part for part in parts if part)

    def save(self, path: str | Path) -> Path:
        """Write the figure to a file, in the format of its suffix.

        Parameters
        ----------
        path
            Ends in ``.svg``, ``.png`` or ``.html``. An older file is replaced, unless it is a database or an index.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        InputError
            The suffix is another one.
        MissingDependencyError
            The extra ``plot`` is not installed.
        WorkspaceError
            The file is a database or an index, or cannot be written.
        """
        target = checked_path(path)
        suffix = target.suffix.lower()
        content = self.png() if suffix == ".png" else (self.svg() if suffix == ".svg" else self.html()).encode()
        try:
            write_whole(target, content)
        except OSError as error:
            raise WorkspaceError(
                f"Cannot write {target}: {error.strerror}; choose a file in a folder that can be written"
            ) from error
        return target


def checked_path(path: str | Path) -> Path:
    """Return a path that a figure can be saved to, before anything is drawn.

    Raises
    ------
    InputError
        The suffix is not ``.svg``, ``.png`` or ``.html``.
    WorkspaceError
        The file is a database or an index.

    Examples
    --------
    >>> checked_path("figure.SVG").name
    'figure.SVG'
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"Figure {target.name} has the suffix {target.suffix or '(none)'}; expected .svg, .png or .html"
        )
    try:
        with target.open("rb") as stream:
            ours = target.is_file() and stream.read(16).startswith(_OURS)
    except OSError:
        ours = False
    if ours:
        raise WorkspaceError(f"{target} is a database or an index; choose another file for the figure")
    return target


def _renumbered(svg: str) -> str:
    """Count the names of clips and gradients from 0: the library counts on from one drawing to the next."""
    names: dict[str, str] = {}

    def counted(match: re.Match[str]) -> str:
        """Name by the order in which names come up."""
        return match.group(1) + names.setdefault(match.group(2) + match.group(3), f"{match.group(2)}{len(names)}")

    return _ID.sub(counted, svg)


def _renderer() -> ModuleType:
    """Import the library that draws, which only figures need."""
    try:
        import vl_convert
    except ImportError as error:
        raise MissingDependencyError(
            "Figures need vl-convert-python, which is not installed; pip install 'vcpi-search[plot]'"
        ) from error
    return vl_convert
