"""Drawings of compounds of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.errors import InputError
from vcpi.structure.drawing import draw_svg

if TYPE_CHECKING:
    from vcpi.records import Compound


def draw(compound: Compound, *, width: int = 400, height: int = 300) -> str:
    """Draw the parent structure of a compound as SVG.

    Raises
    ------
    InputError
        The compound has no structure.
    MissingDependencyError
        The system lacks the libraries that RDKit draws with.
    """
    if compound.smiles is None:
        message = f"{compound.name} has no structure in the workspace; ingest one with 'vcpi ingest compounds'"
        raise InputError(message)
    return draw_svg(compound.smiles, width=width, height=height)
