"""Gene lists and sets: every file is written here, and what is in it is known."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.errors import DataError, InputError
from vcpi.ingest.gene_sets import read_gene_list, read_gene_lists, read_gmt

GMT = (
    "HDAC_UP\tBLACK\tCDKN1A\tKLF6\t-666\nHDAC_DN\tBLACK\tMYC\tCCND1\tTYMS\t\nER_UP\tna\tPGR\tTFF1\nER_DOWN\tna\tBCAS1\n"
    "Apoptosis\thttp://x\tCASP3,1.0\tBAX,0.5\nLONELY_DN\tna\tTP53\n"
)


def write(folder, text, name="sets.gmt"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_all_sets_of_a_gmt(tmp_path):
    sets = read_gmt(write(tmp_path, GMT + "\n# note\nEMPTY\tna\nApoptosis\tna\tFAS\nER_UP\tna\tTFF1\tPGR\n"))
    assert list(sets) == ["HDAC_UP", "HDAC_DN", "ER_UP", "ER_DOWN", "Apoptosis", "LONELY_DN", "Apoptosis #2"]
    assert sets["HDAC_UP"] == ("CDKN1A", "KLF6")
    assert sets["HDAC_DN"] == ("MYC", "CCND1", "TYMS")
    assert sets["Apoptosis"] == ("CASP3", "BAX")
    assert sets["Apoptosis #2"] == ("FAS",)
    (tmp_path / "s.gmt.gz").write_bytes(gzip.compress(GMT.encode()))
    assert len(read_gmt(tmp_path / "s.gmt.gz")) == 6


@pytest.mark.parametrize("text", ["", "TP53\nMYC\n", "A\tna\n"])
def test_a_file_without_sets_is_no_gmt(tmp_path, text):
    with pytest.raises(DataError, match=r"sets\.gmt holds no gene set; expected name, description and genes"):
        read_gmt(write(tmp_path, text))


def test_one_set_by_name_in_three_ways(tmp_path):
    path = write(tmp_path, GMT)
    for found in (
        read_gene_list(path, set_name="HDAC_DN"),
        read_gene_list(str(path), set_name="hdac_dn"),
        read_gene_list(f"{path}:HDAC_DN"),
    ):
        assert found == ("MYC", "CCND1", "TYMS")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, r"sets\.gmt holds 6 gene sets \(HDAC_UP, HDAC_DN, .*LONELY_DN\); give one of them as FILE:NAME"),
        ("HDAK_UP", r"sets\.gmt has no gene set 'HDAK_UP'; close to it: HDAC_UP"),
        ("hdac", r"sets\.gmt has no gene set 'hdac'; close to it: HDAC_UP, HDAC_DN"),
        ("zzzzzz", r"sets\.gmt has no gene set 'zzzzzz'; found HDAC_UP, "),
    ],
)
def test_a_set_that_is_not_named_or_not_there_is_refused_with_names(tmp_path, name, message):
    with pytest.raises(InputError, match=message):
        read_gene_list(write(tmp_path, GMT), set_name=name)


@pytest.mark.parametrize("name", ["HDAC", "hdac"])
def test_a_base_name_gives_both_sides(tmp_path, name):
    path = write(tmp_path, GMT)
    for found in (
        read_gene_lists(genes=path, set_name=name),
        read_gene_lists(genes=f"{path}:{name}"),
        read_gene_lists(up=path, down=path, set_name=name),
    ):
        assert (found.up, found.down, found.signed) == (("CDKN1A", "KLF6"), ("MYC", "CCND1", "TYMS"), True)
    assert read_gene_lists(genes=path, set_name="ER").down == ("BCAS1",)


def test_a_file_that_holds_a_pair_alone_needs_no_name(tmp_path):
    path = write(tmp_path, "".join(GMT.splitlines(keepends=True)[:2]))
    for found in (read_gene_lists(genes=path), read_gene_lists(up=path, down=path)):
        assert (found.up, found.down) == (("CDKN1A", "KLF6"), ("MYC", "CCND1", "TYMS"))


@pytest.mark.parametrize(
    ("name", "sides", "signed", "note"),
    [
        ("HDAC_UP", (("CDKN1A", "KLF6"), ()), True, "HDAC_UP goes up alone; HDAC names both sides"),
        ("ER_DOWN", ((), ("BCAS1",)), True, "ER_DOWN goes down alone; ER names both sides"),
        ("lonely", ((), ("TP53",)), True, "LONELY goes down alone; its other side is not there"),
        ("LONELY_DN", ((), ("TP53",)), True, "LONELY_DN goes down alone; its other side is not there"),
        ("Apoptosis", (("CASP3", "BAX"), ()), False, "the list does not say which way its genes go"),
    ],
)
def test_a_set_alone_tells_its_side_or_none(tmp_path, name, sides, signed, note):
    found = read_gene_lists(genes=write(tmp_path, GMT), set_name=name)
    assert ((found.up, found.down), found.signed, found.notes) == (sides, signed, (note,))


def test_two_files_of_pairs_share_a_base_name(tmp_path):
    lines = GMT.splitlines(keepends=True)
    up, down = write(tmp_path, lines[0] + lines[2], "up.gmt"), write(tmp_path, lines[1] + lines[3], "down.gmt")
    for name in ("ER", "ER_UP", "er"):
        found = read_gene_lists(up=up, down=down, set_name=name)
        assert (found.up, found.down) == (("PGR", "TFF1"), ("BCAS1",))


def test_genes_of_both_lists_are_left_out_of_both_and_told():
    found = read_gene_lists(up="TP53,MYC,ENSG00000000001.5", down="myc EGFR ENSG00000000001")
    assert (found.up, found.down, found.both) == (("TP53",), ("EGFR",), ("MYC", "ENSG00000000001.5"))
    assert found.notes == ("2 genes are both up and down and left out of both lists: MYC, ENSG00000000001.5",)
    with pytest.raises(InputError, match=r"All 2 genes are both up and down \(TP53, MYC\); give lists that differ"):
        read_gene_lists(up="TP53,MYC", down="MYC,TP53")


@given(st.sets(st.integers(0, 20), min_size=1), st.sets(st.integers(0, 20), min_size=1))
def test_what_remains_is_the_difference(up, down):
    if up == down:
        return
    names = [",".join(f"GENE{n}" for n in sorted(side)) for side in (up, down)]
    found = read_gene_lists(up=names[0], down=names[1])
    assert {*found.up} == {f"GENE{n}" for n in up - down}
    assert {*found.down} == {f"GENE{n}" for n in down - up}
    assert {*found.both} == {f"GENE{n}" for n in up & down}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "No list of genes is given"),
        ({"up": "TP53", "genes": "MYC"}, "expected one or the other"),
        ({"up": "none.gmt:HDAC"}, r"No file none\.gmt:HDAC; expected a file of genes"),
        ({"genes": "TP53,MYC", "set_name": "HDAC"}, "'TP53,MYC' holds no gene sets, so none called 'HDAC'"),
        ({"up": " , "}, "holds no gene"),
        ({"up": "gene,v\nTP53,1.5\nMYC,-0.5"}, "holds values beside its genes; give it as a signature"),
    ],
)
def test_what_is_no_list_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        read_gene_lists(**options)


def test_a_list_that_says_no_direction():
    found = read_gene_lists(genes="TP53;MYC")
    assert (found.up, found.down, found.signed) == (("TP53", "MYC"), (), False)


@pytest.mark.parametrize(
    "text",
    [
        "Gene Symbol\nTP53\nMYC\n", "gene\nTP53\nMYC\n", '"gene"\n"TP53"\n"MYC"\n', "TP53\t\nMYC\n", "TP53\nNA\nMYC\n\n",
        "symbol\tchr\tdescription\nTP53\t17\ttumor protein\nMYC\t8\tproto-oncogene\n",
        "chr,gene\n17,TP53\n8,MYC\n", "# from a paper\nTP53 MYC\n", "\ufeffTP53\r\nMYC\r\n", "TP53\rMYC\r",
    ],
)  # fmt: skip
def test_lists_with_headings_and_columns(tmp_path, text):
    assert read_gene_list(write(tmp_path, text, "genes.txt")) == ("TP53", "MYC")


@pytest.mark.shared
def test_the_sets_of_the_l1000_queries_pair_up(shared_data):
    folder = shared_data / "l1000_query_results"
    ups = read_gmt(folder / "science_cmap_gene_id_up.gmt")
    for name in ups:
        base = name.removesuffix("_UP")
        found = read_gene_lists(
            up=folder / "science_cmap_gene_id_up.gmt", down=folder / "science_cmap_gene_id_dn.gmt", set_name=base
        )
        assert {*found.up, *found.both} == {*ups[name]}
        assert found.down
        assert "-666" not in {*found.up, *found.down}


@pytest.mark.shared
def test_hallmark_sets_are_read_whole(shared_data):
    path = shared_data / "gene_sets" / "h.all.v7.0.symbols.gmt"
    sets = read_gmt(path)
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    assert sets == {line[0]: tuple(dict.fromkeys(line[2:])) for line in lines}
    assert len(sets) == 50
    assert read_gene_lists(genes=path, set_name="HALLMARK_UV_RESPONSE").down == sets["HALLMARK_UV_RESPONSE_DN"]
