"""The pages of the server: rendered here, usable without script, each with a link that brings it back."""

from __future__ import annotations

from starlette.routing import Route

from vcpi.web.pages import compounds, files, genes, library
from vcpi.web.pages.shell import error_page

__all__ = ["ROUTES", "error_page"]

ROUTES: list[Route] = [
    Route("/", compounds.start),
    Route("/like", compounds.like),
    Route("/analogs", compounds.analogs),
    Route("/substructure", compounds.substructure),
    Route("/sketch", compounds.sketch),
    Route("/compound", compounds.compound),
    Route("/explain", compounds.explain),
    Route("/compare", compounds.compare),
    Route("/genes", genes.genes),
    Route("/query", genes.query, methods=["GET", "POST"]),
    Route("/rank", library.rank),
    Route("/cliffs", library.cliffs),
    Route("/hops", library.hops),
    Route("/about", library.about),
    Route("/favicon.ico", files.icon),
    Route("/drawing.svg", files.drawing),
    Route("/pair.svg", files.pair),
]
