"""Facts into the workspace: how they are joined, that all or nothing is kept, and that nothing is lost on the way."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from vcpi.assemble.facts import ingest_facts
from vcpi.assemble.libraries import ingest_compounds
from vcpi.data import compounds as shipped
from vcpi.database import Database
from vcpi.database.cards import card_of
from vcpi.errors import DataError, UnknownCompoundError
from vcpi.ingest.facts import read_facts, shipped_fact_files
from vcpi.store.connection import store_path
from vcpi.store.facts import get_facts

ALANINE = {"l": "C[C@H](N)C(=O)O", "d": "C[C@@H](N)C(=O)O", "any": "CC(N)C(=O)O"}
KEYS = {"l": "QNAYBMKLOCPYGJ-REOHCLBHSA-N", "d": "QNAYBMKLOCPYGJ-UWTATZPHSA-N"}


def fact_file(folder, compounds, *, document="doc-1", more="", name="facts.yaml"):
    path = folder / name
    path.write_text(
        f"vcpi_facts: 1\ndocument: {{id: {document}, title: A paper, kind: publication}}\ncompounds:\n{compounds}\n{more}",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def home(tmp_path):
    """A workspace with L-alanine, aspirin and a compound that has a name alone."""
    path = tmp_path / "library.csv"
    path.write_text(
        f"name,smiles\nL-alanine,{ALANINE['l']}\naspirin,CC(=O)Oc1ccccc1C(=O)O\nmystery,\n", encoding="utf-8"
    )
    ingest_compounds(tmp_path / "home", path)
    return tmp_path / "home"


def dump(home):
    """Everything the store holds, as SQL."""
    with sqlite3.connect(store_path(home)) as connection:
        return list(connection.iterdump())


def joined(home, key):
    with sqlite3.connect(store_path(home)) as connection:
        return connection.execute(
            "SELECT c.name, s.joined_by, s.reason FROM fact_subject s LEFT JOIN compound c USING (compound_id) WHERE s.key = ?",
            [key],
        ).fetchone()


@pytest.mark.parametrize(
    ("compound", "expected"),
    [
        (f"  - {{key: x, name: anything, inchikey: {KEYS['l']}}}", ("L-alanine", "inchikey")),
        (f"  - {{key: x, name: anything, smiles: '{ALANINE['l']}'}}", ("L-alanine", "inchikey")),
        (f"  - {{key: x, name: anything, inchikey: {KEYS['d']}}}", ("L-alanine", "skeleton")),
        ("  - {key: x, name: ASPIRIN}", ("aspirin", "name")),
        ("  - {key: x, name: acetylsalicylic acid, names: [{name: Aspirin}]}", ("aspirin", "name")),
        ("  - {key: x, name: mystery, inchikey: BSYNRYMUTXBXSQ-AAAAAAAAAA-N}", ("aspirin", "skeleton")),
        ("  - {key: x, name: mystery, inchikey: QTBSBXVTEAMEQO-UHFFFAOYSA-N}", ("mystery", "name")),
        ("  - {key: x, name: benzene, smiles: c1ccccc1}", ("benzene", "added")),
    ],
)
def test_compounds_are_joined_by_the_surest_key(home, tmp_path, compound, expected):
    ingest_facts(home, [fact_file(tmp_path, compound)])
    assert joined(home, "x")[:2] == expected


def test_a_name_does_not_join_what_structures_keep_apart(home, tmp_path):
    """A file that gives another InChIKey for aspirin is not believed by the name."""
    report = ingest_facts(
        home, [fact_file(tmp_path, "  - {key: x, name: aspirin, inchikey: QTBSBXVTEAMEQO-UHFFFAOYSA-N}")]
    )
    name, joined_by, reason = joined(home, "x")
    assert (name, joined_by) == (None, None)
    assert "no compound in the workspace has this InChIKey, skeleton or name" in reason
    assert report.counts == {"documents": 1, "compounds": 1, "joined": 0, "added": 0, "unjoined": 1, "facts": 0}
    assert report.notes == (f"aspirin is kept unjoined: {reason}",)


def test_an_added_structure_is_found_by_name_and_by_structure(home, tmp_path):
    ingest_facts(
        home, [fact_file(tmp_path, "  - {key: x, name: toluene, smiles: Cc1ccccc1, names: [{name: methylbenzene}]}")]
    )
    with Database(home) as database:
        assert database.compound("Methylbenzene").formula == "C7H8"
        assert "toluene" in [hit.name for hit in database.analogs("Cc1ccccc1C").records]
        assert all(check["state"] == "ok" for check in database.verify(deep=True))


def test_a_misprint_and_a_catalogue_number_find_the_compound(home, tmp_path):
    extra = "names: [{name: asprin, kind: typo}], catalogue: [{vendor: V, number: B77}, {vendor: W, number: '123'}]"
    ingest_facts(home, [fact_file(tmp_path, f"  - {{key: x, name: aspirin, {extra}}}")])
    with Database(home) as database:
        assert database.compound("asprin").name == database.compound("b77").name == "aspirin"
        with pytest.raises(UnknownCompoundError):
            database.compound("123")  # a bare number would steal the id of another source


BAD = {
    "broken YAML": "  - {key: y, name: benzene, smiles: c1ccccc1\n",
    "no structure": "  - {key: y, name: benzene, smiles: C1CC}",
    "other InChIKey": f"  - {{key: y, name: alanine, smiles: '{ALANINE['l']}', inchikey: {KEYS['d']}}}",
    "unknown field": "  - {key: y, name: benzene, colour: none}",
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_file_of_two_changes_nothing(home, tmp_path, name):
    before = dump(home)
    good = fact_file(tmp_path, "  - {key: x, name: aspirin}")
    bad = fact_file(tmp_path, BAD[name], document="doc-2", name="bad.yaml")
    with pytest.raises(DataError, match=r"^bad\.yaml, line \d+") as caught:
        ingest_facts(home, [good, bad])
    assert "\n" not in str(caught.value)
    assert dump(home) == before


def test_nothing_is_made_where_the_first_file_is_bad(tmp_path):
    with pytest.raises(DataError):
        ingest_facts(tmp_path / "home", [fact_file(tmp_path, BAD["unknown field"])])
    assert not (tmp_path / "home").exists()


def test_one_document_in_two_files_is_refused(home, tmp_path):
    files = [fact_file(tmp_path, "  - {key: x, name: aspirin}", name=name) for name in ("a.yaml", "b.yaml")]
    with pytest.raises(DataError, match=r"b\.yaml, document\.id: 'doc-1' is that of a\.yaml too"):
        ingest_facts(home, files)


def test_reading_again_replaces(home, tmp_path):
    compound = "  - {key: x, name: aspirin, names: [{name: %s}]}"
    more = "findings:\n  - {compound: x, kind: negative, subject: s, text: %s}"
    ingest_facts(home, [fact_file(tmp_path, compound % "oldname", more=more % "first")])
    report = ingest_facts(home, [fact_file(tmp_path, compound % "newname", more=more % "second")])
    assert report.notes == ("doc-1 was there before and is replaced",)
    with Database(home) as database:
        (entry,) = card_of(database, "aspirin").facts
        assert [finding.text for finding in entry.facts.findings] == ["second"]
        assert database.compound("newname").name == "aspirin"
        with pytest.raises(UnknownCompoundError):
            database.compound("oldname")


def test_the_store_gives_back_what_the_files_say(tmp_path):
    ingest_facts(tmp_path / "home", [])
    with Database(tmp_path / "home") as database:
        for path in shipped_fact_files():
            facts = read_facts(path).facts
            found = get_facts(database._connection, facts.document.id)
            assert found is not None
            assert found[0] == facts


def test_an_empty_workspace_takes_the_structures_of_the_shipped_files(tmp_path):
    report = ingest_facts(tmp_path / "home", [])
    assert {key: report.counts[key] for key in ("documents", "compounds", "joined", "added")} == {
        "documents": 3, "compounds": 14, "joined": 0, "added": 2,
    }  # fmt: skip
    with Database(tmp_path / "home") as database:
        card = card_of(database, "MK8668")
        assert (card.compound.name, card.measured, card.nearest_measured) == ("ridaforolimus", False, ())
        assert card.potencies == ["mTOR IC50 = 0.2 nM", "VEGF production EC50 = 0.1 nM"]


def test_a_card_holds_only_the_rows_of_its_compound(demo):
    (entry,) = card_of(demo, "temsirolimus").facts
    assert [table.id for table in entry.facts.tables] == ["analogs-2"]
    assert [row[0] for row in entry.facts.tables[0].rows] == ["temsirolimus"]


def test_the_demonstration_holds_the_shipped_facts(demo):
    ridaforolimus, novolimus = card_of(demo, "ridaforolimus"), card_of(demo, "novolimus")
    assert ridaforolimus.measured
    assert ridaforolimus.facts[0].joined_by == novolimus.facts[0].joined_by == "inchikey"
    assert novolimus.nearest_measured[0]["name"] == "sirolimus"
    assert round(novolimus.nearest_measured[0]["tanimoto"], 3) == 0.913
    assert [(one.kind, one.level) for one in novolimus.conflicts] == [("identity", "contradiction")]
    assert len(ridaforolimus.facts[0].facts.references) == 17


def test_an_unmeasured_compound_gets_its_card_and_the_nearest_measured(demo_home, tmp_path):
    """RDKit's own Tanimoto over the shipped structures says which measured compounds look most like it."""
    home = tmp_path / "copy"
    shutil.copytree(demo_home, home)
    acetate = next(one.smiles for one in shipped() if one.name == "sirolimus").replace(
        "[C@@H](O)[C@H](OC)C2)", "[C@@H](OC(C)=O)[C@H](OC)C2)"
    )
    ingest_facts(home, [fact_file(tmp_path, f"  - {{key: x, name: sirolimus acetate, smiles: '{acetate}'}}")])
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    query = make.GetFingerprint(Chem.MolFromSmiles(acetate))
    with Database(home) as database:
        card = card_of(database, "sirolimus acetate")
        names = {
            name
            for (name,) in database._connection.execute("SELECT name FROM compound JOIN signature USING (compound_id)")
        }
    scores = {
        one.name: DataStructs.TanimotoSimilarity(query, make.GetFingerprint(Chem.MolFromSmiles(one.smiles)))
        for one in shipped()
        if one.name in names
    }
    assert not card.measured
    assert [one["tanimoto"] for one in card.nearest_measured] == pytest.approx(
        sorted(scores.values(), reverse=True)[:5]
    )
    assert all(scores[one["name"]] == pytest.approx(one["tanimoto"]) for one in card.nearest_measured)
    assert card.compound.formula == "C53H81NO14"


def test_a_name_that_contradicts_the_structure_is_not_followed(demo_home, tmp_path):
    home = tmp_path / "copy"
    shutil.copytree(demo_home, home)
    ingest_facts(home, [fact_file(tmp_path, "  - {key: x, name: everolimus, smiles: CC(=O)Oc1ccccc1C(=O)O}")])
    with Database(home) as database:
        assert database.compound("everolimus").formula == "C53H83NO14"
        assert any("everolimus" in caveat for caveat in database.compound("CC(=O)Oc1ccccc1C(=O)O").caveats)
