"""Signatures measured elsewhere: each table is written here in the shape its tool documents; the values are known."""

from __future__ import annotations

import gzip
import math

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from vcpi.errors import DataError, InputError
from vcpi.genes import GeneMapper
from vcpi.ingest.queries import read_query, read_signature
from vcpi.ingest.query_recipes import signed_root, signed_z
from vcpi.records import GeneRow

DESEQ2 = (
    '"","baseMean","log2FoldChange","lfcSE","stat","pvalue","padj"\n'
    '"ENSG00000141510.18",120.5,1.5,0.3,5,5.7e-07,1e-05\n'
    '"ENSG00000136997.21",80.1,-2,0.5,-4,6.3e-05,NA\n'
    '"ENSG00000124762.14",0,NA,NA,NA,NA,NA\n'
)
EDGER = "logFC\tlogCPM\tF\tPValue\tFDR\nTP53\t1.2\t5.5\t9\t0.001\t0.01\nMYC\t-0.4\t7\t16\t0.0001\t0.002\n"
EXACT = "gene,logFC,logCPM,PValue,FDR\nTP53,1.2,5.5,0.05,0.1\nMYC,-0.4,7,0.01,0.02\nEGFR,2,3,0,0\n"
LIMMA = (
    '"","logFC","AveExpr","t","P.Value","adj.P.Val","B"\n"TP53",1.1,8,6.5,1e-5,0.01,3\n"MYC",-0.5,9,-2.5,0.02,0.2,-1\n'
)
GEO2R = (
    '"ID"\t"adj.P.Val"\t"P.Value"\t"t"\t"B"\t"logFC"\t"Gene.symbol"\t"Gene.title"\n'
    '"201746_at"\t"0.01"\t"1e-5"\t"6.5"\t"3"\t"1.1"\t"TP53"\t"tumor protein p53"\n'
    '"202431_s_at"\t"0.2"\t"0.02"\t"-2.5"\t"-1"\t"-0.5"\t"MYC"\t"MYC proto-oncogene"\n'
    '"202432_at"\t"0.2"\t"0.02"\t"1.5"\t"-1"\t"-0.5"\t""\t""\n'
)
SEURAT = '"","p_val","avg_log2FC","pct.1","pct.2","p_val_adj"\n"TP53",0,1.5,0.9,0.1,0\n"MYC",1e-9,-2,0.2,0.8,1e-5\n'
SCANPY = "names,scores,logfoldchanges,pvals,pvals_adj\nTP53,12.5,3,0,0\nMYC,-8,-2,0,0\n"


def write(folder, text, name="q.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("text", "tool", "value", "values"),
    [
        (DESEQ2, "DESeq2", "stat, the Wald statistic", {"ENSG00000141510.18": 5, "ENSG00000136997.21": -4}),
        (
            "gene,baseMean,log2FoldChange,lfcSE,pvalue,padj\nTP53,9,0.5,1,1,1\nMYC,9,-3,1,1,1\n",
            "DESeq2", "log2FoldChange, for want of stat", {"TP53": 0.5, "MYC": -3},
        ),
        (
            "gene,log2FoldChange,padj\nTP53,0.5,1\nMYC,-3,1\n",
            "DESeq2", "log2FoldChange, for want of stat", {"TP53": 0.5, "MYC": -3},
        ),
        (EDGER, "edgeR", "the root of F with the sign of logFC", {"TP53": 3, "MYC": -4}),
        (EDGER.replace("\tF\t", "\tLR\t"), "edgeR", "the root of LR with the sign of logFC", {"TP53": 3, "MYC": -4}),
        (LIMMA, "limma", "t, the moderated statistic", {"TP53": 6.5, "MYC": -2.5}),
        (GEO2R, "limma", "t, the moderated statistic", {"TP53": 6.5, "MYC": -2.5}),
        (SEURAT, "Seurat", "avg_log2FC", {"TP53": 1.5, "MYC": -2}),
        (SCANPY, "scanpy", "scores", {"TP53": 12.5, "MYC": -8}),
        ("gene_id,gene_symbol,entrez_id,lfc,se,z,p,lfc_shrunk\nENSG00000141510,TP53,7157,1,1,2.5,1,1\n",
         "vcpi", "z", {"ENSG00000141510": 2.5}),
        ("gene,score\nTP53,1\nMYC,2\n", "table", "column 'score'", {"TP53": 1, "MYC": 2}),
    ],
)  # fmt: skip
def test_tables_of_tools_are_known_by_their_columns(tmp_path, text, tool, value, values):
    found = read_query(write(tmp_path, text, "q.tsv" if "\t" in text else "q.csv"))
    assert (found.tool, found.value) == (tool, value)
    assert dict(zip(found.ids, found.values.tolist(), strict=True)) == values
    assert f"the value of a gene is {value}" in found.notes


