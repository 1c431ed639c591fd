"""The report of one compound and rankings of all, held against slow sums, known truth and their other forms."""

from __future__ import annotations

import json
import pickle
import re
import shutil
from base64 import b64decode
from math import comb

import numpy as np
import pytest

from vcpi.data.panels import panel
from vcpi.database import Database
from vcpi.errors import InputError, UnknownChoiceError
from vcpi.report.profile_sections import profile_sections, profile_title
from vcpi.report.sections import as_csv

CHECKLIST = {  # what hand-made reports hold (by number), and where it stands in the JSON of a profile, comparison or ranking
    1: "profile: query/cell_line query/time_h query/dose_um query/n_replicates query/plates dataset/name",
    2: "profile: identity/0/inchikey identity/1/tanimoto identity/1/same_skeleton identity/0/molecular_weight identity/0/log_p identity/0/tpsa",
    3: "profile: genes/0/lfc genes/0/z genes/0/replicates genes/0/call genes/0/vehicle_cpm genes/0/percentile",
    4: "profile: axes/0/signed axes/0/abs axes/0/directed axes/0/z axes/0/q",
    5: "profile: modules/0/directed modules/0/null_percentile",
    6: "profile: axes/0/leading/0/gene_symbol axes/0/leading/0/lfc",
    7: "profile: pathways/0/score pathways/0/n pathways/0/p pathways/0/q",
    8: "profile: strength/mean_abs strength/mean_abs_null",
    9: "profile: strength/n_strong strength/n_strong_expected strength/n_supported",
    10: "profile: query/strength strength/percentile strength/null_percentile",
    11: "profile: strength/breadth strength/breadth_percentile",
    12: "profile: quality/rna_output wells/0/rna_output",
    13: "profile: quality/gene_diversity quality/gene_diversity_thinned",
    14: "profile: quality/mt_z",
    15: "profile: genes/0/z genes/0/se",
    16: "profile: quality/viability quality/reason",
    17: "rank erk-sum: hits/0/value hits/0/se",
    18: "rank nfkb-sum: hits/0/value caveats/0",
    19: "rank ifn-sum: hits/0/value",
    20: "rank mtorc1: hits/0/percentile hits/0/class_median hits/0/also hits/0/viability hits/0/n_replicates summary/classes/0/q",
    21: "rank mtorc1: summary/genes/0/share summary/genes/0/share_of_all summary/genes/0/share_of_inactive",
    22: "compare: effects/0/strength effects/0/n_strong effects/0/moved effects/0/apart pairs/0/connectivity pairs/0/tanimoto pairs/0/q_noise",
    23: "compare: effects/0/rna_output effects/0/viability differences/0/difference differences/0/se",
    24: "profile: quality/mt_z genes/0/fold genes/0/call",
    25: "profile: statements/0/grade statements/0/text statements/0/evidence statements/0/first",
    26: "profile: genes/0/role axes/0/leading/0/role",
    27: "profile: statements/0/text statements/1/text",
    28: "profile: caveats/0 caveats/1 caveats/2 caveats/3",
}


@pytest.fixture(scope="module")
def opened(demo_home):
    with Database(demo_home) as database:
        yield database


@pytest.fixture(scope="module")
def profile(opened):
    symbols = [row["gene_symbol"] for row in opened.signature("sirolimus") if row["gene_symbol"]]
    return opened.profile("sirolimus", gene_sets={"first": symbols[:40], "second": symbols[40:90], "tiny": symbols[:3]})


def at(value, path):
    for step in path.split("/"):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def test_axes_and_leading_genes_equal_slow_sums(opened, profile):
    lfc = {row["gene_symbol"]: row["lfc"] for row in opened.signature("sirolimus") if row["gene_symbol"]}
    for row in profile.to_dict()["axes"]:
        if row["z"] is None:
            continue
        genes = [gene for gene in panel(row["panel"]).genes if gene.symbol in lfc and gene.symbol not in row["missing"]]
        assert row["n_measured"] == len(genes)
        assert row["signed"] == pytest.approx(np.mean([lfc[gene.symbol] for gene in genes]), abs=1e-5)
        assert row["abs"] == pytest.approx(np.mean([abs(lfc[gene.symbol]) for gene in genes]), abs=1e-5)
        if row["kind"] == "footprint":
            expected = np.mean([gene.sign * lfc[gene.symbol] for gene in genes])
            assert row["directed"] == pytest.approx(expected, abs=1e-5)
        top = sorted(genes, key=lambda gene: -abs(lfc[gene.symbol]))[:8]
        assert {one["gene_symbol"] for one in row["leading"]} == {gene.symbol for gene in top}


