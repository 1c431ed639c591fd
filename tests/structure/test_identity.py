"""Which compound a drawing shows. Judges: published InChIKeys, and RDKit's own key of the input."""

from __future__ import annotations

import pytest
from rdkit import Chem, RDLogger

from vcpi.errors import InputError, StructureParseError
from vcpi.records import Structure
from vcpi.structure import identity
from vcpi.structure.identity import (
    inchikey_of,
    is_vehicle_structure,
    parse,
    parse_structure,
    standardize,
    standardize_many,
)

RDLogger.DisableLog("rdApp.*")

PUBLISHED = {
    "sirolimus": "QFJCIRLUMZQUOT-HPLJOQBZSA-N",
    "everolimus": "HKVAMNSJSFKALM-GKUWKFKPSA-N",
    "temsirolimus": "CBPNZQVSJQDFBE-FUXHJELOSA-N",
    "ridaforolimus": "BUROJSBIWGDYCN-GAUTUEMISA-N",
    "novolimus": "ZHYGVVKSAGDVDY-QQQXYHJWSA-N",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_rapalogs_have_their_published_keys(rapalogs, name):
    found = standardize(rapalogs[name])
    assert (found.inchikey, found.skeleton, found.flags) == (PUBLISHED[name], PUBLISHED[name][:14], ())


# The published key of the compound that each form contains
@pytest.mark.parametrize(
    ("supplied", "key", "flags"),
    [
        ("CN(C)C(=N)NC(=N)N.Cl", "XZWYZXLIPXDOLR-UHFFFAOYSA-N", {"salt"}),
        ("C[NH+](C)C(=N)NC(=N)N.[Cl-]", "XZWYZXLIPXDOLR-UHFFFAOYSA-N", {"salt", "neutralized"}),
        (
            "CS(O)(=O)=O.Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(n1)-c1cccnc1",
            "KTUFNOKKBVMGRW-UHFFFAOYSA-N",
            {"salt"},
        ),
        ("[Na+].[O-]C(=O)c1ccccc1O", "YGSDEFSMJLZEOE-UHFFFAOYSA-N", {"salt", "neutralized"}),
        ("[Na]OC(=O)c1ccccc1O", "YGSDEFSMJLZEOE-UHFFFAOYSA-N", {"salt", "neutralized"}),
        ("Oc1ccccc1.CS(C)=O", "ISWSIDIOOBJBQZ-UHFFFAOYSA-N", {"solvate"}),
        ("Cn1cnc2c1c(=O)n(C)c(=O)n2C.O", "RYYVLZVUVIJVGH-UHFFFAOYSA-N", {"solvate"}),
        ("[Cl-].C[N+](C)(C)CC(=O)O", "KWIUHFFTVRNATP-UHFFFAOYSA-N", {"salt", "neutralized"}),
        ("C[N+](C)(C)CCO.[Cl-]", "OEYIOHPDSNJKLS-UHFFFAOYSA-N", {"salt", "charged"}),
        ("C[N+](C)(C)CCO", "OEYIOHPDSNJKLS-UHFFFAOYSA-N", {"charged"}),
        ("[NH3+]CC(=O)[O-]", "DHMQDGOQFOQNFH-UHFFFAOYSA-N", {"neutralized"}),
        ("C[S+](C)[O-]", "IAZDPXIOMUYVGZ-UHFFFAOYSA-N", {"neutralized"}),
        ("C1CNCCN1.OC(=O)CC(O)(CC(O)=O)C(O)=O", "GLUUGHFHXGJENI-UHFFFAOYSA-N", {"salt"}),
        ("CCO.CCO.CCO", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", {"repeated"}),
    ],
)
def test_parent_of_a_salt_or_solvate(supplied, key, flags):
    found = standardize(supplied)
    assert (found.inchikey, set(found.flags)) == (key, flags)
    assert found.smiles_supplied == supplied


@pytest.mark.parametrize(
    ("supplied", "key", "flags"),
    [
        ("[NH3][Pt]([NH3])(Cl)Cl", "LXZZYRPGZAFOLE-UHFFFAOYSA-L", {"metal", "inorganic"}),
        ("[NH3]->[Pt](<-[NH3])(Cl)Cl", "LXZZYRPGZAFOLE-UHFFFAOYSA-L", {"metal", "inorganic"}),
        ("N.N.Cl[Pt]Cl", "LXZZYRPGZAFOLE-UHFFFAOYSA-L", {"metal", "inorganic"}),
        ("[Na+].[Cl-]", "FAPWRFPIFSIZLT-UHFFFAOYSA-M", {"metal", "inorganic"}),
        ("[Na]Cl", "FAPWRFPIFSIZLT-UHFFFAOYSA-M", {"metal", "inorganic"}),
        ("[Li+].[Li+].[O-]C([O-])=O", "XGZVUEUWXADBQD-UHFFFAOYSA-L", {"metal", "inorganic"}),
    ],
)
def test_metals_and_inorganics_are_kept_whole(supplied, key, flags):
    found = standardize(supplied)
    assert (found.inchikey, set(found.flags)) == (key, flags)


def test_auranofin_keeps_its_gold():
    found = standardize("CCP(CC)(CC)=[Au]S[C@@H]1O[C@H](COC(C)=O)[C@@H](OC(C)=O)[C@H](OC(C)=O)[C@H]1OC(C)=O")
    assert "Au" in found.smiles
    assert found.descriptors.formula.startswith("C20H34Au")
    assert found.flags == ("metal",)


def test_a_mixture_of_two_drugs_is_kept_whole():
    aspirin, caffeine = "CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C"
    found = standardize(f"{aspirin}.{caffeine}.Cl")
    assert found.inchikey == Chem.MolToInchiKey(Chem.MolFromSmiles(f"{caffeine}.{aspirin}"))
    assert set(found.flags) == {"mixture", "salt"}


def test_isotopes_stay_and_share_the_skeleton_of_the_plain_form():
    # deutetrabenazine and tetrabenazine, one enantiomer each
    plain = "COc1cc2c(cc1OC)[C@H]1CC(=O)[C@H](CC(C)C)CN1CC2"
    heavy = standardize(plain.replace("COc1cc2c(cc1OC)", "[2H]C([2H])([2H])Oc1cc2c(cc1OC([2H])([2H])[2H])"))
    light = standardize(plain)
    assert (heavy.flags, heavy.descriptors.n_heavy_atoms) == (("isotope",), light.descriptors.n_heavy_atoms)
    assert heavy.inchikey != light.inchikey
    assert heavy.skeleton == light.skeleton


def test_extended_smiles_that_the_strict_parser_refuses():
    core = "C([C@@H](N1CCCCC1)c1ccccc1)c1ccccc1"
    assert standardize(f"{core} |&1:1|").flags == ("cxsmiles", "relative_stereo")
    for extension in ("|&1:1,r|", "|c:14,33,t:29,31|", "|broken"):
        assert standardize(f"{core} {extension}").inchikey == Chem.MolToInchiKey(Chem.MolFromSmiles(core))


def test_ordinary_molecules_keep_rdkits_key_in_every_notation(common_smiles):
    for smiles in common_smiles:
        mol = Chem.MolFromSmiles(smiles)
        expected = Chem.MolToInchiKey(mol)
        forms = (smiles, Chem.MolToSmiles(mol, doRandom=True), Chem.MolToInchi(mol), Chem.MolToMolBlock(mol))
        assert [standardize(form).inchikey for form in forms[:3]] == [expected] * 3, smiles
        if not Chem.FindMolChiralCenters(
            mol, useLegacyImplementation=False
        ):  # a block without coordinates loses stereo
            assert standardize(forms[3]).inchikey == expected
        assert len({standardize(form).smiles for form in forms[:2]}) == 1


def test_a_parent_is_its_own_parent(common_smiles, rapalogs):
    texts = ["[Na+].[O-]C(=O)c1ccccc1O", "C[S+](C)[O-]", "OC(=O)C[N+](C)(C)C.[Cl-]", *common_smiles, *rapalogs.values()]
    for text in texts:
        first = standardize(text)
        again = standardize(first.smiles)
        assert (again.inchikey, again.smiles, again.fingerprint) == (first.inchikey, first.smiles, first.fingerprint)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Not a structure: ''"),
        ("control", "Not a structure: 'control'"),
        (" Control ", "Not a structure"),
        ("DMSO", "Not a structure: 'DMSO'"),
        ("C1CC", "Not a structure: 'C1CC'"),
        ("CN 1", "without further words"),
        ("C" * 4001, "4001 characters"),
        ("C" * 1000, "1000 atoms"),
        ("InChI=1S/junk", "an InChI"),
        ("a\nb\nc\nM  END\n", "a molblock"),
        ("CCO>>CC=O", "Not a structure"),
        ("c1ccccc1*", "InChI gives no key"),
        (None, "expected text"),
    ],
)
def test_what_is_no_structure_is_refused(text, reason):
    with pytest.raises(StructureParseError, match=reason) as caught:
        standardize(text)
    assert len(str(caught.value)) < 250
    assert not str(caught.value).endswith(".")


