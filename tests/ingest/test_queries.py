from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vcpi.errors import DataError, InputError
from vcpi.ingest.queries import read_gene_list, read_signature


def write(folder, text, name="q.csv"):
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gene,value\nTNF,1.5\nIL6,-2\n", "q.csv"),
        ("value\tgene_symbol\n1.5\tTNF\n-2\tIL6\n", "q.tsv"),
        ("TNF\t1.5\nIL6\t-2\n", "q.rnk"),
        ("TNF,1.5\nIL6,-2\n", "q.csv"),
        ("symbol,t,comment\nTNF,1.5,a\nIL6,-2,b\nMX1,,c\n", "q.csv"),
        ("stat\nTNF\t1.5\nIL6\t-2\n".replace("stat", '"stat"'), "q.tsv"),
    ],
)
def test_one_signature_with_or_without_header(tmp_path, text, name):
    ids, values = read_signature(write(tmp_path, text, name))
    assert ids == ("TNF", "IL6")
    assert values.tolist() == [1.5, -2.0]


def test_several_columns_of_values_must_be_told_apart(tmp_path):
    path = write(tmp_path, "gene,mean,change,padj\nTNF,100,1.5,0.01\nIL6,50,-2,NA\n")
    message = r"3 columns of numbers \(mean, change, padj\); name one with --value-column"
    with pytest.raises(InputError, match=message):
        read_signature(path)
    ids, values = read_signature(path, value_column="change")
    assert (ids, values.tolist()) == (("TNF", "IL6"), [1.5, -2.0])


@pytest.mark.parametrize("name", ["padj", "P.Value", "adj.P.Val", "FDR", "pvals_adj", "p_val_adj", "qvalue", "PValue"])
def test_p_values_are_no_signature(tmp_path, name):
    path = write(tmp_path, f"gene,change,{name}\nTNF,1.5,0.01\nIL6,-2,0.04\n")
    with pytest.raises(InputError, match=rf"column '{name}' holds p-values.*stat, log2FoldChange"):
        read_signature(path, value_column=name)
    alone = write(tmp_path, f"gene,{name}\nTNF,0.01\nIL6,0.04\n")
    with pytest.raises(InputError, match="holds p-values"):
        read_signature(alone)


def test_parquet_and_named_ids(tmp_path):
    pd.DataFrame({"a": ["x", "y"], "ensembl": ["ENSG1", "ENSG2"], "z": [1.0, np.nan]}).to_parquet(
        tmp_path / "q.parquet"
    )
    assert read_signature(tmp_path / "q.parquet")[0] == ("ENSG1",)
    assert read_signature(tmp_path / "q.parquet", id_column="a")[0] == ("x",)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("gene,v\nTNF,1\nIL6,2\nMX1,inf\n", {}, "'inf' in column 'v', row 4; expected a finite number"),
        ("gene,v\nTNF,1\nIL6,2\nMX1,high\n", {}, "'high' in column 'v', row 4"),
        ("gene,v\nTNF,1\n", {"value_column": "w"}, "no column 'w'; found gene, v"),
        ("gene,v\nTNF,\nIL6,NA\n", {}, "no gene with a value in column 'v'"),
        ("gene,a,b\nTNF,x,y\n", {}, "has no column of numbers"),
    ],
)
def test_what_is_no_signature_is_refused(tmp_path, text, options, message):
    with pytest.raises(InputError, match=message):
        read_signature(write(tmp_path, text), **options)


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"q\.csv is empty"):
        read_signature(write(tmp_path, ""))


@pytest.mark.parametrize(
    "text", ["MX1\nISG15\nMX1\n", "MX1,ISG15", "MX1; ISG15", "# note\nMX1\r\n\r\nISG15", '"MX1"\n"ISG15"', "MX1 ISG15"]
)
def test_a_list_of_genes_from_text_and_from_a_file(tmp_path, text):
    assert read_gene_list(text) == ("MX1", "ISG15")
    assert read_gene_list(write(tmp_path, text, "genes.txt")) == ("MX1", "ISG15")
    assert read_gene_list(str(tmp_path / "genes.txt")) == ("MX1", "ISG15")


def test_one_line_of_gmt_gives_its_genes_and_several_must_be_told_apart(tmp_path):
    line = "HALLMARK_X\thttp://example.org\tMX1\tISG15\n"
    assert read_gene_list(write(tmp_path, line, "x.gmt")) == ("MX1", "ISG15")
    with pytest.raises(InputError, match=r"x\.gmt holds 2 gene sets \(HALLMARK_X, HALLMARK_X\); give one"):
        read_gene_list(write(tmp_path, line * 2, "x.gmt"))


def test_a_missing_file_and_an_empty_list_are_refused():
    with pytest.raises(InputError, match=r"No file up\.txt; expected a file of genes"):
        read_gene_list("up.txt")
    with pytest.raises(InputError, match="holds no gene"):
        read_gene_list(" ,\n")
    with pytest.raises(DataError, match="cannot be read"):
        read_gene_list(Path("none.txt"))