def test_called_genes_are_the_extremes_and_their_replicates_average_to_them(opened, profile):
    rows = {row["gene_id"]: row for row in opened.signature("sirolimus")}
    called = profile.to_dict()["genes"]
    z = [row["z"] for row in called]
    assert z == sorted(z, reverse=True)
    assert called[0]["z"] == max(row["z"] for row in rows.values())
    for row in called:
        assert np.mean(row["replicates"]) == pytest.approx(row["lfc"], abs=0.02)
        assert row["fold"] == pytest.approx(2 ** row["lfc"])


def test_the_planted_mechanism_is_the_first_finding(profile):
    said = profile.to_dict()["statements"]
    first = next(one for one in said if " log2 over " in one["text"])
    assert first["text"].startswith("mTORC1 output down")
    assert any("mTOR" in one["text"] for one in said if one["grade"] == "consistent with")


def test_profile_reads_the_same_in_every_form(profile, demo_home, vcpi_command, tmp_path):
    said = vcpi_command(demo_home, "profile", "sirolimus", "-f", "json")
    assert said.status == 0
    value = json.loads(said.out)
    whole = profile.to_dict()
    assert value["axes"] == json.loads(json.dumps(whole["axes"]))
    assert value["query"] == json.loads(json.dumps(whole["query"]))
    text = vcpi_command(demo_home, "profile", "sirolimus").out
    markdown = vcpi_command(demo_home, "profile", "sirolimus", "-o", tmp_path / "s.md")
    assert markdown.status == 0
    refused = vcpi_command(demo_home, "profile", "sirolimus", "-o", tmp_path / "s.pdf")
    assert (refused.status, "expected .html, .md, .json or .txt" in refused.err) == (1, True)
    for form in (text, (tmp_path / "s.md").read_text(), profile.to_html()):
        assert "SIMULATED" in form
        assert "Bottom line" in form
        assert "-15" in form or f"{whole['axes'][0]['z']:.3g}" in form


def test_the_page_fetches_nothing_and_its_tables_can_be_saved(profile):
    page = profile.to_html()
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.rdkit.org/xml"} | set(re.findall(r"https?://doi[^\s\"'<]+", page))  # fmt: skip
    saved = dict(re.findall(r'download="([\w-]+)\.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', page))
    sections = {one.file: one for one in profile_sections(profile.to_dict()) if one.file and one.rows}
    assert set(saved) == set(sections)
    for name, content in saved.items():
        assert b64decode(content).decode() == as_csv(sections[name].rows)
    assert "SIMULATED" in profile_title(profile.to_dict())


def test_data_frames_hold_what_the_json_holds(profile):
    assert profile.axes["z"].dropna().tolist() == [
        row["z"] for row in profile.to_dict()["axes"] if row["z"] is not None
    ]
    assert len(profile.genes) == len(profile.everything["z"])
    assert list(profile.pathways["name"]) != []
    assert len(profile.quality) == 1 + len(profile.wells)


def test_a_compound_without_a_signature_gets_what_is_measured_and_looks_like_it(opened):
    found = opened.profile("CC(=O)Oc1ccccc1C(=O)OC")
    value = found.to_dict()
    assert value["axes"] == []
    tanimotos = [row["tanimoto"] for row in value["analogs"]]
    assert tanimotos == sorted(tanimotos, reverse=True)
    assert "nothing was measured" in " ".join(value["caveats"])
    assert "<html" in found.to_html()


