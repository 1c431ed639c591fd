"""Two molecules side by side: the core they share, and what stands at the same place of it in each."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem

from vcpi.errors import InputError
from vcpi.structure.common import Core, common_core
from vcpi.structure.descriptors import murcko
from vcpi.structure.fingerprints import fingerprint
from vcpi.structure.identity import inchikey_of
from vcpi.structure.parsing import parse
from vcpi.structure.search import tanimoto

LEAST_CORE = 6  # atoms; any two drugs share a few
LEAST_OVERLAP = 0.5  # of both molecules; from here on a smaller core says something of small molecules


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two molecules share and where they differ.

    ``core_smarts`` is the largest common substructure, ``core_atoms`` the number of its atoms and ``mapped`` its atoms
    as pairs of indices (a, b) into the SMILES as given. ``only_a`` and ``only_b`` are the fragments outside it, with a
    numbered dummy atom (``[1*]``) for each bond to the core: equal numbers mark the same atom of the core on both sides.
    ``changes`` sets side by side what stands at the same places, ``[1*][H]`` for a hydrogen. ``bonds_a`` and ``bonds_b``
    count bonds between core atoms that the core itself lacks, such as a ring closed in one of the two.

    ``tanimoto`` is that of Morgan fingerprints, ``overlap`` the share of atoms and bonds of both that the core covers
    (in [0, 1], shared over all). ``same_scaffold`` is None where neither has a ring. Where ``timed_out``, a larger core
    may exist.
    """

    core_smarts: str
    core_atoms: int
    mapped: tuple[tuple[int, int], ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]
    bonds_a: int
    bonds_b: int
    tanimoto: float
    overlap: float
    same_scaffold: bool | None
    same_skeleton: bool
    timed_out: bool

    @property
    def has_core(self) -> bool:
        """Whether what is shared is worth the name of a core: six atoms, or half of both molecules."""
        return self.core_atoms >= LEAST_CORE or self.overlap >= LEAST_OVERLAP


def compare(smiles_a: str, smiles_b: str, *, timeout_s: float = 12.0) -> Comparison:
    """Find the common core of two molecules and what differs.

    Parameters
    ----------
    smiles_a, smiles_b
        SMILES.
    timeout_s
        Seconds for the core (:func:`vcpi.structure.common.common_core`), at least 0.1.

    Raises
    ------
    StructureParseError
        A text is no structure.
    InputError
        ``timeout_s`` is out of range.

    Examples
    --------
    >>> found = compare("Cc1ccc(O)cc1", "Clc1ccc(OCC)cc1")
    >>> found.core_atoms, found.only_a, found.only_b
    (7, ('[1*]C',), ('[1*]Cl', '[2*]CC'))
    >>> found.changes
    (('[1*]C', '[1*]Cl'), ('[2*][H]', '[2*]CC'))
    """
    if not timeout_s >= 0.1:  # noqa: PLR2004 - said in the message
        raise InputError(f"timeout_s is {timeout_s}; expected 0.1 or more")
    a, b = parse(smiles_a), parse(smiles_b)
    core = common_core(smiles_a, smiles_b, timeout_s=timeout_s)
    labels = _labels(a, b, core)
    parts_a = _fragments(a, {pair[0]: labels[n] for n, pair in enumerate(core.mapped)})
    parts_b = _fragments(b, {pair[1]: labels[n] for n, pair in enumerate(core.mapped)})
    scaffolds = murcko(a), murcko(b)
    return Comparison(
        core_smarts=core.smarts,
        core_atoms=len(core.mapped),
        mapped=core.mapped,
        only_a=tuple(text for text, _ in parts_a),
        only_b=tuple(text for text, _ in parts_b),
        changes=_changes(parts_a, parts_b),
        bonds_a=_closures(a, [pair[0] for pair in core.mapped], core),
        bonds_b=_closures(b, [pair[1] for pair in core.mapped], core),
        tanimoto=_tanimoto(a, b),
        overlap=overlap(a, b, core),
        same_scaffold=scaffolds[0] == scaffolds[1] if any(scaffolds) else None,
        same_skeleton=_same_skeleton(a, b),
        timed_out=core.timed_out,
    )


