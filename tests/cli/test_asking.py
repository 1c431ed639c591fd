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
    pairs = 3  # of each two structures a drawing, and of their effects a plot
    assert ("SIMULATED counts" in text, text.count("<svg"), "<script" in text) == (True, 2 * pairs, False)
    for cell in ("C51H79NO13", "activity-cliff", "no common core"):
        assert cell in text
    refused(
        vcpi_command(demo_home, "compare", "sirolimus", "torin-1", "--plot", tmp_path / "a.png"), ".svg", "-o a.html"
    )
    assert "<svg" in _drawn(vcpi_command, demo_home, tmp_path / "a.svg")


def _drawn(vcpi_command, home, path):
    assert vcpi_command(home, "compare", "sirolimus", "tacrolimus", "--plot", path).status == 0
    return path.read_text()


def test_help_says_that_html_gives_a_page(vcpi_command, demo_home):
    for verb in ("explain", "compare"):
        said = vcpi_command(demo_home, verb, "-h").out
        assert "With -o FILE.html" in said
        assert f"\n  vcpi {verb} sirolimus" in said  # examples stand in lines of their own


def test_what_any_two_drugs_share_is_no_common_core(vcpi_command, demo_home):
    for verb in ("compare", "explain"):
        said = vcpi_command(demo_home, verb, "everolimus", "torin-1").out
        assert "no common core" in said
        assert "only in" not in said
        assert "no common core" not in vcpi_command(demo_home, verb, "everolimus", "sirolimus").out


def test_tables_say_what_their_columns_mean(vcpi_command, demo_home):
    told = {
        ("like", "sirolimus"): ("p specific:", "tau:", "structure rank:", "signature rank:", "genes behind it:"),
        ("like", "sirolimus", "--reverse"): ("opposite in effect:", "that are as opposite", "negative for opposites"),
        ("cliffs",): ("expected:", "effect size:", "SALI: (1 - connectivity) / (1 - Tanimoto)", "kind: other-effect"),
        ("hops",): ("p specific:", "lowest of wells:"),
        ("compare", "sirolimus", "tacrolimus"): ("atom pairs:", "core atoms:"),
        ("classes", "sirolimus"): ("NES:", "q of top:"),
        ("classes",): ("MAXQ:",),
    }
    for words, parts in told.items():
        said = vcpi_command(demo_home, *words).out
        for part in parts:
            assert part in said, (words, part)


def test_the_smallest_p_is_written_as_a_bound(vcpi_command, demo_home, demo):
    answer = demo.like("everolimus", k=60)
    floor = 1e-3 / answer.method["n_null"]  # a thousandth of one null profile
    assert answer.method["p_least"] == pytest.approx(floor)
    lines = vcpi_command(demo_home, "like", "everolimus", "-k", "60").out.splitlines()[3:63]
    at_floor = [hit.p_noise <= floor * 1.000001 for hit in answer.records]
    assert 3 < sum(at_floor) < 60
    assert [" <" in line for line in lines] == at_floor
    for hit in answer.records:
        assert (hit.p_noise_low is None) == (hit.p_noise_high is None)
        assert hit.p_noise_low is None or hit.p_noise_low < hit.p_noise_high
    assert "p below 2.6e-06" in vcpi_command(demo_home, "explain", "everolimus", "novolimus").out


def test_export_of_a_compound_says_how_its_genes_come(vcpi_command, demo_home):
    refused(vcpi_command(demo_home, "export", "cyclosporin A"), "vcpi export 'cyclosporin A' --genes")
    refused(vcpi_command(demo_home, "export", "nothing of the kind"), "No table is called")
    rows = list(
        csv.DictReader(io.StringIO(vcpi_command(demo_home, "export", "cyclosporin A", "--genes", "-f", "csv").out))
    )
    assert {"gene_id", "lfc"} <= set(rows[0])


@pytest.mark.parametrize("words", [("classes", "sirolimus"), ("classes",)])
def test_k_limits_the_classes(vcpi_command, demo_home, words):
    said = vcpi_command(demo_home, *words, "-k", "4")
    rows = [line for line in said.out.splitlines() if line.startswith("     ") or line[:3].strip().isdigit()]
    assert "the first 4 of" in said.out
    whole = json.loads(vcpi_command(demo_home, *words, "-f", "json", "-k", "1000").out)["hits"]
    four = json.loads(vcpi_command(demo_home, *words, "-f", "json", "-k", "4").out)["hits"]
    assert four == whole[:4]
    assert len(four) == 4
    assert len(rows) <= 5


def test_the_top_of_the_classes_is_an_option_of_its_own(vcpi_command, demo_home, demo):
    (own,) = [one for one in demo.classes("sirolimus", top=6).records if one.name == "mTOR allosteric inhibitor"]
    first = {hit.name for hit in demo.like("sirolimus", k=6).records}
    assert own.n_top == len(
        first & {"novolimus", "everolimus", "temsirolimus", "ridaforolimus", "umirolimus", "zotarolimus"}
    )
    refused(vcpi_command(demo_home, "classes", "--smarts", "[Au]"), "NAME")