def test_checklist_of_what_hand_made_reports_hold(opened, profile):
    found = {
        "profile": profile.to_dict(),
        "compare": opened.compare(["sirolimus", "tacrolimus", "emetine"]).to_dict(),
        **{f"rank {name}": opened.rank(name).to_dict() for name in ("erk-sum", "nfkb-sum", "ifn-sum", "mtorc1")},
    }
    assert sorted(CHECKLIST) == list(range(1, 29))
    for places in CHECKLIST.values():
        source, _, paths = places.partition(": ")
        for path in paths.split():
            at(json.loads(json.dumps(found[source])), path)  # a KeyError names what is missing


def test_ranking_by_a_sum_equals_adding_by_hand(opened):
    answer = opened.rank("FOS+EGR1+MAPK3", k=300).to_dict()
    for hit in answer["hits"][:5] + answer["hits"][-5:]:
        rows = {row["gene_symbol"]: row for row in opened.signature(hit["name"]) if row["gene_symbol"]}
        own = [rows[gene] for gene in ("FOS", "EGR1", "MAPK3")]
        assert hit["value"] == pytest.approx(sum(row["lfc"] for row in own), abs=1e-4)
        assert hit["se"] == pytest.approx(np.sqrt(sum(row["se"] ** 2 for row in own)), rel=1e-3)
    values = [hit["value"] for hit in answer["hits"]]
    assert values == sorted(values, reverse=True)
    lowest = opened.rank("FOS+EGR1+MAPK3", k=300, lowest=True).to_dict()["hits"]
    assert [hit["value"] for hit in lowest] == values[::-1]


def test_classes_gather_as_often_as_drawing_by_hand_says(opened):
    answer = opened.rank("mtorc1", lowest=True, k=20).to_dict()
    everything = opened.rank("mtorc1", lowest=True, k=1000).to_dict()["hits"]
    first = answer["summary"]["classes"][0]
    compounds = {hit["compound_id"]: hit for hit in everything}
    members = [hit for hit in compounds.values() if first["class"] in hit["classes"]]
    n_all, n, n_top = len(compounds), len(members), first["n_top"]
    tail = sum(comb(n, i) * comb(n_all - n, 20 - i) for i in range(n_top, min(n, 20) + 1)) / comb(n_all, 20)
    assert first["p"] == pytest.approx(tail, rel=1e-6)
    assert first["n"] == n
    assert "mTOR" in first["class"]
    assert first["median"] == pytest.approx(np.median([hit["value"] for hit in members]))


def test_who_moves_a_gene_is_counted_over_all_compounds(opened):
    (row,) = opened.rank("gene:HMGCS1").to_dict()["summary"]["genes"]
    z = {}
    for hit in opened.rank("gene:HMGCS1", k=1000).to_dict()["hits"]:
        own = next(one for one in opened.signature(hit["name"]) if one["gene_symbol"] == "HMGCS1")
        z[hit["signature_id"]] = (own["z"], hit["active"])
    sign = 1 if row["way"] == "up" else -1
    moved = {key: sign * value > 2 for key, (value, _) in z.items()}
    assert row["share_of_all"] == pytest.approx(np.mean(list(moved.values())))
    for field, active in (("share", True), ("share_of_inactive", False)):
        assert row[field] == pytest.approx(np.mean([moved[key] for key, (_, acts) in z.items() if acts is active]))


def test_a_class_narrows_the_list_and_not_the_percentiles(opened):
    everything = {hit["signature_id"]: hit for hit in opened.rank("srebp", k=1000).to_dict()["hits"]}
    some = opened.rank("srebp", label="HMG-CoA reductase inhibitor", k=1000).to_dict()["hits"]
    assert 0 < len(some) < len(everything)
    for hit in some:
        assert hit["percentile"] == everything[hit["signature_id"]]["percentile"]
        assert "HMG-CoA reductase inhibitor" in hit["classes"]


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("nonsense", "Nothing called 'nonsense' to rank by: .*panels: mtorc1"),
        ("", "The name of what to rank by is empty"),
        ("gene:NOPE1", "No measured gene 'NOPE1'"),
        ("set:nope", "No gene set 'nope'; read some with 'vcpi ingest genesets'"),
        ("panel:nope", "No panel 'nope'"),
    ],
)
def test_what_cannot_be_ranked_by_is_named(opened, by, message):
    with pytest.raises(InputError, match=message):
        opened.rank(by)


