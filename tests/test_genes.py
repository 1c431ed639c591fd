from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.data import gene_aliases
from vcpi.errors import GeneCoverageError, InputError
from vcpi.gene_lists import map_lists
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
    with pytest.raises(InputError, match=f"look like those of a mouse.*, for example '{ids[0]}'.*human"):
        GeneMapper(GENES).map(ids)


def test_a_few_capitalised_symbols_are_still_read():
    assert len(GeneMapper(GENES).map(["Tnf", "EGR1", "CDKN1A", "C1orf112"]).used) == 4


def test_too_few_genes_stop_hard_with_counts_and_an_example():
    mapping = GeneMapper(GENES).map(["TNF", "ENSG00000999999", "zzz", "qqq"])
    message = r"1 of 4 ids .*2 unmapped \(.zzz., .qqq.\); 1 not in dataset \(.ENSG00000999999.\); expected 10 or more"
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


DATED = (
    GeneRow(gene_id="ENSG00000168385", gene_symbol="SEPTIN2"),
    GeneRow(gene_id="ENSG00000173838", gene_symbol="MARCH7"),  # a dataset older than MARCHF7
    GeneRow(gene_id="ENSG00000145416", gene_symbol="MARCHF1"),
    GeneRow(gene_id="ENSG00000141510", gene_symbol="TP53", entrez_id="7157"),
    GeneRow(gene_id="ENSG00000182378", gene_symbol="PLCXD1"),
    GeneRow(gene_id="ENSG00000102125", gene_symbol="TAFAZZIN"),
    GeneRow(gene_id="ENSG00000018408", gene_symbol="WWTR1"),
)


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("2-Sep", "SEPTIN2"), ("02-Sep", "SEPTIN2"), ("2-Sep-21", "SEPTIN2"), ("Sep-02", "SEPTIN2"),
        ("2021-09-02", "SEPTIN2"), ("2021-09-02 00:00:00", "SEPTIN2"), ("2. Sep", "SEPTIN2"), ("2-SEP", "SEPTIN2"),
        ("7-Mar", "MARCH7"), ("7-Mrz", "MARCH7"), ("MARCHF7", "MARCH7"), ("MARCH7", "MARCH7"), ("SEPT2", "SEPTIN2"),
        ("ENSG00000182378.15_PAR_Y", "PLCXD1"), ("ENSGR0000182378.10", "PLCXD1"), ("TP53|7157", "TP53"),
        ("ENSG00000141510.18_TP53", "TP53"), ("ENSG00000141510|TP53", "TP53"), ("GeneID:7157", "TP53"),
        ("TP53 /// TP53", "TP53"),
    ],
)  # fmt: skip
def test_dates_of_spreadsheets_and_ids_in_other_coats_find_their_gene(text, symbol):
    mapping = GeneMapper(DATED, aliases=gene_aliases()).map([text])
    assert [DATED[place].gene_symbol for place in mapping.positions] == [symbol]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1-Mar", "ambiguous"), ("TAZ", "ambiguous"), ("3-Sep", "not_in_dataset"), ("SEPT3", "not_in_dataset"),
        ("30-Mar", "unmapped"), ("3/1/2021", "unmapped"), ("SEPTIN2 /// TP53", "ambiguous"), ("", "unmapped"),
        ("7157_at", "unmapped"), ("ENSG00000168385_TP53", "ambiguous"),
    ],
)  # fmt: skip
def test_what_may_be_two_genes_or_none_is_told_and_not_used(text, part):
    mapping = GeneMapper(DATED, aliases=gene_aliases()).map([text])
    assert getattr(mapping, part) == (text,)
    assert len(mapping.positions) == 0


def test_a_symbol_as_it_is_written_comes_before_another_case():
    genes = [GeneRow(gene_id="a", gene_symbol="C1orf1"), GeneRow(gene_id="b", gene_symbol="C1ORF1")]
    mapping = GeneMapper(genes).map(["C1ORF1", "C1orf1", "c1orf1"])
    assert mapping.positions.tolist() == [1, 0]
    assert mapping.ambiguous == ("c1orf1",)


@pytest.mark.parametrize(
    ("ids", "animal"),
    [
        (["ENSRNOG00000010756.5"] * 2, "a rat"), (["ENSMUSG00000059552"], "a mouse"), (["ENSDARG00000035559"], "a zebra"),
        (["Trp53", "Cdkn1a", ""], "a mouse or rat"), (["ENSGALG00000001234"], "another species"),
    ],
)  # fmt: skip
def test_the_animal_is_named(ids, animal):
    with pytest.raises(InputError, match=f"look like those of {animal}.*; map them to their human orthologs"):
        GeneMapper(GENES).map(ids)


def test_human_names_with_small_letters_are_no_mouse():
    GeneMapper(GENES).map(["C1orf112", "C9orf72", "2-Sep", "1-Mar", "Mar-01", "p53", "mir-21"])


@pytest.mark.parametrize(
    ("ids", "hint"),
    [(["ENST00000269305.9"] * 3, "transcripts or proteins"), (["202284_s_at", "1053_at"], "probes of a microarray")],
)
def test_ids_that_are_no_genes_stop_with_a_hint(ids, hint):
    with pytest.raises(GeneCoverageError, match=rf"0 of {len(ids)} ids .*'{ids[0]}'.*; these are {hint}: name their"):
        GeneMapper(GENES).map(ids).require()


LISTED = tuple(GeneRow(gene_id=f"ENSG{place:011d}", gene_symbol=f"GENE{place}") for place in range(40))


@given(
    st.lists(st.integers(0, 39), max_size=30, unique=True),
    st.lists(st.integers(0, 39), max_size=30, unique=True),
    st.randoms(use_true_random=False),
)
def test_lists_keep_what_only_one_of_them_names(up, down, random):
    def coat(place):
        return random.choice([f"GENE{place}", f"gene{place}", f"ENSG{place:011d}.{random.randint(1, 20)}"])

    found = map_lists(GeneMapper(LISTED), up=[coat(p) for p in up], down=[coat(p) for p in down], minimum=0)
    assert found.up.tolist() == [p for p in up if p not in down]
    assert found.down.tolist() == [p for p in down if p not in up]
    assert len(found.both) == 2 * len(set(up) & set(down))


def test_lists_that_are_the_same_stop_hard():
    names = [f"GENE{place}" for place in range(12)]
    with pytest.raises(GeneCoverageError, match=r"0 genes remain without the 12 that are both up and down \('GENE0', "):
        map_lists(GeneMapper(LISTED), up=names, down=names)


def test_a_symbol_on_both_sex_chromosomes_means_the_copy_on_x():
    names = ("ENSG00000182378_PAR_Y", "ENSG00000182378")
    mapper = GeneMapper([GeneRow(gene_id=name, gene_symbol="PLCXD1") for name in names])
    assert [mapper.rows(text) for text in ("PLCXD1", *names, "ENSG00000182378.15")] == [(1,), (0,), (1,), (1,)]
