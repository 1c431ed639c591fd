from __future__ import annotations

import gzip

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdkit import Chem

from vcpi.errors import DataError
from vcpi.ingest.annotations import read_annotations
from vcpi.ingest.compounds import read_compounds

KEY = "QFJCIRLUMZQUOT-HPLJOQBZSA-N"
FOLDER_IS_SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def write(folder, text, name="compounds.csv"):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize(
    ("header", "id_"),
    [
        ("user_compound_id,compound_name,smiles,inchi_key", "1"),
        ("pert_id,pert_iname,canonical_smiles,inchi_key", "1"),
        ("broad_id,pert_iname,smiles,InChIKey", "1"),
        ("compound_id,name,SMILES,inchikey", "1"),
        ("cmpd_sample_id,cmpd_name,smiles,InChI Key", "1"),
        ("drugbank_id,drug_name,isomeric_smiles,standard_inchi_key", "1"),
    ],
)
def test_every_source_names_its_columns_and_we_name_ours(tmp_path, header, id_):
    (row,) = read_compounds(write(tmp_path, f"{header}\n{id_},sirolimus,CCO,{KEY}\n")).rows
    assert (row.source_compound_id, row.names, row.smiles, row.inchikey) == (id_, ("sirolimus",), "CCO", KEY)
    assert (row.file, row.row) == ("compounds.csv", 2)


def test_names_synonyms_and_annotations_are_parted(tmp_path):
    text = "id\tname\tsynonyms\tmoa\ttarget\tclass\n7\tb\tc|d; b\tx inhibitor|y agonist\tAKT1; MTOR,TP53\tK\n"
    (row,) = read_compounds(write(tmp_path, text, "c.tsv")).rows
    assert row.names == ("b", "c", "d")
    assert row.annotations == (
        ("class", "K"), ("moa", "x inhibitor"), ("moa", "y agonist"),
        ("target", "AKT1"), ("target", "MTOR"), ("target", "TP53"),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["control", "Restricted", "-666", "NaN", ""])
def test_words_in_the_smiles_column_are_no_structure(tmp_path, text):
    (row,) = read_compounds(write(tmp_path, f"id,smiles\n1,{text}\n")).rows
    assert row.smiles is None


def test_an_extension_stays_with_its_smiles(tmp_path):
    (row,) = read_compounds(write(tmp_path, "id\tsmiles\n1\tC[C@H](O)N |&1:1,r|\n", "c.tsv")).rows
    assert row.smiles == "C[C@H](O)N |&1:1,r|"


def test_rows_that_name_nothing_are_rejected(tmp_path):
    table = read_compounds(write(tmp_path, "id,name,smiles,price\n,,,5\n,,control,5\n1,,,5\n"))
    assert [(fault.row, fault.reason) for fault in table.rejected] == [
        (2, "row has no id, name or structure"),
        (3, "row has no id, name or structure"),
    ]
    assert [row.source_compound_id for row in table.rows] == ["1"]


def test_malformed_keys_are_counted_and_not_used(tmp_path):
    table = read_compounds(write(tmp_path, f"id,inchikey\n1,nonsense\n2,{KEY[:14]}\n3,InChIKey={KEY}\n"))
    assert [row.inchikey for row in table.rows] == [None, KEY[:14], KEY]
    assert table.notes == ("compounds.csv: 1 InChIKeys are malformed and not used, first 'nonsense' in row 2",)


def test_missing_columns_are_listed_with_what_was_found(tmp_path):
    with pytest.raises(DataError, match=r"found price, vendor; expected one of smiles, source_compound_id, name"):
        read_compounds(write(tmp_path, "price,vendor\n1,2\n"))


@pytest.mark.parametrize("name", ["a.smi", "a.smi.gz", "a.smiles", "A.SMI"])
def test_smiles_files(tmp_path, name):
    text = "smiles name\nCCO ethanol\nC[C@H](O)N |&1:1,r| amine one\nCC\tethane gas\t9\nC\n\ncontrol x\nO |c:1|\n"
    table = read_compounds(write(tmp_path, text, name))
    assert [(row.row, row.smiles, row.names) for row in table.rows] == [
        (2, "CCO", ("ethanol",)),
        (3, "C[C@H](O)N |&1:1,r|", ("amine one",)),
        (4, "CC", ("ethane gas",)),
        (5, "C", ()),
        (8, "O |c:1|", ()),
    ]
    assert [(fault.row, fault.reason) for fault in table.rejected] == [(7, "row has no structure")]


