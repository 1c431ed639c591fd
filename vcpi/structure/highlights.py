"""Which atoms of a structure look as they do in a query: the surroundings that Morgan bits are made of."""

from __future__ import annotations

from functools import cache

from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from vcpi.structure.parsing import parse

RADIUS = 2


def shared_reach(query_smiles: str, smiles: str) -> tuple[int, ...]:
    """Say of each atom how far around it a structure looks as some atom of the query does.

    Parameters
    ----------
    query_smiles
        SMILES of the query.
    smiles
        SMILES whose atoms are judged.

    Returns
    -------
    tuple of int
        One for each atom in the order of the SMILES: 2 where the query has an atom with the same surroundings out to
        two bonds, 1 out to one bond, 0 for the atom itself (its element, bonds, hydrogens, charge and whether it is in a
        ring), -1 where it has no such atom. These are the surroundings that the default fingerprint counts, unfolded.

    Raises
    ------
    StructureParseError
        A text is no structure.

    Examples
    --------
    >>> shared_reach("CCO", "OCC"), shared_reach("CCO", "CCN")
    ((2, 2, 2), (1, 0, -1))
    """
    query = {bit for rows in _surroundings(parse(query_smiles)) for bit in rows}
    return tuple(
        max((radius for radius, bit in enumerate(rows) if bit in query), default=-1)
        for rows in _surroundings(parse(smiles))
    )


@cache
def _generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    """Morgan surroundings, those that two atoms share included."""
    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, includeRedundantEnvironments=True)


def _surroundings(mol: Chem.Mol) -> list[list[int]]:
    """List for each atom its surroundings at 0, 1 and 2 bonds, as RDKit numbers them."""
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateBitInfoMap()
    _generator().GetSparseFingerprint(mol, additionalOutput=output)
    rows = [[-1] * (RADIUS + 1) for _ in range(mol.GetNumAtoms())]
    for bit, places in output.GetBitInfoMap().items():
        for atom, radius in places:
            rows[atom][radius] = bit
    return [[bit if bit >= 0 else row[0] for bit in row] for row in rows]  # a lone atom ends where it begins
