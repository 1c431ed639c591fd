"""Counted properties. Judges: published values, and RDKit's Descriptors module."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors, Lipinski

from vcpi.structure.descriptors import describe


@pytest.mark.parametrize(
    ("name", "formula", "expected"),
    [
        ("sirolimus", "C51H79NO13", (914.19, 6.18, 195.4)),
        ("everolimus", "C53H83NO14", (958.24, 6.20, 204.7)),
        ("temsirolimus", "C56H87NO16", (1030.30, 5.72, 242.0)),
        ("ridaforolimus", "C53H84NO14P", (990.22, 7.74, 201.5)),
        ("novolimus", "C50H77NO13", (900.16, 5.53, 206.4)),
    ],
)
def test_rapalogs_have_their_published_values(rapalogs, name, formula, expected):
    found = describe(Chem.MolFromSmiles(rapalogs[name]))
    assert found.formula == formula
    weight, log_p, tpsa = expected
    assert found.molecular_weight == pytest.approx(weight, abs=0.006)
    assert found.log_p == pytest.approx(log_p, abs=0.006)
    assert found.tpsa == pytest.approx(tpsa, abs=0.06)


def test_counts_agree_with_rdkits_own_module(common_smiles):
    for smiles in common_smiles:
        mol = Chem.MolFromSmiles(smiles)
        found = describe(mol)
        assert found.molecular_weight == pytest.approx(Descriptors.MolWt(mol))
        assert found.log_p == pytest.approx(Crippen.MolLogP(mol))
        assert found.n_h_donors == Lipinski.NumHDonors(mol)
        assert found.n_rotatable_bonds == Lipinski.NumRotatableBonds(mol)
        assert found.n_heavy_atoms == Lipinski.HeavyAtomCount(mol)
        assert found.fraction_sp3 == pytest.approx(Lipinski.FractionCSP3(mol))
        assert found.n_rings == Lipinski.RingCount(mol)


@pytest.mark.parametrize(
    ("smiles", "scaffold"),
    [("CCO", ""), ("CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1"), ("C[C@H](c1ccccc1)N1CCCCC1", "c1ccc(CN2CCCCC2)cc1")],
)
def test_scaffold_is_rings_and_what_joins_them(smiles, scaffold):
    assert describe(Chem.MolFromSmiles(smiles)).scaffold == scaffold
