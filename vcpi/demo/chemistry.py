"""The chemistry table of a simulated release, as a supplier of compounds would write it."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdinchi, rdMolDescriptors

CHEMISTRY_COLUMNS = (
    "compound", "user_compound_id", "smiles", "purity_pct", "molecular_weight", "log_p", "tpsa", "inchi_key",
    "num_rotatable_bonds", "num_h_acceptors", "num_h_donors", "num_atoms", "num_bonds",
)  # fmt: skip
VEHICLE_SMILES = "control"  # a word where a structure belongs, as in real releases

_HYDROCHLORIDES = (
    "doxorubicin daunorubicin epirubicin idarubicin topotecan irinotecan erlotinib propranolol diphenhydramine "
    "chlorpromazine fluoxetine sertraline paroxetine cetirizine raloxifene quinapril alvespimycin puromycin"
)
_SALT_PARTS = MappingProxyType(
    {
        "lapatinib": "Cc1ccc(S(=O)(=O)O)cc1",
        "tofacitinib": "O=C(O)CC(O)(CC(=O)O)C(=O)O",
        "tamoxifen": "O=C(O)CC(O)(CC(=O)O)C(=O)O",
        "timolol": "O=C(O)/C=C\\C(=O)O",
    }
)
_ACID_SALTS = MappingProxyType(
    {"diclofenac": "[Na+]", "naproxen": "[Na+]", "rigosertib": "[Na+]", "ketoprofen": "[K+]"}
)


def as_supplied(name: str, smiles: str) -> str:
    """Draw a compound as it is sold: some as a salt.

    Examples
    --------
    >>> as_supplied("propranolol", "CC(C)NCC(O)COc1cccc2ccccc12")
    'CC(C)NCC(O)COc1cccc2ccccc12.Cl'
    >>> as_supplied("diclofenac", "O=C(O)Cc1ccccc1Nc1c(Cl)cccc1Cl")
    'O=C([O-])Cc1ccccc1Nc1c(Cl)cccc1Cl.[Na+]'
    """
    if name in _HYDROCHLORIDES.split():
        return f"{smiles}.Cl"
    if name in _SALT_PARTS:
        return f"{smiles}.{_SALT_PARTS[name]}"
    if name in _ACID_SALTS:
        mol = Chem.MolFromSmiles(smiles)
        for atoms in mol.GetSubstructMatches(Chem.MolFromSmarts("[CX3](=O)[OX2H1]"))[:1]:
            oxygen = mol.GetAtomWithIdx(atoms[2])
            oxygen.SetFormalCharge(-1)
            oxygen.SetNumExplicitHs(0)
            Chem.SanitizeMol(mol)
            return f"{Chem.MolToSmiles(mol)}.{_ACID_SALTS[name]}"
    return smiles


def chemistry_row(compound: str, source_compound_id: str, smiles: str | None, *, rng: np.random.Generator) -> list[str]:
    """Write one row of the chemistry table; without a structure what can be computed from one stays empty."""
    purity = f"{rng.uniform(95.0, 99.9):.1f}"
    mol = Chem.MolFromSmiles(smiles) if smiles and smiles != VEHICLE_SMILES else None
    if mol is None:
        return [compound, source_compound_id, smiles or "", "" if smiles else purity, *[""] * 9]
    return [
        compound, source_compound_id, smiles or "", purity,
        f"{rdMolDescriptors._CalcMolWt(mol):.3f}", f"{rdMolDescriptors.CalcCrippenDescriptors(mol)[0]:.4f}", f"{rdMolDescriptors.CalcTPSA(mol):.2f}",
        rdinchi.MolToInchiKey(mol), str(rdMolDescriptors.CalcNumRotatableBonds(mol)),
        str(rdMolDescriptors.CalcNumHBA(mol)), str(rdMolDescriptors.CalcNumHBD(mol)),
        str(mol.GetNumHeavyAtoms()), str(mol.GetNumBonds()),
    ]  # fmt: skip