def test_vehicle_is_known_by_its_structure():
    assert is_vehicle_structure(standardize("CS(=O)C"))
    assert not is_vehicle_structure(standardize("CS(=O)(=O)C"))


def test_key_as_given_is_not_the_parents():
    salt = parse("CN(C)C(=N)NC(=N)N.Cl")
    assert inchikey_of(salt) == "OETHQSJEHLVLGH-UHFFFAOYSA-N"  # metformin hydrochloride
    assert inchikey_of(parse_structure("*C")) == ""


def test_many_keep_order_and_yield_errors(common_smiles):
    texts = [*common_smiles, "C1CC", None, "control"]
    found = list(standardize_many(texts))
    assert [item.smiles_supplied for item in found[:-3]] == common_smiles
    assert all(isinstance(item, StructureParseError) for item in found[-3:])


def test_children_give_what_this_process_gives(common_smiles):
    texts = ["C1CC", *common_smiles] * 10  # long enough for child processes
    here = [item if isinstance(item, Structure) else str(item) for item in map(identity.attempt, texts)]
    for workers in (1, 2):
        there = standardize_many(iter(texts), workers=workers)
        assert [item if isinstance(item, Structure) else str(item) for item in there] == here


# 82 phenylalanines: RDKit and InChI need more than a second for it, thousands of times an ordinary structure
SLOW = "N" + "C(Cc1ccccc1)C(=O)N" * 82


