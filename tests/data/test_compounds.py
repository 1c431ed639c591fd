"""The shipped facts about compounds, judged by RDKit, by published keys and by the public annotation tables."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import Crippen, Descriptors, rdFingerprintGenerator, rdMolDescriptors
from rdkit.Chem.MolStandardize import rdMolStandardize

from vcpi.data import compounds
from vcpi.naming import name_key

COMPOUNDS = compounds()
BY_NAME = {compound.name: compound for compound in COMPOUNDS}

PUBLISHED_KEYS = {
    "sirolimus": "QFJCIRLUMZQUOT-HPLJOQBZSA-N",
    "everolimus": "HKVAMNSJSFKALM-GKUWKFKPSA-N",
    "temsirolimus": "CBPNZQVSJQDFBE-FUXHJELOSA-N",
    "ridaforolimus": "BUROJSBIWGDYCN-GAUTUEMISA-N",
    "novolimus": "ZHYGVVKSAGDVDY-QQQXYHJWSA-N",
    "umirolimus": "YYSFXUWWPNHNAZ-PKJQJFMNSA-N",
    "zotarolimus": "CGTADGCBEXYWNE-JUKNQOCSSA-N",
    "tacrolimus": "QJJXYPPXXYFBGM-LFZNUXCKSA-N",
    "pimecrolimus": "KASDHRXLYQOAKZ-XDSKOBMDSA-N",
    "ascomycin": "ZDQSOHOQTUFQEM-NURRSENYSA-N",
    "cyclosporin A": "PMATZTZNYRCHOR-CGLBZJNRSA-N",
    "staurosporine": "HKSZLNNOFSGOKW-FYTWVXJKSA-N",
    "brefeldin A": "KQNZDYYTLMIZCT-KQPMLPITSA-N",
    "trichostatin A": "RTKIYFITIVXBLE-QEQCGCAPSA-N",
    "rigosertib": "OWBFCJROIKNMGD-BQYQJAHWSA-N",
    "bortezomib": "GXJABQQUPOEUTA-RDJZCZTQSA-N",
    "paclitaxel": "RCINICONZNJXQF-MZXODVADSA-N",
    "vinblastine": "JXLYSJRDGCGARV-CFWMRBGOSA-N",
    "doxorubicin": "AOJJSUZBOXZQNB-TZSSRYMLSA-N",
    "digoxin": "LTMHDMANZUZIPE-PUGKRICDSA-N",
    "geldanamycin": "QTQAWLPCGQOSGP-KSRBKZBZSA-N",
    "K-252a": "KOZFSFOOLUUIGY-SOLYNIJKSA-N",
    "dexamethasone": "UREBDLICKHMUKA-CXSFZGCWSA-N",
    "atorvastatin": "XUKUURHRXDUEBC-KAYWLYCHSA-N",
}

RACEMATES = {  # sold without one configuration of a center; drawn without it
    "budesonide", "sulforaphane", "fulvestrant", "propranolol", "atenolol", "metoprolol", "bisoprolol", "carvedilol",
    "nadolol", "cetirizine", "fexofenadine", "chlorpheniramine", "ibuprofen", "ketoprofen", "fluoxetine", "citalopram",
    "adapalene",  # adamantane carbons, which RDKit counts as possible centers
}  # fmt: skip

NOT_IN_THE_TABLES = {  # skeleton in none of the annotation tables
    "novolimus": "an investigational stent drug",
    "umirolimus": "a stent drug",
}

OTHER_KEY_IN_THE_TABLES = {  # same skeleton, other stereo layer
    "temsirolimus": "the key column disagrees with the table's own drawing, whose RDKit key is shipped",
    "ridaforolimus": "as temsirolimus",
    "zotarolimus": "as temsirolimus",
    "ouabain": "as temsirolimus; the key shipped is the one Wikipedia and PubChem CID 439501 give",
}


def test_the_table_is_large_enough() -> None:
    members = Counter(compound.compound_class for compound in COMPOUNDS)
    assert len(COMPOUNDS) >= 165
    assert sum(1 for count in members.values() if count >= 5) >= 18
    assert sum(1 for count in members.values() if count >= 5) > len(members) / 2


@pytest.mark.parametrize("compound", COMPOUNDS, ids=lambda compound: compound.name)
def test_smiles_and_key_agree_and_are_a_desalted_parent(compound) -> None:
    mol = Chem.MolFromSmiles(compound.smiles)
    assert Chem.MolToInchiKey(mol) == compound.inchikey
    assert Chem.MolToSmiles(mol) == compound.smiles
    parent = rdMolStandardize.Uncharger().uncharge(rdMolStandardize.FragmentParent(rdMolStandardize.Cleanup(mol)))
    assert Chem.MolToInchiKey(parent) == compound.inchikey


@pytest.mark.parametrize("compound", COMPOUNDS, ids=lambda compound: compound.name)
def test_stereo_is_drawn_unless_the_drug_is_a_racemate(compound) -> None:
    mol = Chem.MolFromSmiles(compound.smiles)
    open_centers = [
        info
        for info in Chem.FindPotentialStereo(mol)
        if info.specified != Chem.StereoSpecified.Specified
        and not (info.type == Chem.StereoType.Bond_Double and mol.GetBondWithIdx(info.centeredOn).IsInRing())
        and not (info.type == Chem.StereoType.Atom_Tetrahedral and _is_nitrogen(mol, info.centeredOn))
        and not (info.type == Chem.StereoType.Bond_Double and _is_hetero_double_bond(mol, info.centeredOn))
    ]
    assert bool(open_centers) == (compound.name in RACEMATES)


def _is_nitrogen(mol: Chem.Mol, index: int) -> bool:
    """Bridgehead nitrogens follow from the carbons around them."""
    return mol.GetAtomWithIdx(index).GetSymbol() == "N"


def _is_hetero_double_bond(mol: Chem.Mol, index: int) -> bool:
    """C=N bonds of heterocumulenes and tautomers have no configuration to draw."""
    bond = mol.GetBondWithIdx(index)
    return "N" in {bond.GetBeginAtom().GetSymbol(), bond.GetEndAtom().GetSymbol()}


@pytest.mark.parametrize(("name", "key"), PUBLISHED_KEYS.items())
def test_published_keys(name: str, key: str) -> None:
    assert BY_NAME[name].inchikey == key


@pytest.mark.parametrize(
    ("name", "tanimoto"),
    [
        ("everolimus", 0.873), ("temsirolimus", 0.842), ("novolimus", 0.913), ("ridaforolimus", 0.873),
        ("umirolimus", 0.850), ("zotarolimus", 0.835), ("tacrolimus", 0.375), ("cyclosporin A", 0.115),
    ],
)  # fmt: skip
def test_similarity_to_rapamycin(name: str, tanimoto: float) -> None:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    a, b = (generator.GetFingerprint(Chem.MolFromSmiles(BY_NAME[n].smiles)) for n in ("sirolimus", name))
    assert DataStructs.TanimotoSimilarity(a, b) == pytest.approx(tanimoto, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "formula", "weight", "log_p", "tpsa"),
    [
        ("sirolimus", "C51H79NO13", 914.19, 6.18, 195.4),
        ("everolimus", "C53H83NO14", 958.24, 6.20, 204.7),
        ("temsirolimus", "C56H87NO16", 1030.30, 5.72, 242.0),
        ("ridaforolimus", "C53H84NO14P", 990.22, 7.74, 201.5),
        ("novolimus", "C50H77NO13", 900.16, 5.53, 206.4),
    ],
)
def test_published_descriptors(name: str, formula: str, weight: float, log_p: float, tpsa: float) -> None:
    mol = Chem.MolFromSmiles(BY_NAME[name].smiles)
    assert rdMolDescriptors.CalcMolFormula(mol) == formula
    assert Descriptors.MolWt(mol) == pytest.approx(weight, abs=0.006)
    assert Crippen.MolLogP(mol) == pytest.approx(log_p, abs=0.006)
    assert rdMolDescriptors.CalcTPSA(mol) == pytest.approx(tpsa, abs=0.06)


def test_keys_and_names_are_unique() -> None:
    assert len({compound.inchikey for compound in COMPOUNDS}) == len(COMPOUNDS)
    owner: dict[str, str] = {}
    for compound in COMPOUNDS:
        for name in (compound.name, *compound.synonyms):
            assert owner.setdefault(name_key(name), compound.name) == compound.name


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("rapamycin", "sirolimus"), ("RAD001", "everolimus"), ("rad-001", "everolimus"), ("CCI-779", "temsirolimus"),
        ("AP23573", "ridaforolimus"), ("MK-8669", "ridaforolimus"), ("deforolimus", "ridaforolimus"),
        ("biolimus A9", "umirolimus"), ("ABT-578", "zotarolimus"), ("FK506", "tacrolimus"), ("FK-506", "tacrolimus"),
        ("FK520", "ascomycin"), ("SAHA", "vorinostat"), ("PS-341", "bortezomib"), ("Brefeldin-A", "brefeldin A"),
    ],
)  # fmt: skip
def test_synonyms_lead_to_their_compound(alias: str, name: str) -> None:
    found = [c.name for c in COMPOUNDS if name_key(alias) in {name_key(n) for n in (c.name, *c.synonyms)}]
    assert found == [name]


def test_classes_stand_together_and_every_row_is_filled() -> None:
    runs = 1 + sum(a.compound_class != b.compound_class for a, b in pairwise(COMPOUNDS))
    assert runs == len({compound.compound_class for compound in COMPOUNDS})
    for compound in COMPOUNDS:
        assert compound.moa
        assert compound.source
        assert all(re.fullmatch(r"[A-Z0-9]+", target) for target in compound.targets)
        assert compound.targets


@pytest.mark.shared
def test_every_skeleton_is_in_the_annotation_tables(shared_data: Path) -> None:
    skeletons = {key[:14] for key in _annotated_keys(shared_data / "compound_annotations")}
    missing = {compound.name for compound in COMPOUNDS if compound.inchikey[:14] not in skeletons}
    assert missing == set(NOT_IN_THE_TABLES)


@pytest.mark.shared
def test_most_keys_are_in_the_annotation_tables(shared_data: Path) -> None:
    keys = _annotated_keys(shared_data / "compound_annotations")
    missing = {compound.name for compound in COMPOUNDS if compound.inchikey not in keys} - set(NOT_IN_THE_TABLES)
    assert missing == set(OTHER_KEY_IN_THE_TABLES)


def _annotated_keys(folder: Path) -> set[str]:
    """Collect the InChIKeys that four public tables give."""
    keys = set()
    for name, column in (
        ("repurposing_samples_20200324.txt.gz", "InChIKey"),
        ("lincs2020_compounds.tsv.gz", "inchi_key"),
        ("novartis_moabox_compounds_metadata.txt.gz", "inchi_key"),
    ):
        with gzip.open(folder / name, "rt", encoding="utf-8", errors="replace") as handle:
            rows = csv.DictReader((line for line in handle if not line.startswith("!")), delimiter="\t")
            keys |= {row[column] for row in rows if row[column]}
    with (folder / "jump_target2_compounds.tsv").open(encoding="utf-8") as handle:
        keys |= {row["InChIKey"] for row in csv.DictReader(handle, delimiter="\t")}
    return keys
