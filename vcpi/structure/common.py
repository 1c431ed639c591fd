"""The largest common substructure of two molecules, with an answer in bounded time."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from rdkit import Chem, rdBase
from rdkit.Chem import rdFMCS

from vcpi.structure.parsing import parse
from vcpi.structure.worker import Worker, WorkerStopped

LARGE_RING = 12  # atoms; from here on a ring may be shared in part
_EASY_ATOMS = 50
_EASY_RINGS = 6
_MATCHES = 500
_PLACES = 12
_LATE_S = 0.5  # that a child is waited for beyond the time it was given
STEPS = 250_000  # of a search, about three seconds; two macrocycles of one kind take under a fifth of it

Edges = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What two molecules share: pairs of atom indices (a, b), bonds as pairs of places in that list, and SMARTS.

    ``timed_out`` says that the search was cut short: a larger core may exist. A core of no atoms has the SMARTS ``""``.
    """

    smarts: str
    mapped: tuple[tuple[int, int], ...]
    bonds: tuple[tuple[int, int], ...]
    timed_out: bool


NOTHING_YET = Core(smarts="", mapped=(), bonds=(), timed_out=True)
Task = tuple[str, str, int]


def common_core(smiles_a: str, smiles_b: str, *, timeout_s: float = 12.0) -> Core:
    """Find the largest connected substructure that two molecules share.

    Elements and bond orders count, charge, isotopes and stereo do not. Ring atoms and ring bonds match their like. Rings of fewer than
    12 atoms are shared whole or not at all; larger ones may be shared in part where both molecules have one, since the
    halves of two macrocycles are what one compares. A search ends after :data:`STEPS` steps, so that it finds the same on
    a busy machine; time ends it only where steps do not.

    Parameters
    ----------
    smiles_a, smiles_b
        SMILES.
    timeout_s
        Seconds, counted in whole ones from 1. Large or caged molecules are searched in a child process that is killed
        half a second later; the best core found by then counts.

    Raises
    ------
    StructureParseError
        A text is no structure.

    Examples
    --------
    >>> core = common_core("Cc1ccccc1", "Oc1ccccc1")
    >>> len(core.mapped), len(core.bonds), core.timed_out
    (6, 6, False)
    """
    return next(common_cores([(smiles_a, smiles_b)], timeout_s=timeout_s))


def common_cores(pairs: Iterable[tuple[str, str]], *, timeout_s: float = 12.0) -> Generator[Core]:
    """Find the common core of several pairs, each within the given time, with one child process at most."""
    soft = max(1, int(timeout_s))
    hard = timeout_s + _LATE_S if timeout_s >= 1 else timeout_s
    with Worker(find_core) as worker:
        for smiles_a, smiles_b in pairs:
            task = (smiles_a, smiles_b, soft)
            if _is_easy(parse(smiles_a)) and _is_easy(parse(smiles_b)):
                yield find_core(task)
                continue
            try:
                yield next(worker.run([task], timeout_s=hard))
            except WorkerStopped:
                yield NOTHING_YET


def _is_easy(mol: Chem.Mol) -> bool:
    """Whether a search on a molecule stays within its time without a child to kill."""
    return mol.GetNumAtoms() <= _EASY_ATOMS and mol.GetRingInfo().NumRings() <= _EASY_RINGS


def find_core(task: Task) -> Core:
    """Find the core of a pair here and now: two SMILES and whole seconds."""
    smiles_a, smiles_b, seconds = task
    a, b = parse(smiles_a), parse(smiles_b)
    with rdBase.BlockLogs():
        found = rdFMCS.FindMCS(
            [a, b], _parameters(seconds, whole_rings=not (_has_large_ring(a) and _has_large_ring(b)))
        )
    if not found.numAtoms or found.queryMol is None:
        return _lone_atom(a, b, timed_out=bool(found.canceled))
    mapped, edges = _place(a, b, found.queryMol)
    places, kept = _whole_rings(a, b, mapped, edges)
    if not kept:
        return _lone_atom(a, b, timed_out=bool(found.canceled))
    order = sorted(places)
    new = {place: n for n, place in enumerate(order)}
    mapped = [mapped[place] for place in order]
    bonds = tuple(sorted((new[i], new[j]) for i, j in kept))
    return Core(smarts=_smarts(a, mapped, bonds), mapped=tuple(mapped), bonds=bonds, timed_out=bool(found.canceled))


