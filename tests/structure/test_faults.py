"""What is wrong with a broken SMILES is found where it was broken."""

import pytest

pytest.importorskip("rdkit")

from vcpi.structure.faults import fault_of, pattern_fault_of
from vcpi.structure.parsing import parse

WHOLE = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "C%12CCCCC%12",
    "[13CH4]",
    "C1CC1C1CC1",
    "N[C@@H](C)C(=O)O",
    "[NH4+].[Cl-]",
    "C%(123)CCCC%(123)",
)


@pytest.mark.parametrize("smiles", WHOLE)
def test_a_whole_structure_has_no_fault(smiles):
    assert parse(smiles).GetNumAtoms() > 0  # RDKit is the judge
    assert fault_of(smiles) == ""
    assert pattern_fault_of(smiles) == ""


@pytest.mark.parametrize(
    ("smiles", "told"),
    [
        ("CC(=O", "1 '(' is not closed"),
        ("CC(=O))", "1 ')' is not opened"),
        ("C((CC", "2 '(' are not closed"),
        ("C[NH2", "1 '[' is not closed"),
        ("c1ccccc", "ring 1 is not closed"),
        ("C1CC2", "rings 1, 2 are not closed"),
        ("C%12CCCC", "ring 12 is not closed"),
        ("[13CH3]C1CC", "ring 1 is not closed"),
        ("CC(C)(C)(C)C", "atom 2 (C) has more bonds than it can have"),
        ("c1cccc1", "its aromatic atoms (small letters) cannot be given single and double bonds"),
    ],
)
def test_the_fault_is_the_one_that_was_made(smiles, told):
    with pytest.raises(ValueError, match="Not a structure"):
        parse(smiles)
    assert fault_of(smiles) == told


def test_what_is_no_smiles_at_all_has_no_fault_that_could_be_told():
    assert fault_of("everolimus?") == ""
