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


def test_a_comparison_becomes_a_page_with_its_drawings(vcpi_command, demo_home, tmp_path):
    page = tmp_path / "pair.html"
    assert vcpi_command(demo_home, "compare", "sirolimus", "tacrolimus", "torin-1", "-o", page).status == 0
    text = page.read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert ("SIMULATED counts" in text, text.count("<svg"), "<script" in text) == (True, 3, False)
    for cell in ("C51H79NO13", "activity-cliff", "no common core"):
        assert cell in text
    refused(
        vcpi_command(demo_home, "compare", "sirolimus", "torin-1", "--plot", tmp_path / "a.png"), ".svg", "-o a.html"
    )
    assert "<svg" in _drawn(vcpi_command, demo_home, tmp_path / "a.svg")


def _drawn(vcpi_command, home, path):
    assert vcpi_command(home, "compare", "sirolimus", "tacrolimus", "--plot", path).status == 0
    return path.read_text()


def test_what_any_two_drugs_share_is_no_common_core(vcpi_command, demo_home):
    for verb in ("compare", "explain"):
        said = vcpi_command(demo_home, verb, "everolimus", "torin-1").out
        assert "no common core" in said
        assert "only in" not in said
        assert "no common core" not in vcpi_command(demo_home, verb, "everolimus", "sirolimus").out


def test_export_of_a_compound_says_how_its_genes_come(vcpi_command, demo_home):
    refused(vcpi_command(demo_home, "export", "cyclosporin A"), "vcpi export 'cyclosporin A' --genes")
    refused(vcpi_command(demo_home, "export", "nothing of the kind"), "No table is called")
    rows = list(
        csv.DictReader(io.StringIO(vcpi_command(demo_home, "export", "cyclosporin A", "--genes", "-f", "csv").out))
    )
    assert {"gene_id", "lfc"} <= set(rows[0])
