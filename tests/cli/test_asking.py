"""What the verbs that ask say of themselves: methods, columns, limits, the way out of an error."""

from __future__ import annotations

import csv
import io
import json

import pytest

GENES = "MX1,ISG15,IFIT3,OAS1,OAS2,IFI6,IFI27,STAT1,HMGCR,LDLR,SQLE,INSIG1"


def refused(said, *parts):
    assert (said.status, said.out) == (1, "")
    assert said.err.count("\n") == 1
    for part in parts:
        assert part in said.err


def test_a_method_that_does_not_take_the_list_is_refused(vcpi_command, demo_home):
    for method in ("cosine", "spearman"):
        said = vcpi_command(demo_home, "query", "--genes", GENES, "--method", method)
        refused(said, repr(method), "does not say which way", "wtcs, xsum, zhang")


@pytest.mark.parametrize(("words", "method"), [(["--genes", GENES], "wtcs"), (["--up", GENES], "cosine")])
def test_the_default_method_is_that_of_the_help(vcpi_command, demo_home, words, method):
    assert json.loads(vcpi_command(demo_home, "query", *words, "-f", "json").out)["method"]["name"] == method
    text = " ".join(vcpi_command(demo_home, "query", "-h").out.split())
    assert "left out it is wtcs for --genes, else cosine" in text


def test_too_few_genes_say_which_are_unknown_and_how_to_go_on(vcpi_command, demo_home):
    said = vcpi_command(demo_home, "query", "--up", "MX1,ISG15,NOTAGENE")
    refused(said, "2 of 3", "NOTAGENE", "vcpi export genes", "--min-genes")


def test_an_empty_dataset_name_is_told_as_such(vcpi_command, demo_home):
    refused(vcpi_command(demo_home, "like", "sirolimus", "--dataset", ""), "is empty", "sim-demo-001")


def test_export_of_a_compound_says_how_its_genes_come(vcpi_command, demo_home):
    refused(vcpi_command(demo_home, "export", "cyclosporin A"), "vcpi export 'cyclosporin A' --genes")
    refused(vcpi_command(demo_home, "export", "nothing of the kind"), "No table is called")
    rows = list(
        csv.DictReader(io.StringIO(vcpi_command(demo_home, "export", "cyclosporin A", "--genes", "-f", "csv").out))
    )
    assert {"gene_id", "lfc"} <= set(rows[0])
