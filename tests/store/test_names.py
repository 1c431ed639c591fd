"""A name means one compound, or says which it could mean."""

from __future__ import annotations

import pytest

from vcpi.assemble.compounds import write_compounds
from vcpi.errors import AmbiguousCompoundError, UnknownCompoundError
from vcpi.records import CompoundRow
from vcpi.store import read
from vcpi.store.connection import open_for_reading, open_for_writing
from vcpi.store.names import resolve, suggest

ASPIRIN, CAFFEINE = "CC(=O)Oc1ccccc1C(=O)O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
L_ALANINE, D_ALANINE, ANY_ALANINE = "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC(N)C(=O)O"


@pytest.fixture
def store(tmp_path):
    """Write compounds and open what came of it."""
    opened = []

    def write(*compounds):
        rows = [
            CompoundRow(file="t.csv", row=n, source_compound_id=source_id, names=names, smiles=smiles)
            for n, (source_id, names, smiles) in enumerate(compounds, start=2)
        ]
        with open_for_writing(tmp_path) as database:
            write_compounds(database, rows, source="t")
        opened.append(open_for_reading(tmp_path))
        return opened[-1]

    yield write
    for connection in opened:
        connection.close()


def display(connection, text):
    return read.compound(connection, resolve(connection, text).compound_id).inchikey


def test_every_name_id_and_key_of_a_compound_finds_it(store):
    connection = store(("77", ("aspirin", "acetylsalicylic acid", "ASA-1"), ASPIRIN), ("78", ("caffeine",), CAFFEINE))
    key = "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"  # PubChem CID 2244
    for text in ("aspirin", "Aspirin ", "Acetylsalicylic-Acid", "asa1", "77", key, key[:14]):
        assert display(connection, text) == key


def test_one_name_for_two_molecules_lists_both(store):
    connection = store(("1", ("benztropine mesylate",), ASPIRIN), ("2", ("Benztropine Mesylate",), CAFFEINE))
    with pytest.raises(AmbiguousCompoundError, match=r"names 2 different compounds: .*BSYNRYMUTXBXSQ.*RYYVLZVUVIJVGH"):
        resolve(connection, "benztropine mesylate")


def test_stereo_forms_under_one_name_are_told(store):
    connection = store(("1", ("alanine",), L_ALANINE), ("2", ("alanine",), D_ALANINE), ("3", ("alanine",), ANY_ALANINE))
    found = resolve(connection, "alanine")
    (caveat,) = found.caveats
    assert "3 stereo forms" in caveat
    assert caveat.count("QNAYBMKLOCPYGJ") == 3


def test_a_name_that_contradicts_its_structure_gives_way(store):
    from vcpi.data import compounds

    drawn = {compound.name: compound.smiles for compound in compounds()}
    connection = store(
        ("BRD-K99369265", ("sirolimus",), drawn["ascomycin"]), ("BRD-K84937637", ("sirolimus",), drawn["sirolimus"])
    )
    found = resolve(connection, "sirolimus")
    assert read.compound(connection, found.compound_id).inchikey == "QFJCIRLUMZQUOT-HPLJOQBZSA-N"
    assert any("whose structure is ascomycin" in caveat for caveat in found.caveats)
    by_id = resolve(connection, "BRD-K99369265")
    card = read.compound(connection, by_id.compound_id)
    assert card.name == "BRD-K99369265"
    assert any("sirolimus" in caveat and "ascomycin" in caveat for caveat in card.caveats)


def test_a_name_outranks_a_synonym(store):
    connection = store(("1", ("aspirin", "painkiller"), ASPIRIN), ("2", ("painkiller",), CAFFEINE))
    found = resolve(connection, "painkiller")
    assert read.compound(connection, found.compound_id).source_compound_ids == ("2",)
    assert any("also a synonym of aspirin" in caveat for caveat in found.caveats)


def test_an_unknown_name_suggests_the_nearest(store):
    connection = store(("1", ("everolimus",), ASPIRIN), ("2", ("temsirolimus",), CAFFEINE))
    assert suggest(connection, "evrolimus")[0] == "everolimus"
    with pytest.raises(UnknownCompoundError, match=r"'evrolimus'; the nearest names are everolimus"):
        resolve(connection, "evrolimus")


def test_the_vehicle_is_no_compound(store):
    connection = store(("1", ("aspirin",), ASPIRIN), ("2", ("DMSO",), "CS(C)=O"))
    assert read.counts(connection)["compound"] == 1
    with pytest.raises(UnknownCompoundError, match="is the vehicle"):
        resolve(connection, "dmso")


def test_an_inchikey_of_another_stereo_form_finds_the_skeleton(store):
    connection = store(("1", ("alanine",), L_ALANINE))
    found = resolve(connection, "QNAYBMKLOCPYGJ-UWTATZPHSA-N")  # D-alanine
    assert "same skeleton" in found.caveats[0]


@pytest.mark.shared
def test_names_of_the_real_data(shared_data, tmp_path):
    from vcpi.ingest.compounds import read_compounds

    rows = [
        row
        for row in read_compounds(shared_data / "chem_identity_cases" / "lincs_same_name_variants.tsv").rows
        if row.names[0] in ("everolimus", "sirolimus")
    ]
    with open_for_writing(tmp_path) as database:
        write_compounds(database, rows, source="lincs")
    connection = open_for_reading(tmp_path)
    (told,) = resolve(connection, "everolimus").caveats
    assert "3 stereo forms" in told
    caveats = resolve(connection, "sirolimus").caveats
    assert any("whose structure is ascomycin" in caveat for caveat in caveats)
    assert read.compound(connection, resolve(connection, "BRD-K99369265").compound_id).skeleton == "ZDQSOHOQTUFQEM"
    connection.close()
