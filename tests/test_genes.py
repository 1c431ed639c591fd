from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.errors import GeneCoverageError, InputError
from vcpi.genes import GeneMapper, strip_version
from vcpi.records import GeneRow

GENES = (
    GeneRow(gene_id="ENSG00000107201", gene_symbol="RIGI", entrez_id="23586", former_symbols=("DDX58",)),
    GeneRow(gene_id="ENSG00000124762", gene_symbol="CDKN1A", entrez_id="1026", former_symbols=("OLD1",)),
    GeneRow(gene_id="ENSG00000201098", gene_symbol="Y_RNA"),
    GeneRow(gene_id="ENSG00000199396", gene_symbol="Y_RNA", former_symbols=("OLD1", "TNF")),
    GeneRow(gene_id="ENSG00000232810", gene_symbol="TNF", entrez_id="7124"),
    GeneRow(gene_id="e1958", gene_symbol="EGR1", entrez_id="1958", ensembl_id="ENSG00000120738"),
    GeneRow(gene_id="ENSG00000000001", gene_symbol="C1orf112"),
)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("ENSG00000124762", 1),
        ("ensg00000124762.14", 1),
        (" CDKN1A ", 1),
        ("cdkn1a", 1),
        ("1026", 1),
        ("1026.0", 1),
        ("DDX58", 0),
        ("e1958", 5),
        ("ENSG00000120738.9", 5),
        ("c1orf112", 6),
        ("TNF", 4),  # a present symbol comes before the same word as a former one
    ],
)
def test_every_kind_of_name_finds_its_gene(text, position):
    mapping = GeneMapper(GENES).map([text])
    assert mapping.positions.tolist() == [position]
    assert mapping.used == (text,)


def test_an_id_of_two_genes_is_ambiguous_and_not_used():
    mapping = GeneMapper(GENES).map(["Y_RNA", "OLD1", "TNF"])
    assert mapping.ambiguous == ("Y_RNA", "OLD1")
    assert mapping.positions.tolist() == [4]
    assert mapping.indices.tolist() == [2]


def test_aliases_stand_for_present_symbols():
    mapper = GeneMapper(GENES, aliases={"p21": "CDKN1A", "RIG-I": ["RIGI"], "GLUT1": "SLC2A1"})
    mapping = mapper.map(["P21", "rig-i", "GLUT1", "SLC2A1", "nonsense"])
    assert mapping.positions.tolist() == [1, 0]
    assert mapping.not_in_dataset == ("GLUT1", "SLC2A1")
    assert mapping.unmapped == ("nonsense",)


def test_a_second_name_of_a_gene_is_a_duplicate():
    mapping = GeneMapper(GENES).map(["TNF", "7124", "tnf"])
    assert (mapping.used, mapping.duplicates) == (("TNF",), ("7124", "tnf"))


@pytest.mark.parametrize(
    "ids", [["Tnf", "Cdkn1a", "Egr1"], ["ENSMUSG00000024401.1"] * 3, ["Tnf", "1700001P01Rik", "TNF"]]
)
def test_ids_of_a_mouse_are_refused(ids):
    with pytest.raises(InputError, match=f"look like those of a mouse, for example '{ids[0]}'.*human"):
        GeneMapper(GENES).map(ids)


def test_a_few_capitalised_symbols_are_still_read():
    assert len(GeneMapper(GENES).map(["Tnf", "EGR1", "CDKN1A", "C1orf112"]).used) == 4


def test_too_few_genes_stop_hard_with_counts_and_an_example():
    mapping = GeneMapper(GENES).map(["TNF", "ENSG00000999999", "zzz", "qqq"])
    message = r"1 of 4 ids .*2 unmapped, 1 not in dataset; for example 'zzz'\); expected 10 or more"
    with pytest.raises(GeneCoverageError, match=message):
        mapping.require()
    assert mapping.require(minimum=1) is mapping


def test_the_report_counts_every_id_and_shows_spreadsheet_dates():
    report = GeneMapper(GENES).map(["TNF", "1-Mar", "1026"]).report
    assert report["n_ids"] == 3
    assert report["spreadsheet_dates"] == ["1-Mar"]
    assert report["kinds"] == {"symbol": 1, "entrez": 1}


names = st.sampled_from(["TNF", "tnf", "7124", "Y_RNA", "zz", "ENSG00000999999", "OLD1", "EGR1", "DDX58", "", "1958"])


@given(st.lists(names, max_size=30))
def test_each_id_ends_in_exactly_one_part(ids):
    mapping = GeneMapper(GENES).map(ids)
    parts = [*mapping.used, *mapping.unmapped, *mapping.not_in_dataset, *mapping.ambiguous, *mapping.duplicates]
    assert sorted(parts) == sorted(ids)
    assert len(set(mapping.positions.tolist())) == len(mapping.positions)
    assert [ids[index] for index in mapping.indices] == list(mapping.used)


def test_only_ensembl_ids_lose_a_version():
    assert [strip_version(text) for text in ("ENSG00000182378.15_PAR_Y", "RP11-34P13.7", "ERCC-00002")] == [
        "ENSG00000182378_PAR_Y",
        "RP11-34P13.7",
        "ERCC-00002",
    ]


@pytest.mark.shared
def test_l1000_landmarks_map_to_gencode_as_the_gene_table_says(shared_data):
    with gzip.open(shared_data / "gene_sets" / "gencode_ensembl_symbol.tsv.gz", "rt") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    with (shared_data / "l1000_drugbank_consensus" / "genes.tsv").open() as lines:
        landmarks = list(csv.DictReader(lines, delimiter="\t"))
    genes = [GeneRow(gene_id=strip_version(row["ensembl_id"]), gene_symbol=row["symbol"]) for row in rows]
    mapping = GeneMapper(genes).map([row["current_symbol"] for row in landmarks])
    truth = np.array([row["ensembl_gene_id"] for row in landmarks])
    found = np.array([genes[position].gene_id for position in mapping.positions])
    assert len(found) > 900
    assert np.mean(found == truth[mapping.indices]) > 0.99
