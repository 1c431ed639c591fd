"""What can be counted on a structure."""

from __future__ import annotations

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from vcpi.records import Descriptors

# rdkit.Chem.Descriptors would import every descriptor there is; this is the function behind its MolWt
_molecular_weight = rdMolDescriptors._CalcMolWt


def describe(mol: Chem.Mol) -> Descriptors:
    """Count what medicinal chemists ask for first.

    Parameters
    ----------
    mol
        Sanitized molecule with implicit hydrogens.

    Returns
    -------
    Descriptors
        Average molecular weight (g/mol), Crippen log P [1]_, topological polar surface area over N and O (square
        angstrom) [2]_, hydrogen-bond donors and acceptors and rotatable bonds as RDKit counts them, and the Murcko
        scaffold [3]_ as SMILES, empty for a molecule without rings.

    References
    ----------
    .. [1] Wildman & Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868, doi:10.1021/ci990307l
    .. [2] Ertl, Rohde & Selzer, J. Med. Chem. 2000, 43, 3714, doi:10.1021/jm000942e
    .. [3] Bemis & Murcko, J. Med. Chem. 1996, 39, 2887, doi:10.1021/jm9602928

    Examples
    --------
    >>> aspirin = describe(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O"))
    >>> aspirin.formula, round(aspirin.molecular_weight, 2), aspirin.n_h_donors, aspirin.scaffold
    ('C9H8O4', 180.16, 1, 'c1ccccc1')
    """
    log_p, _ = rdMolDescriptors.CalcCrippenDescriptors(mol)
    return Descriptors(
        formula=rdMolDescriptors.CalcMolFormula(mol),
        molecular_weight=_molecular_weight(mol),
        log_p=log_p,
        tpsa=rdMolDescriptors.CalcTPSA(mol),
        n_h_donors=rdMolDescriptors.CalcNumHBD(mol),
        n_h_acceptors=rdMolDescriptors.CalcNumHBA(mol),
        n_rotatable_bonds=rdMolDescriptors.CalcNumRotatableBonds(mol),
        n_rings=rdMolDescriptors.CalcNumRings(mol),
        n_heavy_atoms=mol.GetNumHeavyAtoms(),
        fraction_sp3=rdMolDescriptors.CalcFractionCSP3(mol),
        scaffold=murcko(mol),
    )


def murcko(mol: Chem.Mol) -> str:
    """Rings and what joins them, as SMILES without stereo."""
    if not mol.GetRingInfo().NumRings():
        return ""
    return str(Chem.MolToSmiles(Chem.MurckoDecompose(mol), isomericSmiles=False))
