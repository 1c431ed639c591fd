"""Families and comparisons of structures, judged by known chemistry and by RDKit asked another way."""

import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from vcpi.database.filters import Filter
from vcpi.errors import InputError, UnknownCompoundError

RAPALOGS = {"everolimus", "novolimus", "ridaforolimus", "temsirolimus", "umirolimus", "zotarolimus"}


def names(answer):
    return {hit.name for hit in answer.records}


def test_the_macrocycle_family_of_sirolimus_is_the_rapalogs(demo):
    found = demo.analogs("sirolimus", k=100, same="macrocycle")
    assert names(found) == RAPALOGS
    assert names(demo.analogs("tacrolimus", k=100, same="macrocycle")) == {"ascomycin", "pimecrolimus"}


def test_a_scaffold_family_is_those_with_the_same_murcko_scaffold(demo):
    own = demo.compound("sirolimus").scaffold
    cards = [demo.compound(row["inchikey"]) for row in demo.table("compounds") if row["inchikey"]]
    expected = {card.name for card in cards if card.scaffold == own} - {"sirolimus"}
    found = demo.analogs("sirolimus", k=100, same="scaffold")
    assert names(found) == expected
    assert all(hit.same_scaffold for hit in found.records)


def test_a_skeleton_family_holds_other_stereo_forms(demo):
    flat = Chem.MolToSmiles(Chem.MolFromSmiles(demo.compound("dexamethasone").smiles), isomericSmiles=False)
    found = demo.analogs(flat, k=5, same="skeleton")
    first = demo.compound("dexamethasone").skeleton
    assert "dexamethasone" in names(found)
    assert {hit.inchikey.split("-")[0] for hit in found.records} == {first}


def test_a_family_may_be_filtered_and_may_not_exist(demo):
    light = demo.analogs("sirolimus", k=100, same="macrocycle", where=Filter(descriptors=("mw<940",)))
    assert names(light) == {name for name in RAPALOGS if demo.compound(name).molecular_weight < 940}
    with pytest.raises(InputError, match="has no scaffold"):
        demo.analogs("CCCCCC", same="scaffold")
    with pytest.raises(InputError, match="largest ring has 6"):
        demo.analogs("propranolol", same="macrocycle")


def test_atom_pairs_are_those_of_rdkit(demo):
    generator = rdFingerprintGenerator.GetAtomPairGenerator(minDistance=1, maxDistance=30)
    query = generator.GetSparseCountFingerprint(Chem.MolFromSmiles(demo.compound("sirolimus").smiles))
    for hit in demo.analogs("sirolimus", k=12).records:
        other = generator.GetSparseCountFingerprint(Chem.MolFromSmiles(demo.compound(hit.inchikey).smiles))
        assert hit.atom_pairs == pytest.approx(DataStructs.TanimotoSimilarity(query, other), abs=1e-6)


def test_compounds_side_by_side_agree_with_the_other_answers(demo):
    found = demo.compare(["sirolimus", "everolimus", "tacrolimus"])
    hits = {hit.name: hit for hit in demo.like("sirolimus", k=500).records}
    for pair in found.pairs[:2]:
        hit = hits[pair["b"]]
        assert pair["connectivity"] == hit.connectivity
        back = {one.name: one for one in demo.like(pair["b"], k=500).records}["sirolimus"]
        assert pair["q_noise"] == max(hit.q_noise, back.q_noise)
        assert pair["tanimoto"] == pytest.approx(hit.tanimoto)
        assert pair["relation"] == hit.relation
    for card in found.compounds:
        mol = Chem.MolFromSmiles(card["smiles"])
        assert card["tpsa"] == pytest.approx(rdMolDescriptors.CalcTPSA(mol), abs=0.01)
        assert card["n_rings"] == rdMolDescriptors.CalcNumRings(mol)
    assert [pair["a"] for pair in found.pairs] == ["sirolimus", "sirolimus", "everolimus"]


def test_a_structure_from_outside_is_compared_by_structure(demo):
    found = demo.compare(["CCO", "sirolimus"])
    assert found.compounds[0]["molecular_weight"] == pytest.approx(46.07, abs=0.01)
    assert found.pairs[0]["connectivity"] is None
    assert any("no signature in sim-demo-001: CCO" in caveat for caveat in found.caveats)
    with pytest.raises(InputError, match="1 compounds to compare"):
        demo.compare(["sirolimus"])
    with pytest.raises(UnknownCompoundError):
        demo.compare(["sirolimus", "evrolimus"])


def test_the_drawing_of_two_holds_both_names(demo):
    svg = demo.draw_compared(["sirolimus", "everolimus"])
    assert svg.startswith("<svg")
    assert "sirolimus" in svg
    assert "everolimus" in svg
