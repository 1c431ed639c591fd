"""Fingerprints. Judge: RDKit's bit vectors, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from vcpi.errors import InputError
from vcpi.structure.fingerprints import FingerprintSpec, fingerprint
from vcpi.structure.identity import standardize


@pytest.mark.parametrize("spec", [FingerprintSpec(), FingerprintSpec(radius=3, n_bits=1024, chirality=True)])
def test_bits_are_rdkits(common_smiles, spec):
    judge = rdFingerprintGenerator.GetMorganGenerator(
        radius=spec.radius, fpSize=spec.n_bits, includeChirality=spec.chirality
    )
    for smiles in common_smiles:
        mol = Chem.MolFromSmiles(smiles)
        packed = fingerprint(mol, spec)
        assert (packed.shape, packed.dtype) == ((spec.n_bits // 8,), np.uint8)
        assert np.flatnonzero(np.unpackbits(packed)).tolist() == list(judge.GetFingerprint(mol).GetOnBits())


def test_structure_carries_the_default_fingerprint(common_smiles):
    for smiles in common_smiles[:5]:
        assert standardize(smiles).fingerprint == fingerprint(Chem.MolFromSmiles(smiles)).tobytes()


def test_stereo_does_not_count_by_default():
    left, right = (Chem.MolFromSmiles(text) for text in ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"))
    assert (fingerprint(left) == fingerprint(right)).all()
    chiral = FingerprintSpec(chirality=True)
    assert (fingerprint(left, chiral) != fingerprint(right, chiral)).any()


def test_recipe_travels_as_a_dict():
    spec = FingerprintSpec(radius=3, chirality=True)
    assert FingerprintSpec.from_dict(spec.to_dict()) == spec
    assert str(spec) == "morgan radius 3, 2048 bits, chirality"


@pytest.mark.parametrize("values", [{"kind": "maccs"}, {"radius": -1}, {"n_bits": 100}, {"colour": "red"}])
def test_recipes_that_cannot_be_followed_are_refused(values):
    with pytest.raises(InputError, match=r"[Ff]ingerprint"):
        FingerprintSpec.from_dict(values)
