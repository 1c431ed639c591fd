"""A drawn structure from a file is asked about like its SMILES."""

import json

import pytest
from rdkit import Chem


def test_a_molfile_is_its_structure(demo_home, vcpi_command, tmp_path):
    smiles = "CC(=O)Oc1ccccc1C(=O)OC"
    path = tmp_path / "drawn.mol"
    path.write_text(Chem.MolToMolBlock(Chem.MolFromSmiles(smiles)))
    drawn, written = (
        json.loads(vcpi_command(demo_home, "analogs", name, "-f", "json").out) for name in (str(path), smiles)
    )
    assert drawn["hits"] == written["hits"]
    assert drawn["query"]["inchikey"] == written["query"]["inchikey"]


@pytest.mark.parametrize(("text", "told"), [(None, "Cannot read the structure"), ("C1CC1", "is no molfile")])
def test_what_is_no_molfile_is_told_in_one_line(demo_home, vcpi_command, tmp_path, text, told):
    path = tmp_path / "drawn.mol"
    if text is not None:
        path.write_text(text)
    said = vcpi_command(demo_home, "analogs", str(path))
    assert said.status == 1
    assert told in said.err
    assert said.err.count("\n") == 1