@pytest.mark.parametrize("n_copies", [1, 15], ids=["short list", "long list"])
def test_a_slow_structure_costs_only_its_own_row(common_smiles, n_copies):
    texts = [*common_smiles[:20], SLOW, *common_smiles[20:] * n_copies]
    found = list(standardize_many(texts, timeout_s=0.3))
    failed = [row for row, item in enumerate(found) if not isinstance(item, Structure)]
    assert (len(found), failed) == (len(texts), [20])
    assert "took longer than 0.3 s" in str(found[20])
    assert len(str(found[20])) < 200


@pytest.mark.parametrize(("workers", "timeout_s"), [(0, 1.0), (1, 0.0), (1, float("nan"))])
def test_impossible_options_are_refused(workers, timeout_s):
    with pytest.raises(InputError, match="expected 1 or more"):
        standardize_many(["C"], workers=workers, timeout_s=timeout_s)


@pytest.mark.shared
def test_real_molecules_keep_rdkits_key(real_smiles):
    singles = [text for text in real_smiles if "." not in text and "+" not in text and "-" not in text][:1500]
    for text, found in zip(singles, standardize_many(singles, workers=2), strict=True):
        assert found.inchikey == Chem.MolToInchiKey(Chem.MolFromSmiles(text)), text


@pytest.mark.shared
def test_reference_keys_of_the_inchi_project(shared_data):
    import pandas as pd

    table = pd.read_parquet(shared_data / "chem_identity_cases" / "inchi_reference.parquet")
    table = table[(table["set"] == "mcule") & (table["reference_inchikey"].fillna("") != "")].head(500)
    right = 0
    for row in table.itertuples():
        try:
            right += inchikey_of(parse_structure(row.molblock)) == row.reference_inchikey
        except StructureParseError:
            continue
    assert right >= len(table) - 3
