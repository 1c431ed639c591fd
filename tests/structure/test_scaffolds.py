"""Scaffold families and skeletons. Judges: RDKit's own module, ring perception by hand, and textbook pairs."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from vcpi.errors import InputError
from vcpi.structure.descriptors import describe
from vcpi.structure.scaffolds import families, form_differences, same_skeleton, scaffold_of

RAPALOGS = ("sirolimus", "everolimus", "temsirolimus", "ridaforolimus", "umirolimus", "zotarolimus", "novolimus")


def by_rdkit(smiles):
    """Scaffold and framework by RDKit's Python module, which makes the generic one atom by atom."""
    core = MurckoScaffold.GetScaffoldForMol(Chem.MolFromSmiles(smiles))
    generic = MurckoScaffold.GetScaffoldForMol(reread(MurckoScaffold.MakeScaffoldGeneric(reread(core))))
    return Chem.MolToSmiles(core, isomericSmiles=False), Chem.MolToSmiles(generic, isomericSmiles=False)


def reread(mol):
    return Chem.MolFromSmiles(Chem.MolToSmiles(mol, isomericSmiles=False))


def test_scaffold_and_framework_agree_with_rdkits_own_module(common_smiles, rapalogs):
    n_rings = 0
    for smiles in [*common_smiles, *rapalogs.values()]:
        found = scaffold_of(smiles)
        if describe(Chem.MolFromSmiles(smiles)).n_rings:
            n_rings += 1
            assert (found.scaffold, found.framework) == by_rdkit(smiles)
            assert found.scaffold == describe(Chem.MolFromSmiles(smiles)).scaffold
        else:
            assert (found.scaffold, found.framework, found.macrocycle, found.largest_ring) == (None, None, None, 0)
    assert n_rings > 40


def test_a_framework_is_its_own_framework(common_smiles, rapalogs):
    for smiles in [*common_smiles, *rapalogs.values()]:
        found = scaffold_of(smiles)
        if found.framework is not None:
            again = scaffold_of(found.framework)
            assert again.framework == again.scaffold == found.framework
            assert set(found.framework) <= set("C()%0123456789")


def test_scaffolds_tell_the_tetrazole_and_macrocycles_tell_the_families(rapalogs):
    found = {name: scaffold_of(smiles) for name, smiles in rapalogs.items()}
    by_scaffold = {found[name].scaffold for name in RAPALOGS}
    assert len(by_scaffold) == 2
    assert found["zotarolimus"].scaffold != found["sirolimus"].scaffold == found["everolimus"].scaffold
    assert len({found[name].macrocycle for name in RAPALOGS}) == 1
    assert found["tacrolimus"].macrocycle not in {found["sirolimus"].macrocycle, None}
    assert found["cyclosporin A"].macrocycle == "C1" + "C" * 31 + "C1"


def test_large_rings_have_the_sizes_of_the_literature(rapalogs):
    # rapamycin: 31-membered macrolide, with the hemiketal's own path one shorter; FK506: 23; cyclosporin A: 33 (11 residues)
    assert scaffold_of(rapalogs["cyclosporin A"]).largest_ring == 33
    assert scaffold_of("CC[C@H]1OC(=O)CCCCCCCCC1").largest_ring == 12
    assert scaffold_of("CC[C@H]1OC(=O)CCCCCCCC1").macrocycle is None
    assert 21 <= scaffold_of(rapalogs["tacrolimus"]).largest_ring <= 23
    assert 29 <= scaffold_of(rapalogs["sirolimus"]).largest_ring <= 31


def test_what_hangs_on_a_large_ring_is_left_out():
    ring = "C1CCCCCCCCCCCC1"
    assert {scaffold_of(text).macrocycle for text in (ring, "O=" + ring, "N1CCCCCCCCCCCC1C2CCCCC2")} == {ring}
    fused = Chem.CanonSmiles("C1CCCCCCCCCCC2CCCCC12")
    assert scaffold_of("OC1CCCCCCCCCCc2cccnc12").macrocycle == fused


@pytest.mark.parametrize(
    "smiles", ["[O-][Cl+3]([O-])([O-])OC1CC1", "C1CS12(C)(C)CC2", "O=S1(=O)CCCC1", "c1cc[n+]([O-])cc1"]
)
def test_odd_valences_have_a_framework_all_the_same(smiles):
    assert scaffold_of(smiles).framework


def test_families_hold_everyone_once_and_in_order(rapalogs):
    molecules = [(n, rapalogs[name]) for n, name in enumerate(rapalogs, start=10)] + [(3, "CCO"), (4, "no structure")]
    by_ring = families(molecules, level="macrocycle")
    assert sorted(map(len, by_ring.values()), reverse=True) == [7, 1, 1]
    for level in ("scaffold", "framework", "macrocycle"):
        groups = families(molecules, level=level)
        members = [one for group in groups.values() for one in group]
        assert sorted(members) == [n for n, _ in molecules if n >= 10]
        assert all(group == sorted(group) for group in groups.values())
    with pytest.raises(InputError, match="Unknown level 'ring'; expected one of scaffold, framework, macrocycle"):
        families([], level="ring")


@pytest.mark.parametrize(
    ("a", "b", "differences"),
    [
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", ("stereo",)),  # L- and D-alanine
        ("C/C=C/C", "C/C=C\\C", ("stereo",)),
        ("CC(N)C(=O)O", "C[C@@H](N)C(=O)O", ("stereo",)),
        ("CN(C)C", "[2H]C([2H])([2H])N(C)C", ("isotopes",)),
        ("CC(=O)O", "[13CH3]C(=O)O", ("isotopes",)),
        ("C[C@H](N)C(=O)O", "[2H]C([2H])([2H])[C@@H](N)C(=O)O", ("isotopes", "stereo")),
        ("C[C@H](N)C(=O)O", "[2H]C([2H])([2H])[C@H](N)C(=O)O", ("isotopes",)),
        ("CCN.Cl", "CCN", ()),  # a salt is its parent
    ],
)
def test_forms_of_one_skeleton_and_what_tells_them_apart(a, b, differences):
    assert same_skeleton(a, b)
    assert form_differences(a, b) == form_differences(b, a) == differences


def test_unlike_skeletons_have_no_forms(rapalogs):
    assert not same_skeleton("CCO", "COC")
    assert not same_skeleton(rapalogs["sirolimus"], rapalogs["everolimus"])
    with pytest.raises(InputError, match="LCGLNKUTAGEVQW and LFQSCWFLJHTTHZ differ"):
        form_differences("COC", "CCO")
