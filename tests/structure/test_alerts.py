"""Marks of assay interference. Judges: the compounds that the publications name, and drugs that they hold clean."""

from __future__ import annotations

import pytest

from vcpi.errors import InputError, StructureParseError
from vcpi.structure.alerts import Alert, alerts

# Baell & Holloway 2010, J. Med. Chem. 53, 2719, figures 1 to 4: classes of frequent hitters, one member each
PAINS = {
    "ene_rhod_A(235)": "O=C1NC(=S)SC1=Cc1ccccc1",
    "quinone_A(370)": "O=C1C=CC(=O)c2ccccc12",
    "catechol_A(92)": "Oc1ccc(CCNC)cc1O",
    "azo_A(324)": "CN(C)c1ccc(cc1)N=Nc1ccccc1",
    "mannich_A(296)": "Oc1ccccc1CN1CCOCC1",
}
CLEAN = ["CC(C)Cc1ccc(cc1)C(C)C(=O)O", "CN1c2ccc(Cl)cc2C(=NCC1=O)c1ccccc1", "CC(=O)NCCc1c[nH]c2ccc(OC)cc12"]


@pytest.mark.parametrize(("name", "smiles"), PAINS.items())
def test_published_frequent_hitters_are_marked(name, smiles):
    assert Alert(catalog="PAINS", name=name) in alerts(smiles)


@pytest.mark.parametrize("smiles", CLEAN)
def test_ibuprofen_diazepam_and_melatonin_are_clean(smiles):
    assert alerts(smiles, catalogs=("PAINS",)) == ()


def test_brenk_marks_a_reactive_group_that_pains_passes():
    found = alerts("CCC(=O)Cl")
    assert [alert.catalog for alert in found] == ["BRENK"]
    assert alerts("CCC(=O)Cl", catalogs=("PAINS",)) == ()
    assert alerts("CCC(=O)NC", catalogs=("BRENK",)) == ()


def test_marks_depend_on_the_structure_and_not_on_its_drawing():
    assert alerts("Oc1ccc(CCNC)cc1O") == alerts("CNCCc1cc(O)c(O)cc1")
    names = [(alert.catalog, alert.name) for alert in alerts("O=C1C=CC(=O)c2ccccc12")]
    assert names == sorted(names, key=lambda pair: (pair[0] != "PAINS", pair[1]))


def test_what_cannot_be_looked_up_is_refused():
    with pytest.raises(InputError, match="Unknown catalog 'NIH'; expected one of PAINS, BRENK"):
        alerts("C", catalogs=("NIH",))
    with pytest.raises(StructureParseError, match="Not a structure"):
        alerts("not a structure")
