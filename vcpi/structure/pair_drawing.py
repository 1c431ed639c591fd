"""Drawings that compare: two molecules on their common core, and one molecule by what it shares with a query."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
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
ELSEWHERE = (1.0, 0.85, 0.45)
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
    timeout_s: float = 12.0,
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
        too; in amber a group that the other molecule holds at another place; of a group that both hold at the same place
        by another bond the bond alone. ``core`` shades in blue what both share. Without a core worth the name
        (:attr:`Comparison.has_core`) nothing is shaded.
    width, height
        Pixels of the whole, 16 to 4,000.
    timeout_s
        Seconds for the search of the core.

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
        canvas = draw.MolDraw2DSVG(width, height, width // 2, height - _room(labels, mark))
        colours = [_colours((a, b), found, side, mark) for side in (0, 1)]
        canvas.DrawMolecules(
            [draw.PrepareMolForDrawing(mol) for mol in (a, b)],
            highlightAtoms=[list(atoms) for atoms, _ in colours],
            highlightBonds=[list(bonds) for _, bonds in colours],
            highlightAtomColors=[atoms for atoms, _ in colours],
            highlightBondColors=[bonds for _, bonds in colours],
        )
        canvas.FinishDrawing()
    legend = legend_of((a, b), found) if mark == "difference" else ""
    return _with_captions(element(canvas.GetDrawingText()), labels, width, height, legend=legend)


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


def _room(labels: tuple[str, str], mark: Mark) -> int:
    """Pixels that names and legend take under the drawings."""
    return 0 if not any(labels) else _CAPTION if mark == "core" else 2 * _CAPTION


def legend_of(mols: Mols, found: Comparison) -> str:
    """Say what the colours of a drawing of differences mean.

    Parameters
    ----------
    mols
        Both molecules as parsed from their SMILES.
    found
        Their comparison.
    """
    if not found.has_core:
        return "no common core: nothing is marked"
    elsewhere = any(moved_atoms(mols, found, side=side) for side in (0, 1))
    return "red: differs" + ("; amber: the same group at another place" if elsewhere else "")


def _colours(
    mols: Mols, found: Comparison, side: int, mark: Mark
) -> tuple[dict[int, tuple[float, ...]], dict[int, tuple[float, ...]]]:
    """Choose the colour of each shaded atom and bond of one molecule."""
    if not found.has_core:
        return {}, {}
    colour: tuple[float, ...] = DIFFERS if mark == "difference" else SHARED
    moved = set(moved_atoms(mols, found, side=side)) if mark == "difference" else set()
    atoms = dict.fromkeys(marked_atoms(mols, found, side=side, mark=mark), colour)
    atoms |= dict.fromkeys(moved, ELSEWHERE)
    bonds: dict[int, tuple[float, ...]] = {}
    for number in _marked_bonds(mols, found, side, mark):
        bond = mols[side].GetBondWithIdx(number)
        bonds[number] = ELSEWHERE if {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} & moved else colour
    return atoms, bonds


@dataclass(frozen=True, slots=True)
class _Group:
    """A piece outside the core: its atoms, the places of the core that it hangs on, and what it is without stereo."""

    atoms: frozenset[int]
    places: frozenset[int]
    text: str


def _groups(mol: Chem.Mol, core: Sequence[int]) -> list[_Group]:
    """Find the pieces of a molecule outside its core, the atoms of which are given in the order of their places."""
    place_of = {atom: place for place, atom in enumerate(core)}
    left = {atom.GetIdx() for atom in mol.GetAtoms()} - place_of.keys()
    found = []
    while left:
        piece, edge = set(), {min(left)}
        places = set()
        while edge:
            piece |= edge
            around = {n.GetIdx() for atom in edge for n in mol.GetAtomWithIdx(atom).GetNeighbors()}
            places |= {place_of[atom] for atom in around & place_of.keys()}
            edge = (around & left) - piece
        left -= piece
        found.append(_Group(atoms=frozenset(piece), places=frozenset(places), text=_heavy(mol, piece)))
    return found


def _heavy(mol: Chem.Mol, piece: Collection[int]) -> str:
    """Write a piece without hydrogens and stereo: the bond that it hangs on changes the hydrogens of its first atom."""
    part = Chem.RWMol(mol)
    for atom in part.GetAtoms():
        atom.SetNoImplicit(True)  # noqa: FBT003 - RDKit's setter
        atom.SetNumExplicitHs(0)
    part.BeginBatchEdit()
    for atom in mol.GetAtoms():
        if atom.GetIdx() not in piece:
            part.RemoveAtom(atom.GetIdx())
    part.CommitBatchEdit()
    return str(Chem.MolToSmiles(part, isomericSmiles=False))


def _same_groups(mols: Mols, found: Comparison) -> tuple[tuple[set[int], set[int]], tuple[set[int], set[int]]]:
    """Atoms, on either side, of groups that both hold at the same place, and of groups that both hold elsewhere."""
    left, right = (_groups(mol, [pair[side] for pair in found.mapped]) for side, mol in enumerate(mols))
    here: tuple[set[int], set[int]] = (set(), set())
    elsewhere: tuple[set[int], set[int]] = (set(), set())
    for places_too, taken in ((True, here), (False, elsewhere)):
        for group in list(left):
            twin = next(
                (other for other in right if other.text == group.text and (other.places == group.places) >= places_too),
                None,
            )
            if twin is not None:
                left.remove(group)
                right.remove(twin)
                taken[0].update(group.atoms)
                taken[1].update(twin.atoms)
    return here, elsewhere


def moved_atoms(mols: Mols, found: Comparison, *, side: int) -> list[int]:
    """List the atoms of one of two molecules in groups that the other holds at another place of the core.

    Parameters
    ----------
    mols, found, side
        As in :func:`marked_atoms`.
    """
    return sorted(_same_groups(mols, found)[1][side])


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
    outside = {atom.GetIdx() for atom in mols[side].GetAtoms()} - core - _same_groups(mols, found)[0][side]
    held = [_held(mol, {pair[n] for pair in found.mapped}) for n, mol in enumerate(mols)]
    bare = {pair[side] for pair in found.mapped if pair[1 - side] in held[1 - side] and pair[side] not in held[side]}
    return sorted(outside | bare)


def _held(mol: Chem.Mol, core: set[int]) -> set[int]:
    """Atoms of the core that hold something outside it."""
    return {i for i in core if any(n.GetIdx() not in core for n in mol.GetAtomWithIdx(i).GetNeighbors())}


def _marked_bonds(mols: Mols, found: Comparison, side: int, mark: Mark) -> list[int]:
    """Bonds between atoms of the core; or all the others, but those within a group that both hold at one place."""
    core = {pair[side] for pair in found.mapped}
    same = _same_groups(mols, found)[0][side]
    ends = {bond.GetIdx(): {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} for bond in mols[side].GetBonds()}
    if mark == "core":
        return [number for number, pair in ends.items() if pair <= core]
    return [number for number, pair in ends.items() if not pair <= core and not pair <= same]


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


def _with_captions(svg: str, labels: tuple[str, str], width: int, height: int, *, legend: str) -> str:
    """Write the names under the drawings, as text that a page can search."""
    if not any(labels):
        return svg
    under = _CAPTION if legend else 0
    lines = [(width * (1 + 2 * n) // 4, height - under - _CAPTION // 3, 13, label) for n, label in enumerate(labels)]
    lines += [(width // 2, height - _CAPTION // 3, 11, legend)] if legend else []
    texts = "".join(
        f'<text x="{x}" y="{y}" text-anchor="middle" font-family="sans-serif" font-size="{size}">{escape(text)}</text>'
        for x, y, size, text in lines
    )
    return svg.replace("</svg>", f"{texts}</svg>")