def test_rows_without_a_value_are_counted(tmp_path):
    found = read_query(write(tmp_path, DESEQ2))
    assert (found.n_rows, found.n_without_value) == (3, 1)
    assert "1 of 3 rows have no value" in found.notes
    assert "q.csv is read as a DESeq2 table" in found.notes


def test_an_exact_test_gives_z_as_scipy_does(tmp_path):
    found = read_query(write(tmp_path, EXACT))
    expected = [stats.norm.isf(0.025), -stats.norm.isf(0.005), stats.norm.isf(5e-301)]
    np.testing.assert_allclose(found.values, expected, rtol=1e-9)


@given(st.floats(-10, 10), st.floats(1e-290, 1))
def test_z_of_p_agrees_with_scipy(change, p_value):
    expected = math.copysign(stats.norm.isf(p_value / 2), change)
    assert signed_z(change, p_value) == pytest.approx(expected, rel=1e-7, abs=1e-9)


@given(st.floats(-10, 10), st.floats(0, 1e6))
def test_the_root_keeps_the_sign_and_squares_to_the_test(change, test):
    root = signed_root(change, test)
    assert root**2 == pytest.approx(test)
    assert math.copysign(1, root) == math.copysign(1, change)


def test_named_columns_come_before_the_recipe(tmp_path):
    found = read_query(write(tmp_path, DESEQ2), value_column="log2FoldChange")
    assert (found.ids, found.values.tolist()) == (("ENSG00000141510.18", "ENSG00000136997.21"), [1.5, -2])
    assert found.tool == "DESeq2"
    assert any("DESeq2 table, with column 'log2FoldChange' as asked in place of stat" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "gene,logFC.a,logFC.b,logCPM,F,PValue,FDR\nTP53,1,2,3,4,5,6\n",
            r"6 columns of numbers \(logFC\.a, .*\), as edgeR writes for several contrasts; name one with --value-column",
        ),
        (
            "gene,drugA,drugB,AveExpr,F,P.Value,adj.P.Val\nTP53,1,2,3,4,5,6\n",
            r"\(drugA, drugB, .*\), as limma writes for several contrasts; name one with --value-column",
        ),
        ("gene,a,b\nTP53,1,2\n", r"2 columns of numbers \(a, b\); name one with --value-column"),
        (EDGER.replace("\t9\t", "\t-9\t"), r"'-9' in column 'F', row 2; no edgeR table holds that"),
        (EXACT.replace("0.05", "1.5"), r"'1\.5' in column 'PValue', row 2; no edgeR table holds that"),
        (LIMMA.replace("6.5", "Inf"), r"'Inf' in column 't', row 2; expected a finite number"),
        ("gene;v\nTP53;1,5\nMYC;2.5\n", r"'1,5' in column 'v', row 2; expected a finite number"),
        ('gene,v\nTP53,"1,234"\nMYC,2\n', r"'1,234' in column 'v', row 2; expected a finite number"),
        ('gene,"a\nb",c\nTP53,1,2\n', r"2 columns of numbers \(a b, c\); name one with --value-column"),
        ("gene v\nTP53 1\nMYC\n", r"q\.csv row 3: row has 1 cells; the header has 2"),
        ("gene;v\nTP53;1,5;9\nMYC;1,5\n", r"q\.csv row 2: row has 3 cells; the header has 2"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        read_query(write(tmp_path, text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["gene;v\n", "gene v\n", "gene;gene\nTP53;1,5\n", "TP53\n"])
def test_files_without_a_table_are_refused(tmp_path, text):
    with pytest.raises(DataError, match=r"^q\.csv .*; expected gene ids and values"):
        read_query(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gene;value\nTP53;1,5\nMYC;-2,25\n", "q.csv"),
        ("TP53;1,5\nMYC;-2,25\n", "q.csv"),
        ("TP53;1.5\nMYC;-2.25\n", "q.txt"),
        ("gene\tvalue\nTP53\t1,5\nMYC\t-2,25\n", "q.tsv"),
        ('gene,value\nTP53,"1,5"\nMYC,"-2,25"\n', "q.csv"),
        ('"value"\n"TP53" 1.5\n"MYC" -2.25\n', "q.txt"),
        ("gene   value\nTP53   1.5\nMYC   -2.25\n", "q.txt"),
        ("TP53 1.5\nMYC -2.25\n", "q.txt"),
        ("gene;value\r\nTP53;1,5\r\nMYC;-2,25\r\n;\r\n", "q.csv"),
        ("\ufeffgene;value\nTP53;1,5\nMYC;-2,25\n", "q.csv"),
        ("X;value\nTP53;+1,5E0\nMYC;-2,25\n", "q.csv"),
        ("gene,value\nTP53,1.5\nMYC,-2.25\n,9\nEGFR,NA\n", "q.csv"),
    ],
)
def test_marks_and_decimals_of_other_countries_and_tools(tmp_path, text, name):
    ids, values = read_signature(write(tmp_path, text, name))
    assert dict(zip(ids, values.tolist(), strict=True)) == {"TP53": 1.5, "MYC": -2.25}


def test_decimal_commas_are_told(tmp_path):
    text = DESEQ2.replace(",", ";").replace(".", ",").replace("NA", "")
    found = read_query(write(tmp_path, text.replace("ENSG00000141510,18", "ENSG00000141510")))
    assert found.values.tolist() == [5, -4]
    assert "q.csv has decimal commas" in found.notes


def test_of_several_rows_of_a_gene_the_value_farthest_from_zero_is_used_and_told(tmp_path):
    text = "gene,v\nTP53,1\ntp53,-3\nTP53,2\nMYC,1\nENSG00000182378.15,0\nENSG00000182378.15_PAR_Y,0.5\nEGFR,1\n"
    found = read_query(write(tmp_path, text))
    assert dict(zip(found.ids, found.values.tolist(), strict=True)) == {
        "tp53": -3, "MYC": 1, "ENSG00000182378.15_PAR_Y": 0.5, "EGFR": 1,
    }  # fmt: skip
    assert found.n_duplicates == 3
    assert any(
        note.startswith("2 genes stand in several rows") and "3 rows are left out" in note for note in found.notes
    )


@given(rows=st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(-9, 9)), min_size=1, max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_each_gene_once_with_its_largest_value(tmp_path, rows):
    found = read_query(write(tmp_path, "gene,v\n" + "".join(f"GENE{name},{value}\n" for name, value in rows)))
    largest = {}
    for name, value in rows:
        largest[f"GENE{name}"] = max(largest.get(f"GENE{name}", 0), abs(value))
    assert {name: abs(value) for name, value in zip(found.ids, found.values, strict=True)} == largest
    assert found.n_duplicates == len(rows) - len(largest)


GROUPED = "group,names,scores,logfoldchanges,pvals,pvals_adj\n0,TP53,5,1,0,0\n0,MYC,-4,1,0,0\n1,TP53,-2,1,0,0\n1,MYC,3,1,0,0\n"


def test_one_group_of_several_is_taken_by_name(tmp_path):
    path = write(tmp_path, GROUPED)
    assert read_signature(path, value_column="1")[1].tolist() == [-2, 3]
    assert "the rows of group '1' are taken, of 2" in read_query(path, value_column="1").notes
    with pytest.raises(InputError, match=r"2 signatures in column 'group' \(0, 1\); name one with --value-column"):
        read_query(path)
    with pytest.raises(InputError, match=r"no signatures in column 'group' '2'; found 0, 1"):
        read_query(path, value_column="2")


def test_parquet_with_row_names_as_a_column(tmp_path):
    frame = pd.DataFrame(
        {"baseMean": [1.0, 2], "log2FoldChange": [1.0, 2], "stat": [3.0, np.nan]}, index=["TP53", "MYC"]
    )
    frame.to_parquet(tmp_path / "q.parquet")
    found = read_query(tmp_path / "q.parquet")
    assert (found.ids, found.values.tolist(), found.n_without_value) == (("TP53",), [3.0], 1)


GCT = (
    "#1.3\n3\t2\t1\t1\nid\tpr_gene_symbol\tdrugA\tdrugB\ndose\tna\t1\t2\n"
    "200001_at\tTP53\t1.5\t-1\n200002_at\tMYC\t-2\t4\n200003_at\tEGFR\tNA\t0.5\n"
)


def test_gct_by_name_and_by_symbol_where_rows_are_probes(tmp_path):
    found = read_query(write(tmp_path, GCT, "q.gct"), value_column="drugA")
    assert (found.ids, found.values.tolist(), found.n_without_value) == (("TP53", "MYC"), [1.5, -2], 1)
    assert "genes are in 'pr_gene_symbol'" in found.notes
    assert read_query(write(tmp_path, GCT, "q.gct"), value_column="DRUGB").values.tolist() == [-1, 4, 0.5]
    (tmp_path / "q.gz").write_bytes(gzip.compress(GCT.encode()))
    assert read_query(tmp_path / "q.gz", value_column="drugB").tool == "GCT"


def test_a_gct_of_one_column_needs_no_name(tmp_path):
    text = "#1.2\n2\t1\nNAME\tDescription\ts1\nTP53\tna\t1.5\nMYC\tna\t-666\n"
    found = read_query(write(tmp_path, text, "q.gct"))
    assert (found.ids, found.values.tolist(), found.n_without_value) == (("TP53",), [1.5], 1)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (GCT, None, r"q\.gct holds 2 signatures \(drugA, drugB\); name one with --value-column"),
        (GCT, "drug", r"q\.gct has no signature 'drug'; close to it: drugA, drugB"),
        (GCT.replace("drugB", "drugA"), "drugA", r"holds 2 signatures of the name 'drugA'; rename all but one"),
        (GCT.replace("-2\t4", "inf\t4"), "drugA", "has inf for gene 'MYC'; expected a finite number"),
        (GCT.replace("-2\t4", "high\t4"), "drugA", "has 'high' for gene 'MYC'; expected a finite number"),
        (GCT.replace("-2\t4", "-2"), "drugA", r"q\.gct row 6: row has 3 cells; the header has 4"),
    ],
)
def test_what_a_gct_does_not_hold_is_refused(tmp_path, text, name, message):
    with pytest.raises(InputError, match=message):
        read_query(write(tmp_path, text, "q.gct"), value_column=name)


