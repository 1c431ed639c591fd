"""Drawings of structures, as SVG. The only module that needs the X libraries, and only when it draws."""

from __future__ import annotations

from types import ModuleType

from rdkit import Chem, rdBase

from vcpi.errors import InputError, MissingDependencyError, StructureParseError
from vcpi.structure.parsing import parse, shown
from vcpi.structure.substructure import check_smarts

MAX_DRAWN_ATOMS = 500
_PIXELS = range(16, 4001)


def draw_svg(smiles: str, *, width: int = 300, height: int = 200, highlight: str | None = None) -> str:
    """Draw a structure.

    Parameters
    ----------
    smiles
        SMILES of at most 500 atoms.
    width, height
        Pixels, 16 to 4,000.
    highlight
        SMARTS; the atoms and bonds of its first match are shaded. A pattern that does not occur shades nothing.

    Returns
    -------
    str
        One ``<svg>`` element, without XML declaration and without script.

    Raises
    ------
    MissingDependencyError
        The system lacks the X libraries that RDKit draws with; the message names their packages.
    StructureParseError
        The SMILES or SMARTS does not parse, or the structure is too large to draw.
    InputError
        The size is out of range.
    """
    check_size(width, height)
    mol = drawable(smiles)
    draw = import_draw()
    atoms, bonds = _matched(mol, highlight)
    with rdBase.BlockLogs():
        canvas = draw.MolDraw2DSVG(width, height)
        draw.PrepareAndDrawMolecule(canvas, mol, highlightAtoms=atoms, highlightBonds=bonds)
        canvas.FinishDrawing()
    return element(canvas.GetDrawingText())


def check_size(width: int, height: int) -> None:
    """Refuse a drawing of no size or of a size that no page holds."""
    if width not in _PIXELS or height not in _PIXELS:
        raise InputError(f"Drawing of {width} x {height} pixels; expected {_PIXELS[0]} to {_PIXELS[-1]} each way")


def drawable(smiles: str) -> Chem.Mol:
    """Parse a SMILES of at most 500 atoms."""
    mol = parse(smiles)
    if mol.GetNumAtoms() > MAX_DRAWN_ATOMS:
        raise StructureParseError(
            f"Structure of {mol.GetNumAtoms()} atoms: {shown(smiles)}; at most {MAX_DRAWN_ATOMS} are drawn"
        )
    return mol


def import_draw() -> ModuleType:
    """Import RDKit's drawing code, which loads system libraries that a bare machine does not have."""
    try:
        from rdkit.Chem.Draw import rdMolDraw2D
    except ImportError as error:
        raise MissingDependencyError(
            f"Cannot draw: {error}; expected the packages libxrender1 libxext6 libx11-6 libexpat1 (apt-get install ...)"
        ) from error
    return rdMolDraw2D


def _matched(mol: Chem.Mol, smarts: str | None) -> tuple[list[int], list[int]]:
    """Atoms and bonds of the first match of a pattern."""
    if smarts is None:
        return [], []
    check_smarts(smarts)
    pattern = Chem.MolFromSmarts(smarts)
    atoms = list(mol.GetSubstructMatch(pattern))
    pairs = [(atoms[b.GetBeginAtomIdx()], atoms[b.GetEndAtomIdx()]) for b in pattern.GetBonds()] if atoms else []
    return atoms, [mol.GetBondBetweenAtoms(*pair).GetIdx() for pair in pairs]


def element(document: str) -> str:
    """Cut the XML declaration off, so that a page can hold the drawing."""
    return document[document.index("<svg") :].strip()
