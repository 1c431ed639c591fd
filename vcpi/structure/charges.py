"""Charges and bonds that differ between drawings of one compound, brought to one form."""

from __future__ import annotations

from functools import cache

from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

# Sodium to barium: these are counter-ions. Any other metal is part of what the compound does.
COUNTERION_METALS = frozenset({3, 11, 12, 19, 20, 37, 38, 55, 56})
METALS = (
    COUNTERION_METALS | {4, 13, 51, 88} | {*range(21, 33)} | {*range(39, 51)} | {*range(57, 85)} | {*range(87, 119)}
)

_UNUSUAL = "[!#1;!#5;!#6;!#7;!#8;!#9;!#14;!#15;!#16;!#17;!#34;!#35;!#53]"
_ELECTRONEGATIVE = frozenset({7, 8, 9, 16, 17, 34, 35, 53})

# Acids that give their proton to a quaternary cation of the same molecule, the strongest first.
_ACIDS = ("[OX2H1]S(=O)=O", "[OX2H1]P=O", "[OX2H1]C=O")


@cache
def _uncharger() -> rdMolStandardize.Uncharger:
    """RDKit's neutralizer; it moves protons only, so that a carbocation stays what was drawn."""
    return rdMolStandardize.Uncharger(canonicalOrder=True, force=False, protonationOnly=True)


@cache
def _pattern(smarts: str) -> Chem.Mol:
    """One compiled SMARTS."""
    return Chem.MolFromSmarts(smarts)


def has_atom(mol: Chem.Mol, smarts: str) -> bool:
    """Say whether any atom fits a pattern of one atom; many times quicker than a loop over atoms.

    Examples
    --------
    >>> has_atom(Chem.MolFromSmiles("C[NH3+]"), "[!+0]")
    True
    """
    return bool(mol.HasSubstructMatch(_pattern(smarts)))


def has_metal(mol: Chem.Mol, metals: frozenset[int] = METALS) -> bool:
    """Say whether any atom is one of these metals, by default any at all."""
    return has_atom(mol, _UNUSUAL) and any(atom.GetAtomicNum() in metals for atom in mol.GetAtoms())


def neutralize(mol: Chem.Mol) -> Chem.Mol:
    """Take charges off a molecule where protons or an oxide bond explain them.

    Ions that need no metal or counter-ion lose their charge by gaining or losing protons; a quaternary cation keeps
    its charge and takes the proton of its own strongest acid, so that betaine hydrochloride gives betaine; ``[S+][O-]``
    and ``[P+][O-]`` become double bonds. Molecules without a charged atom are returned as they are.

    Parameters
    ----------
    mol
        Sanitized molecule, best one connected part.

    Returns
    -------
    Mol
        The argument itself where nothing changed, else a new, sanitized molecule.

    Examples
    --------
    >>> for text in ("C[NH2+]C", "OC(=O)C[N+](C)(C)C", "C[S+](C)[O-]", "C[N+](C)(C)CCO"):
    ...     print(Chem.MolToSmiles(neutralize(Chem.MolFromSmiles(text))))
    CNC
    C[N+](C)(C)CC(=O)[O-]
    CS(C)=O
    C[N+](C)(C)CCO
    """
    if not has_atom(mol, "[!+0]"):
        return mol
    before = Chem.MolToSmiles(mol)
    edited = Chem.RWMol(_uncharger().uncharge(mol))
    _close_oxides(edited)
    _form_zwitterion(edited)
    Chem.SanitizeMol(edited)
    after = Chem.MolToSmiles(edited)
    return mol if after == before else Chem.MolFromSmiles(after)


def _close_oxides(mol: Chem.RWMol) -> None:
    """Write charge-separated sulfoxides, sulfones and phosphine oxides with double bonds, in place."""
    for _ in range(2):  # a sulfone drawn as [S+2] has two
        for center, oxygen in mol.GetSubstructMatches(_pattern("[S,P,Se;+1,+2]-[OX1-]")):
            first, second = mol.GetAtomWithIdx(center), mol.GetAtomWithIdx(oxygen)
            if first.GetFormalCharge() > 0 and second.GetFormalCharge() < 0:
                mol.GetBondBetweenAtoms(center, oxygen).SetBondType(Chem.BondType.DOUBLE)
                first.SetFormalCharge(first.GetFormalCharge() - 1)
                second.SetFormalCharge(0)


def _form_zwitterion(mol: Chem.RWMol) -> None:
    """Let acids of a cation that no proton can neutralize give theirs away, in place."""
    surplus = Chem.GetFormalCharge(mol)
    for smarts in _ACIDS:
        for match in mol.GetSubstructMatches(_pattern(smarts)) if surplus > 0 else ():
            oxygen = mol.GetAtomWithIdx(match[0])
            if surplus <= 0 or oxygen.GetFormalCharge():
                continue
            oxygen.SetFormalCharge(-1)
            oxygen.SetNumExplicitHs(0)
            oxygen.UpdatePropertyCache()
            surplus -= 1


def free_counterions(mol: Chem.Mol) -> Chem.Mol:
    """Draw sodium and its like as ions where they were drawn with bonds.

    Examples
    --------
    >>> Chem.MolToSmiles(free_counterions(Chem.MolFromSmiles("CC(=O)O[Na]")))
    'CC(=O)[O-].[Na+]'
    """
    bonds = [bond for bond in mol.GetBonds() if _is_drawn_ion(bond)] if has_atom(mol, _UNUSUAL) else []
    if not bonds:
        return mol
    edited = Chem.RWMol(mol)
    for bond in bonds:
        order = int(bond.GetBondTypeAsDouble())
        metal, partner = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if mol.GetAtomWithIdx(partner).GetAtomicNum() in COUNTERION_METALS:
            metal, partner = partner, metal
        edited.RemoveBond(metal, partner)
        for index, charge in ((metal, order), (partner, -order)):
            atom = edited.GetAtomWithIdx(index)
            atom.SetFormalCharge(atom.GetFormalCharge() + charge)
            atom.SetNoImplicit(True)  # noqa: FBT003 - RDKit's setter
    Chem.SanitizeMol(edited)
    return edited.GetMol()


def _is_drawn_ion(bond: Chem.Bond) -> bool:
    """Whether a bond joins sodium or its like to N, O, S or a halogen."""
    elements = {bond.GetBeginAtom().GetAtomicNum(), bond.GetEndAtom().GetAtomicNum()}
    return bool(elements & COUNTERION_METALS and elements & _ELECTRONEGATIVE)


def without_dative_bonds(mol: Chem.Mol) -> Chem.Mol:
    """Cut dative bonds, which InChI cannot write: the ligand stays beside its metal."""
    edited = Chem.RWMol(mol)
    dative = [bond for bond in mol.GetBonds() if bond.GetBondType() == Chem.BondType.DATIVE]
    for bond in dative:
        edited.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    Chem.SanitizeMol(edited)
    return edited.GetMol()