def test_a_row_of_an_h5ad_by_its_name(tmp_path):
    with h5py.File(tmp_path / "q.h5ad", "w") as file:
        file["X"] = np.array([[1.5, -2, np.nan], [0.5, 4, 1]], dtype=np.float32)
        for side, ids in (("obs", ["k1", "k2"]), ("var", ["0", "1", "2"])):
            group = file.create_group(side)
            group.attrs["_index"] = "_index"
            group["_index"] = np.array(ids, dtype=h5py.string_dtype())
        file["var"]["gene_name"] = np.array(["TP53", "MYC", "EGFR"], dtype=h5py.string_dtype())
    found = read_query(tmp_path / "q.h5ad", value_column="k1")
    assert (found.tool, found.ids, found.values.tolist()) == ("h5ad", ("TP53", "MYC"), [1.5, -2])
    with pytest.raises(InputError, match=r"q\.h5ad holds 2 signatures \(k1, k2\); name one"):
        read_query(tmp_path / "q.h5ad")


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_an_exported_signature_maps_entirely(demo_home, demo, vcpi_command, tmp_path, form):
    said = vcpi_command(demo_home, "export", "sirolimus", "--genes", "-f", form, "-o", tmp_path / f"s.{form}")
    assert said.status == 0, said.err
    truth = demo.signature("sirolimus")
    found = read_query(tmp_path / f"s.{form}")
    genes = [GeneRow(gene_id=row["gene_id"], gene_symbol=row["gene_symbol"]) for row in truth]
    mapping = GeneMapper(genes).map(found.ids)
    measured = [place for place, row in enumerate(truth) if row["z"] is not None]
    assert mapping.positions.tolist() == measured
    assert len(mapping.used) == len(found.ids) > 500
    assert found.values.tolist() == [truth[place]["z"] for place in measured]