def sd_file(folder, *smiles, name="c.sdf"):
    """Write an SD file with RDKit, which parts records by itself."""
    path = folder / name
    with Chem.SDWriter(str(path)) as writer:
        for place, text in enumerate(smiles):
            mol = Chem.MolFromSmiles(text)
            mol.SetProp("_Name", f"title {place}")
            mol.SetProp("compound_id", f"S{place}")
            mol.SetProp("MOA", "x inhibitor\ny agonist")
            writer.write(mol)
    return path


def test_sd_records_are_those_that_rdkit_reads(tmp_path):
    path = sd_file(tmp_path, "CCO", "c1ccccc1", "CC(=O)[O-].[Na+]")
    table = read_compounds(path)
    expected = [Chem.MolToSmiles(mol) for mol in Chem.SDMolSupplier(str(path))]
    assert [Chem.MolToSmiles(Chem.MolFromMolBlock(row.molblock)) for row in table.rows] == expected
    assert [row.source_compound_id for row in table.rows] == ["S0", "S1", "S2"]
    assert table.rows[1].names == ("title 1",)
    assert table.rows[1].annotations == (("moa", "x inhibitor"), ("moa", "y agonist"))


def test_sd_records_without_an_end_mark_are_rejected(tmp_path):
    text = sd_file(tmp_path, "CCO", "CC").read_text().replace("M  END", "M  DNE", 1)
    table = read_compounds(write(tmp_path, text.rstrip().removesuffix("$$$$"), "d.sdf.gz"))
    assert [(fault.row, fault.raw, fault.reason) for fault in table.rejected] == [
        (1, "title 0", "record has no 'M  END' line")
    ]
    assert [row.source_compound_id for row in table.rows] == ["S1"]


def test_a_title_of_digits_is_an_id(tmp_path):
    (row,) = read_compounds(write(tmp_path, "42998209\n\n\n  0  0\nM  END\n$$$$\n", "p.sdf")).rows
    assert (row.source_compound_id, row.names) == ("42998209", ())


def test_an_empty_smiles_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"e\.smi is empty"):
        read_compounds(write(tmp_path, "\n\n", "e.smi"))


def test_annotations_need_a_key_and_something_to_say(tmp_path):
    text = f"inchikey,name,moa\n{KEY},,x\n,sirolimus,x\n,sirolimus,\n{KEY},sirolimus,\n,,x\n"
    table = read_annotations(write(tmp_path, text))
    assert [row.row for row in table.rows] == [2, 3, 5]
    assert [(fault.row, fault.reason) for fault in table.rejected] == [
        (4, "row says nothing beside the key it is joined by; expected also a name, synonym, class, moa or target"),
        (6, "row has no InChIKey, id or name to join by"),
    ]


def test_annotations_without_a_joining_column_are_refused(tmp_path):
    with pytest.raises(DataError, match="expected one of inchikey, source_compound_id, compound_uuid, name"):
        read_annotations(write(tmp_path, "moa\nx\n"))


cells = st.sampled_from(["", "nan", "CCO", "control", KEY, "7", "8.0", "a|b", 'q"q', "x,y", "-666", "é"])


@FOLDER_IS_SHARED
@given(rows=st.lists(st.lists(cells, min_size=4, max_size=6), min_size=1, max_size=12), smiles=st.booleans())
def test_each_row_is_used_or_rejected(tmp_path, rows, smiles):
    path = write(
        tmp_path, "id\tname\tsmiles\tinchikey\tmoa\n" + "".join("\t".join(row) + "\n" for row in rows), "c.tsv"
    )
    for read in (read_compounds, read_annotations):
        table = read(path)
        seen = sorted([row.row for row in table.rows] + [fault.row for fault in table.rejected])
        assert seen == list(range(2, len(rows) + 2))


@pytest.mark.shared
def test_the_repurposing_hub_is_read_as_pandas_reads_it(shared_data):
    path = shared_data / "compound_annotations" / "repurposing_samples_20200324.txt.gz"
    frame = pd.read_csv(path, sep="\t", comment="!", dtype=str, encoding="utf-8")
    table = read_compounds(path)
    assert table.n_read == len(table.rows) == len(frame)
    assert [row.source_compound_id for row in table.rows] == frame["broad_id"].tolist()
    assert sum("|" in (row.smiles or "") for row in table.rows) == frame["smiles"].str.contains("|", regex=False).sum()


@pytest.mark.shared
def test_sd_files_of_the_wild_part_as_rdkit_parts_them(shared_data):
    path = shared_data / "chem_identity_cases" / "witch_salts.sdf"
    titles = [mol.GetProp("Code") for mol in Chem.SDMolSupplier(str(path), sanitize=False) if mol is not None]
    assert [row.source_compound_id for row in read_compounds(path).rows] == titles
