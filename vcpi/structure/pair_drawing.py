"""Drawings that compare: two molecules on their common core, and one molecule by what it shares with a query."""

from __future__ import annotations

from html import escape
from typing import Literal

from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor
from rdkit.Chem.rdMolAlign import AlignMol

from vcpi.errors import InputError
from vcpi.structure.common import LARGE_RING
from vcpi.structure.drawing import check_size, drawable, element, import_draw
from vcpi.structure.highlights import RADIUS, shared_reach
from vcpi.structure.pairs import Comparison, compare

Mark = Literal["difference", "core"]
Mols = tuple[Chem.Mol, Chem.Mol]
DIFFERS = (1.0, 0.5, 0.5)
SHARED = (0.55, 0.8, 1.0)
SHARED_NEAR = (0.84, 0.93, 1.0)
_CAPTION = 20  # pixels under the drawings
_ROOMY = 2  # atoms; a core of fewer gives no direction to align along


def draw_pair(
    smiles_a: str,
    smiles_b: str,
    *,
    labels: tuple[str, str] = ("", ""),
    comparison: Comparison | None = None,
    mark: Mark = "difference",
    width: int = 700,
    height: int = 320,
    timeout_s: float = 2.0,
) -> str:
    """Draw two molecules side by side with their common core laid alike.

    Parameters
    ----------
    smiles_a, smiles_b
        SMILES of at most 500 atoms each.
    labels
        Names to stand under the drawings.
    comparison
        What :func:`compare` found for these two, where it is at hand; else it is called.
    mark
        ``difference`` shades in red what lies outside the core, and the atom that holds it, so that a hydrogen is shown
        too; ``core`` shades in blue what both share.
    width, height
        Pixels of the whole, 16 to 4,000.
    timeout_s
        Seconds for the search of the core. Without a core, nothing is shaded in blue and everything in red.

    Returns
    -------
    str
        One ``<svg>`` element, without XML declaration and without script.

    Raises
    ------
    MissingDependencyError
        The system lacks the X libraries that RDKit draws with.
    StructureParseError
        A text is no structure, or too large to draw.
    InputError
        The size or the mark is out of range.
    """
    check_size(width, height)
    if mark not in {"difference", "core"}:
        raise InputError(f"Unknown mark {mark!r:.40}; expected 'difference' or 'core'")
    a, b = drawable(smiles_a), drawable(smiles_b)
    draw = import_draw()
    found = comparison or compare(smiles_a, smiles_b, timeout_s=timeout_s)
    with rdBase.BlockLogs():
        _lay_alike(a, b, found)
        canvas = draw.MolDraw2DSVG(width, height, width // 2, height - (_CAPTION if any(labels) else 0))
        atoms = [marked_atoms((a, b), found, side=side, mark=mark) for side in (0, 1)]
        bonds = [_marked_bonds(mol, found, side, mark) for side, mol in enumerate((a, b))]
        colour = DIFFERS if mark == "difference" else SHARED
        canvas.DrawMolecules(
            [draw.PrepareMolForDrawing(mol) for mol in (a, b)],
            highlightAtoms=atoms,
            highlightBonds=bonds,
            highlightAtomColors=[dict.fromkeys(some, colour) for some in atoms],
            highlightBondColors=[dict.fromkeys(some, colour) for some in bonds],
        )
        canvas.FinishDrawing()
    return _with_captions(element(canvas.GetDrawingText()), labels, width, height)


def draw_shared(query_smiles: str, smiles: str, *, width: int = 300, height: int = 200) -> str:
    """Draw a molecule with the atoms shaded that look as they do in a query (:func:`shared_reach`).

    Deep blue are atoms with the same surroundings out to two bonds, pale blue those out to one.

    Parameters
    ----------
    query_smiles
        SMILES of the query.
    smiles
        SMILES of the molecule drawn, at most 500 atoms.
    width, height
        Pixels, 16 to 4,000.

    Raises
    ------
    MissingDependencyError
        The system lacks the X libraries that RDKit draws with.
    StructureParseError
        A text is no structure, or too large to draw.
    InputError
        The size is out of range.
    """
    check_size(width, height)
    mol = drawable(smiles)
    draw = import_draw()
    colour_of = {RADIUS: SHARED, RADIUS - 1: SHARED_NEAR}
    reach = shared_reach(query_smiles, smiles)
    colours = {atom: colour_of[radius] for atom, radius in enumerate(reach) if radius in colour_of}
    with rdBase.BlockLogs():
        canvas = draw.MolDraw2DSVG(width, height)
        draw.PrepareAndDrawMolecule(
            canvas, mol, highlightAtoms=list(colours), highlightAtomColors=colours, highlightBonds=[]
        )
        canvas.FinishDrawing()
    return element(canvas.GetDrawingText())


def marked_atoms(mols: Mols, found: Comparison, *, side: int, mark: Mark = "difference") -> list[int]:
    """List the atoms of one of two molecules that are shaded.

    Parameters
    ----------
    mols
        Both molecules as parsed from their SMILES.
    found
        Their comparison.
    side
        0 for a, 1 for b.
    mark
        As :func:`draw_pair` has it.
    """
    core = {pair[side] for pair in found.mapped}
    if mark == "core":
        return sorted(core)
    outside = {atom.GetIdx() for atom in mols[side].GetAtoms()} - core
    held = [_held(mol, {pair[n] for pair in found.mapped}) for n, mol in enumerate(mols)]
    bare = {pair[side] for pair in found.mapped if pair[1 - side] in held[1 - side] and pair[side] not in held[side]}
    return sorted(outside | bare)


def _held(mol: Chem.Mol, core: set[int]) -> set[int]:
    """Atoms of the core that hold something outside it."""
    return {i for i in core if any(n.GetIdx() not in core for n in mol.GetAtomWithIdx(i).GetNeighbors())}


def _marked_bonds(mol: Chem.Mol, found: Comparison, side: int, mark: Mark) -> list[int]:
    """Bonds between atoms of the core, or all the others."""
    core = {pair[side] for pair in found.mapped}
    return [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if ({bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= core) == (mark == "core")
    ]


def _lay_alike(a: Chem.Mol, b: Chem.Mol, found: Comparison) -> None:
    """Give both molecules flat coordinates, the second on the first along their core."""
    rdDepictor.Compute2DCoords(a)
    rdDepictor.Compute2DCoords(b)
    if len(found.mapped) < _ROOMY:
        return
    if _is_whole(a, b, found):
        try:
            rdDepictor.GenerateDepictionMatching2DStructure(b, a, atomMap=[list(pair) for pair in found.mapped])
        except (RuntimeError, ValueError):
            AlignMol(b, a, atomMap=[(j, i) for i, j in found.mapped])
        return
    AlignMol(b, a, atomMap=[(j, i) for i, j in found.mapped])


def _is_whole(a: Chem.Mol, b: Chem.Mol, found: Comparison) -> bool:
    """Whether no large ring is shared in part: a part of a ring cannot be laid as it lies in another ring."""
    for side, mol in enumerate((a, b)):
        core = {pair[side] for pair in found.mapped}
        for ring in mol.GetRingInfo().AtomRings():
            if len(ring) >= LARGE_RING and 1 < len(core & set(ring)) < len(ring):
                return False
    return True


def _with_captions(svg: str, labels: tuple[str, str], width: int, height: int) -> str:
    """Write the names under the drawings, as text that a page can search."""
    if not any(labels):
        return svg
    texts = "".join(
        f'<text x="{width * (1 + 2 * n) // 4}" y="{height - _CAPTION // 3}" text-anchor="middle" '
        f'font-family="sans-serif" font-size="13">{escape(label)}</text>'
        for n, label in enumerate(labels)
    )
    return svg.replace("</svg>", f"{texts}</svg>")
