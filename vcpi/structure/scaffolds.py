"""Families by what holds a molecule together: Murcko scaffold, generic framework, macrocycle, and skeleton."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rdkit import Chem, rdBase

from vcpi.errors import InputError
from vcpi.structure.descriptors import murcko
from vcpi.structure.identity import standardize
from vcpi.structure.parsing import parse

LARGE_RING = 12  # atoms; the usual lower end of a macrocycle
_VALENCE = 4
_CARBON = 6

ScaffoldLevel = Literal["scaffold", "framework", "macrocycle"]
LEVELS: tuple[ScaffoldLevel, ...] = ("scaffold", "framework", "macrocycle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """What holds a molecule together, from the finest to the coarsest; None where there is nothing of the kind.

    ``scaffold`` is the Murcko scaffold, equal to the descriptor of that name; ``framework`` the same with every atom a
    carbon, every bond single and nothing outside rings and what joins them; ``macrocycle`` the framework of the ring
    system around the largest ring, for molecules with a ring of 12 or more atoms; ``largest_ring`` its number of atoms,
    0 for a molecule without rings.
    """

    scaffold: str | None
    framework: str | None
    macrocycle: str | None
    largest_ring: int


def scaffold_of(smiles: str) -> Scaffold:
    """Find the scaffold, the framework and the macrocycle of a structure.

    A substituent that holds a ring changes scaffold and framework: zotarolimus, with a tetrazole where sirolimus has a
    hydroxyl, is of another scaffold. The macrocycle leaves out all that hangs on the large ring, and so is the same for
    every rapalog, and another one for tacrolimus and its kin.

    Parameters
    ----------
    smiles
        SMILES of the parent structure; stereo is not looked at.

    Raises
    ------
    StructureParseError
        The text is no structure.

    Examples
    --------
    >>> found = scaffold_of("CC(=O)Nc1ccc(cc1)C(=O)N1CCOCC1")
    >>> found.scaffold, found.framework, found.macrocycle, found.largest_ring
    ('O=C(c1ccccc1)N1CCOCC1', 'C1CCC(CC2CCCCC2)CC1', None, 6)
    >>> scaffold_of("CCO").scaffold is None
    True
    """
    mol = parse(smiles)
    text = murcko(mol)
    sizes = [len(ring) for ring in mol.GetRingInfo().AtomRings()]
    largest = max(sizes, default=0)
    return Scaffold(
        scaffold=text or None,
        framework=_generic(Chem.MurckoDecompose(mol)) if text else None,
        macrocycle=_macrocycle(mol) if largest >= LARGE_RING else None,
        largest_ring=largest,
    )


def families(molecules: Iterable[tuple[int, str]], *, level: ScaffoldLevel = "scaffold") -> dict[str, list[int]]:
    """Gather molecules that share a scaffold, a framework or a macrocycle.

    Parameters
    ----------
    molecules
        Pairs of compound id and SMILES. One whose SMILES does not parse, or that has none of the kind, is in no family.
    level
        What they share.

    Returns
    -------
    dict
        SMILES of what is shared → ids in the order given; families in the order of their first member.

    Examples
    --------
    >>> families([(1, "Cc1ccccc1"), (2, "CCO"), (3, "Oc1ccccc1"), (4, "c1ccncc1")])
    {'c1ccccc1': [1, 3], 'c1ccncc1': [4]}
    >>> families([(1, "Cc1ccccc1"), (4, "c1ccncc1")], level="framework")
    {'C1CCCCC1': [1, 4]}
    """
    if level not in LEVELS:
        raise InputError(f"Unknown level {level!r:.40}; expected one of {', '.join(LEVELS)}")
    found: dict[str, list[int]] = {}
    for compound_id, smiles in molecules:
        try:
            key = getattr(scaffold_of(smiles), level)
        except InputError:
            continue
        if key is not None:
            found.setdefault(key, []).append(compound_id)
    return found


def same_skeleton(text_a: str, text_b: str) -> bool:
    """Say whether two structures differ in stereo, isotopes or protons at most: equal first blocks of their InChIKeys.

    Examples
    --------
    >>> same_skeleton("C[C@H](N)C(=O)O", "[2H]C([2H])([2H])[C@@H](N)C(=O)O"), same_skeleton("CCO", "COC")
    (True, False)
    """
    return standardize(text_a).skeleton == standardize(text_b).skeleton


def form_differences(text_a: str, text_b: str) -> tuple[str, ...]:
    """Name what tells two forms of one skeleton apart, by the layers of their InChIs.

    Parameters
    ----------
    text_a, text_b
        SMILES, InChI or molblock; each is standardized first, so that salts and their parents do not differ.

    Returns
    -------
    tuple of str
        Of ``isotopes``, ``protons``, ``stereo``, in this order; empty for equal compounds. Stereo that only one of the
        two states counts as a difference.

    Raises
    ------
    StructureParseError
        A text is no structure.
    InputError
        The skeletons differ.

    Examples
    --------
    >>> form_differences("C[C@H](N)C(=O)O", "[2H]C([2H])([2H])[C@@H](N)C(=O)O")
    ('isotopes', 'stereo')
    """
    a, b = standardize(text_a), standardize(text_b)
    if a.skeleton != b.skeleton:
        raise InputError(f"Skeletons {a.skeleton} and {b.skeleton} differ; expected two forms of one skeleton")
    layers_a, layers_b = _layers(a.inchi), _layers(b.inchi)
    return tuple(kind for kind in ("isotopes", "protons", "stereo") if layers_a[kind] != layers_b[kind])


def _layers(inchi: str) -> dict[str, tuple[str, ...]]:
    """Sort the layers of an InChI by what they say; stereo within the isotopic layer counts as isotopes."""
    parts = inchi.split("/")[2:]
    cut = next((n for n, part in enumerate(parts) if part.startswith("i")), len(parts))
    return {
        "isotopes": tuple(part for part in parts[cut:] if part[0] in "ih"),
        "protons": tuple(part for part in parts[:cut] if part[0] in "pq"),
        "stereo": _stereo(parts, cut),
    }


def _stereo(parts: list[str], cut: int) -> tuple[str, ...]:
    """Take the stereo of the plain layers, and of the isotopic one only where the plain ones have none."""
    plain = tuple(part for part in parts[:cut] if part[0] in "btms")
    return plain or tuple(part for part in parts[cut:] if part[0] in "btms")


def _generic(scaffold: Chem.Mol) -> str:
    """Write a scaffold with carbons and single bonds alone, without what hung on it by a double bond."""
    edited = Chem.RWMol(scaffold)
    for atom in edited.GetAtoms():
        atom.SetAtomicNum(_CARBON if atom.GetDegree() <= _VALENCE else 0)
        for switch in (atom.SetIsAromatic, atom.SetNoImplicit):
            switch(False)  # noqa: FBT003 - RDKit's setter
        for number in (atom.SetFormalCharge, atom.SetIsotope, atom.SetNumExplicitHs, atom.SetNumRadicalElectrons):
            number(0)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for bond in edited.GetBonds():
        bond.SetBondType(Chem.BondType.SINGLE)
        bond.SetIsAromatic(False)  # noqa: FBT003 - RDKit's setter
        bond.SetStereo(Chem.BondStereo.STEREONONE)
    with rdBase.BlockLogs():
        Chem.SanitizeMol(edited)
        return str(Chem.MolToSmiles(Chem.MurckoDecompose(edited.GetMol()), isomericSmiles=False))


def _macrocycle(mol: Chem.Mol) -> str:
    """Write the framework of the ring system around the largest ring: its rings and those that share a bond with them."""
    rings = [set(ring) for ring in mol.GetRingInfo().BondRings()]
    system = max(rings, key=len)
    while grown := [ring for ring in rings if ring & system and not ring <= system]:
        system = system.union(*grown)
    part = Chem.RWMol(mol)
    part.BeginBatchEdit()
    for bond in mol.GetBonds():
        if bond.GetIdx() not in system:
            part.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    inside = {
        i for n in system for i in (mol.GetBondWithIdx(n).GetBeginAtomIdx(), mol.GetBondWithIdx(n).GetEndAtomIdx())
    }
    for atom in mol.GetAtoms():
        if atom.GetIdx() not in inside:
            part.RemoveAtom(atom.GetIdx())
    part.CommitBatchEdit()
    return _generic(part.GetMol())