class _Steps(rdFMCS.MCSProgress):
    """Counts the steps of a search, and ends it after so many."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def __call__(self, status: object, parameters: object) -> bool:
        """Say whether to go on."""
        self._left -= 1
        return self._left > 0


def _parameters(seconds: int, *, whole_rings: bool) -> rdFMCS.MCSParameters:
    """Say how atoms and bonds match, and when to end."""
    made = rdFMCS.MCSParameters()
    made.Timeout = seconds  # type: ignore[assignment]  # the stub names another type
    made.BondTyper = rdFMCS.BondCompare.CompareOrderExact
    made.AtomCompareParameters.RingMatchesRingOnly = True
    made.BondCompareParameters.RingMatchesRingOnly = True
    made.BondCompareParameters.CompleteRingsOnly = whole_rings
    made.ProgressCallback = _Steps(STEPS)
    return made


def _has_large_ring(mol: Chem.Mol) -> bool:
    """Whether a ring has 12 atoms or more."""
    return any(len(ring) >= LARGE_RING for ring in mol.GetRingInfo().AtomRings())


def _lone_atom(a: Chem.Mol, b: Chem.Mol, *, timed_out: bool) -> Core:
    """Match molecules of one atom; anything larger that shares no bond shares nothing."""
    if (
        a.GetNumAtoms() == b.GetNumAtoms() == 1
        and a.GetAtomWithIdx(0).GetAtomicNum() == b.GetAtomWithIdx(0).GetAtomicNum()
    ):
        return Core(smarts=_smarts(a, [(0, 0)], ()), mapped=((0, 0),), bonds=(), timed_out=timed_out)
    return Core(smarts="", mapped=(), bonds=(), timed_out=timed_out)


def _smarts(a: Chem.Mol, mapped: list[tuple[int, int]], bonds: Iterable[tuple[int, int]]) -> str:
    """Write the core as elements and bonds."""
    plain = Chem.RWMol(a)
    for atom in plain.GetAtoms():
        atom.SetFormalCharge(0)
        atom.SetIsotope(0)
    query = Chem.MolFragmentToSmarts(
        plain,
        atomsToUse=[i for i, _ in mapped],
        bondsToUse=[a.GetBondBetweenAtoms(mapped[i][0], mapped[j][0]).GetIdx() for i, j in bonds],
        isomericSmarts=False,
    )
    return str(query)


def _place(a: Chem.Mol, b: Chem.Mol, query: Chem.Mol) -> tuple[list[tuple[int, int]], Edges]:
    """Lay the core on both molecules so that what hangs on it hangs on the same places as far as may be."""
    in_a = a.GetSubstructMatches(query, uniquify=True, maxMatches=_PLACES)
    in_b = b.GetSubstructMatches(query, uniquify=False, maxMatches=_MATCHES)
    edges = frozenset((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in query.GetBonds())
    looks_a, looks_b = _looks(a), _looks(b)
    best = min(
        ((_cut(a, one) + _cut(b, other), _mismatches(looks_a, looks_b, one, other), i, j)
         for i, one in enumerate(in_a) for j, other in enumerate(in_b))
    )  # fmt: skip
    return list(zip(in_a[best[2]], in_b[best[3]], strict=True)), edges


def _looks(mol: Chem.Mol) -> list[tuple[int, int, str]]:
    """Say of each atom how it is bound: heavy neighbours, hydrogens, handedness."""
    return [
        (atom.GetDegree(), atom.GetTotalNumHs(), atom.GetProp("_CIPCode") if atom.HasProp("_CIPCode") else "")
        for atom in mol.GetAtoms()
    ]


def _cut(mol: Chem.Mol, atoms: tuple[int, ...]) -> int:
    """Count the bonds that join a core to the rest."""
    inside = set(atoms)
    return sum(n.GetIdx() not in inside for i in inside for n in mol.GetAtomWithIdx(i).GetNeighbors())


def _mismatches(
    looks_a: list[tuple[int, int, str]],
    looks_b: list[tuple[int, int, str]],
    one: tuple[int, ...],
    other: tuple[int, ...],
) -> int:
    """Count in how many ways the atoms of two placements are bound differently."""
    return sum(x != y for i, j in zip(one, other, strict=True) for x, y in zip(looks_a[i], looks_b[j], strict=True))


def _whole_rings(a: Chem.Mol, b: Chem.Mol, mapped: list[tuple[int, int]], edges: Edges) -> tuple[set[int], Edges]:
    """Take parts of small rings off a core, and keep its largest piece."""
    rings = [ring for side, mol in enumerate((a, b)) for ring in _rings(mol, [pair[side] for pair in mapped])]
    kept = {tuple(sorted(edge)) for edge in edges}
    while True:
        whole = {edge for ring, outside in rings if not outside and ring <= kept for edge in ring}
        partial = {edge for ring, outside in rings if outside or not ring <= kept for edge in ring & kept}
        loose = partial - whole
        if not loose:
            break
        kept -= loose
    return _largest_piece(frozenset(kept))


def _rings(mol: Chem.Mol, atoms: list[int]) -> list[tuple[set[tuple[int, int]], bool]]:
    """List the small rings of a molecule as bonds between places of the core, and whether some bond lies outside."""
    place = {atom: n for n, atom in enumerate(atoms)}
    found = []
    for ring in mol.GetRingInfo().BondRings():
        if len(ring) >= LARGE_RING:
            continue
        ends = [(mol.GetBondWithIdx(n).GetBeginAtomIdx(), mol.GetBondWithIdx(n).GetEndAtomIdx()) for n in ring]
        inside = {tuple(sorted((place[i], place[j]))) for i, j in ends if i in place and j in place}
        if inside:
            found.append((inside, len(inside) < len(ring)))
    return found  # type: ignore[return-value]  # sorted pairs are pairs


def _largest_piece(edges: frozenset[tuple[int, ...]]) -> tuple[set[int], Edges]:
    """Return the places and bonds of the largest connected piece, the first of several."""
    left, best = set(edges), set[tuple[int, ...]]()
    while left:
        piece = {min(left)}
        reached = set(min(left))
        while grown := {edge for edge in left - piece if reached & set(edge)}:
            piece |= grown
            reached.update(*grown)
        left -= piece
        best = piece if len(piece) > len(best) else best
    return {place for edge in best for place in edge}, frozenset(best)  # type: ignore[arg-type]