def test_an_unknown_process_gets_the_nearest_and_not_the_whole_list(opened):
    with pytest.raises(UnknownChoiceError, match=r"near it: ifn \(Type I interferon") as caught:
        opened.rank("IFN-alpha")
    assert len(str(caught.value)) < 400
    assert caught.value.near[0][0] == "ifn"
    for key, _ in caught.value.near:
        assert opened.rank(key, k=1).to_dict()["hits"]  # each of them can be ranked by
    copied = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  our own
    assert (str(copied), copied.near) == (str(caught.value), caught.value.near)


def test_an_unknown_class_is_named(opened):
    with pytest.raises(InputError, match="No measured compound has the class 'nope'"):
        opened.rank("ifn", label="nope")
    with pytest.raises(UnknownChoiceError) as caught:
        opened.rank("ifn", label="HMG-CoA reductase")
    assert caught.value.near[0] == ("HMG-CoA reductase inhibitor", "class")


def test_differences_between_two_compounds_have_the_errors_of_both(opened):
    found = opened.compare(["sirolimus", "tacrolimus"]).to_dict()
    rows = {
        name: {row["gene_symbol"] or row["gene_id"]: row for row in opened.signature(name)}
        for name in ("sirolimus", "tacrolimus")
    }
    for one in found["differences"]:
        a, b = rows["sirolimus"][one["gene"]], rows["tacrolimus"][one["gene"]]
        assert one["difference"] == pytest.approx(a["lfc"] - b["lfc"], abs=1e-5)
        assert one["se"] == pytest.approx(np.hypot(a["se"], b["se"]), rel=1e-4)
    assert all(one["q"] < 0.05 for one in found["differences"])
    largest = max(abs(a["lfc"] - rows["tacrolimus"][gene]["lfc"]) / np.hypot(a["se"], rows["tacrolimus"][gene]["se"]) for gene, a in rows["sirolimus"].items())  # fmt: skip
    assert abs(found["differences"][0]["z"]) == pytest.approx(largest, rel=1e-3)


def test_gene_sets_are_kept_replaced_and_ranked_by(demo_home, vcpi_command, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    path = tmp_path / "mine.gmt"
    path.write_text("my sterols\tx\tHMGCS1\tHMGCR\tLDLR\tSQLE\tINSIG1\n=evil\tx\tFOS\tEGR1\tJUN\n")
    assert vcpi_command(home, "ingest", "genesets", path).status == 0
    path.write_text("my sterols\tx\tHMGCS1\tHMGCR\tLDLR\tSQLE\tIDI1\n")
    said = vcpi_command(home, "ingest", "genesets", path)
    assert "2 sets that were there under this name are replaced" in said.out + said.err
    said = vcpi_command(home, "rank", "my sterols", "-k", "1", "-f", "json")
    hit = json.loads(said.out)["hits"][0]
    with Database(home) as database:
        assert set(database.gene_sets()) == {"my sterols"}
        rows = {row["gene_symbol"]: row["lfc"] for row in database.signature(hit["name"]) if row["gene_symbol"]}
    assert hit["value"] == pytest.approx(
        np.mean([rows[gene] for gene in ("HMGCS1", "HMGCR", "LDLR", "SQLE", "IDI1")]), abs=1e-5
    )


def test_a_name_of_several_things_is_told(opened):
    answer = opened.rank("srebp", gene_sets={"srebp": ("FOS", "JUN", "EGR1")}, k=1)
    assert "write set:srebp for the set" in " ".join(answer.caveats)
    assert opened.rank("set:srebp", gene_sets={"srebp": ("FOS", "JUN", "EGR1")}, k=1).method["n_total"] == 3


def test_most_active_compounds_are_put_beside_their_own_class(opened):
    right = wrong = 0
    for row in opened.table("signatures"):
        if not row["active"]:
            continue
        value = opened.profile(row["name"]).to_dict()
        for one in value["statements"]:
            named = [place.split("/", 1)[1] for place in one["evidence"] if place.startswith("classes/")]
            right += any(name in value["query"]["classes"] for name in named)
            wrong += any(name not in value["query"]["classes"] for name in named)
    assert right >= 3 * wrong
    assert right >= 50