def overlap(a: Chem.Mol, b: Chem.Mol, core: Core) -> float:
    """Return atoms and bonds of the core over those of both molecules together, each counted once; in [0, 1]."""
    shared = len(core.mapped) + len(core.bonds)
    total = sum(mol.GetNumAtoms() + mol.GetNumBonds() for mol in (a, b))
    return shared / (total - shared)


def _labels(a: Chem.Mol, b: Chem.Mol, core: Core) -> list[int]:
    """Give a number from 1 to each atom of the core that holds something on either side, 0 to the others."""
    inside = [{pair[side] for pair in core.mapped} for side in (0, 1)]
    labels, last = [], 0
    for pair in core.mapped:
        holds = any(
            neighbor.GetIdx() not in inside[side]
            for side, mol in enumerate((a, b))
            for neighbor in mol.GetAtomWithIdx(pair[side]).GetNeighbors()
        )
        last += holds
        labels.append(last if holds else 0)
    return labels


def _fragments(mol: Chem.Mol, label_of: dict[int, int]) -> list[tuple[str, frozenset[int]]]:
    """Cut the core out: each piece that remains as SMILES, with the numbers it hangs on, in their order."""
    if len(label_of) == mol.GetNumAtoms():
        return []
    edges = [
        bond for bond in mol.GetBonds() if (bond.GetBeginAtomIdx() in label_of) != (bond.GetEndAtomIdx() in label_of)
    ]
    dummies = [(label_of.get(bond.GetBeginAtomIdx(), 0), label_of.get(bond.GetEndAtomIdx(), 0)) for bond in edges]
    whole = mol
    if edges:
        whole = Chem.FragmentOnBonds(mol, [bond.GetIdx() for bond in edges], addDummies=True, dummyLabels=dummies)
    pieces = Chem.GetMolFrags(whole)
    found = []
    for piece in pieces:
        if any(atom in label_of for atom in piece):
            continue
        numbers = [whole.GetAtomWithIdx(i).GetIsotope() for i in piece if i >= mol.GetNumAtoms()]
        found.append((str(Chem.MolFragmentToSmiles(whole, atomsToUse=piece)), frozenset(numbers)))
    return sorted(found, key=lambda part: (sorted(part[1]), part[0]))


def _changes(
    parts_a: list[tuple[str, frozenset[int]]], parts_b: list[tuple[str, frozenset[int]]]
) -> tuple[tuple[str, str], ...]:
    """Set side by side the fragments whose places meet, and hydrogens where a side has none."""
    groups: list[set[int]] = []
    for _, places in [*parts_a, *parts_b]:
        met = [group for group in groups if group & places]
        groups = [group for group in groups if group not in met] + [set(places).union(*met)]
    rows = []
    for group in sorted((group for group in groups if group), key=min):
        sides = [".".join(text for text, places in parts if places & group) for parts in (parts_a, parts_b)]
        bare = ".".join(f"[{n}*][H]" for n in sorted(group))
        rows.append((sides[0] or bare, sides[1] or bare))
    loose = [".".join(text for text, places in parts if not places) for parts in (parts_a, parts_b)]
    return (*rows, (loose[0], loose[1])) if any(loose) else tuple(rows)


def _closures(mol: Chem.Mol, atoms: list[int], core: Core) -> int:
    """Count the bonds between atoms of the core that are no bonds of the core."""
    inside = set(atoms)
    n_bonds = sum(bond.GetBeginAtomIdx() in inside and bond.GetEndAtomIdx() in inside for bond in mol.GetBonds())
    return n_bonds - len(core.bonds)


def _tanimoto(a: Chem.Mol, b: Chem.Mol) -> float:
    """Compare fingerprints of the default recipe."""
    return float(tanimoto(fingerprint(a), fingerprint(b)[None])[0])


def _same_skeleton(a: Chem.Mol, b: Chem.Mol) -> bool:
    """Compare the first blocks of the InChIKeys; False where InChI has none."""
    keys = [inchikey_of(mol)[:14] for mol in (a, b)]
    return bool(keys[0]) and keys[0] == keys[1]
